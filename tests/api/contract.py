# Checks an answer against doc/openapi.yaml: status, headers, media type, body.
# SPDX-License-Identifier: BSD-2-Clause
import json
import pathlib
import re
import urllib.parse

import jsonschema_rs
import yaml

TREE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = TREE / "doc" / "openapi.yaml"
URI = "urn:parley:openapi"


class ContractError(AssertionError):
    """An answer that doc/openapi.yaml does not describe."""


def _pointer(*parts):
    return urllib.parse.quote("/".join(
        part.replace("~", "~0").replace("/", "~1") for part in parts))


class Contract:
    def __init__(self):
        with open(DOCUMENT, encoding="utf-8") as file:
            self.document = yaml.safe_load(file)
        self.registry = jsonschema_rs.Registry(
            [(URI, {"$schema": "https://json-schema.org/draft/2020-12/schema",
                    **self.document})])
        self.validators = {}
        # A literal segment ("search") goes before a parameter.
        self.paths = sorted(
            ((re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$"),
              path) for path in self.document["paths"]),
            key=lambda entry: entry[1].count("{"))

    def path_of(self, target):
        """The documented path that a request target belongs to, or None."""
        path = target.split("?", 1)[0]
        for pattern, name in self.paths:
            if pattern.match(path):
                return name
        return None

    def methods_of(self, path):
        return {method.upper() for method in self.document["paths"][path]
                if method in ("get", "post", "put", "patch")}

    def check(self, method, target, answer):
        """Raises ContractError unless the answer is a documented one."""
        where = self._response(method, target, answer.status)
        response = self.at(where)
        what = f"{method} {target[:200]} -> {answer.status}"
        for name, header in response.get("headers", {}).items():
            self._check_header(what, name, header, answer)
        content = response.get("content")
        if content is None or method == "HEAD":
            if answer.body:
                raise ContractError(f"{what}: has a body: {answer.body!r}")
            return
        self._check_body(what, where, content, answer)

    def check_own(self, answer):
        """Raises unless it is a web server's own problem document."""
        media = answer.headers["Content-Type"]
        if media != "application/problem+json":
            raise ContractError(f"{answer}: Content-Type {media!r}")
        self.validator("components", "responses", "WebServer", "content",
                       media, "schema").validate(answer.json)
        if answer.json["status"] != answer.status:
            raise ContractError(f"{answer}: another status")

    def _response(self, method, target, status):
        """Where in the document the answer is described, as a pointer."""
        common = ("components", "responses")
        path = self.path_of(target)
        if path is None:
            if status != 404:
                raise ContractError(f"{method} {target}: {status}, not 404: "
                                    "it is no documented path")
            return (*common, "NotFound")
        if method == "OPTIONS" and status == 204:
            return (*common, "Options")
        operation = ("GET" if method == "HEAD" else method).lower()
        if operation.upper() not in self.methods_of(path):
            if status != 405:
                raise ContractError(f"{method} {target}: {status}, not 405: "
                                    "it is no documented method")
            return (*common, "MethodNotAllowed")
        responses = self.document["paths"][path][operation]["responses"]
        if str(status) not in responses:
            raise ContractError(f"{method} {target}: status {status} is not "
                                f"documented ({', '.join(responses)})")
        reference = responses[str(status)].get("$ref")
        if reference:
            return tuple(reference.removeprefix("#/").split("/"))
        return ("paths", path, operation, "responses", str(status))

    def at(self, where):
        node = self.document
        for part in where:
            node = node[part]
        return node

    def validator(self, *where):
        if where not in self.validators:
            self.validators[where] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{URI}#/{_pointer(*where)}"},
                registry=self.registry, validate_formats=True)
        return self.validators[where]

    def _check_header(self, what, name, header, answer):
        if "$ref" in header:
            where = header["$ref"].removeprefix("#/").split("/")
            header = self.at(where)
        value = answer.headers.get(name)
        if value is None:
            if header.get("required"):
                raise ContractError(f"{what}: no header {name}")
            return
        schema = self.validator("components", "headers", name, "schema")
        if header["schema"].get("type") == "integer":
            value = int(value)
        if not schema.is_valid(value):
            raise ContractError(f"{what}: bad header {name}: {value!r}")

    def _check_body(self, what, where, content, answer):
        media = answer.headers.get("Content-Type", "").split(";")[0].strip()
        if media not in content:
            raise ContractError(f"{what}: Content-Type {media!r}: "
                                f"{answer.body[:500]!r}")
        try:
            value = answer.body.decode("utf-8")
            if not media.startswith("text/"):
                value = json.loads(value)
        except ValueError as error:
            raise ContractError(f"{what}: {error}: "
                                f"{answer.body[:500]!r}") from error
        validator = self.validator(*where, "content", media, "schema")
        for error in validator.iter_errors(value):
            raise ContractError(
                f"{what}: {error.message[:500]} at {error.instance_path}; "
                f"the answer was {answer.body[:500]!r}")
