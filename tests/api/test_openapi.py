# doc/openapi.yaml itself: valid, and its examples are what it describes.
# SPDX-License-Identifier: BSD-2-Clause
import openapi_spec_validator
import pytest

from client import Client

CONTRACT = Client.contract
RESPONSES = CONTRACT.document["components"]["responses"]
# The web server's own know nothing of a request id.
PROBLEMS = sorted(
    name for name, response in RESPONSES.items() if name != "WebServer" and
    "application/problem+json" in response.get("content", {}))


def contents(node, where=()):
    """Every schema-with-examples in the document, with its place."""
    if not isinstance(node, dict):
        return
    if "schema" in node and "examples" in node:
        yield where, node["examples"]
    for key, value in node.items():
        yield from contents(value, (*where, key))


def test_it_is_valid_openapi_3_1():
    assert CONTRACT.document["openapi"].startswith("3.1.")
    openapi_spec_validator.validate(CONTRACT.document)


def test_its_examples_are_what_its_schemas_say():
    checked = 0
    for where, examples in contents(CONTRACT.document):
        validator = CONTRACT.validator(*where, "schema")
        for example in examples.values():
            if "$ref" in example:
                example = CONTRACT.at(
                    example["$ref"].removeprefix("#/").split("/"))
            validator.validate(example["value"])
            checked += 1
    assert checked > 60


@pytest.mark.parametrize("section", ["parameters", "headers"])
def test_its_parameters_and_headers_have_examples_that_fit(section):
    for name, node in CONTRACT.document["components"][section].items():
        CONTRACT.validator("components", section, name, "schema").validate(
            node["example"])


def test_a_body_has_an_example_in_each_media_type():
    for body in CONTRACT.document["components"]["requestBodies"].values():
        assert len(body["content"]) == 3
        assert all(content["examples"] for content in body["content"].values())


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"]
             for path in CONTRACT.document["paths"].values()
             for method, operation in path.items() if method != "parameters"]
    assert len(set(names)) == len(names) == 23


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_demands_a_request_id(name):
    assert "X-Request-Id" in RESPONSES[name]["headers"]
    assert len(PROBLEMS) > 10
