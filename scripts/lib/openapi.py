# What doc/openapi.yaml says, as requests and the answers they should get.
# SPDX-License-Identifier: BSD-2-Clause
#
# For the tests, which replay them, and for scripts/postman, which makes a
# collection of them. Needs PyYAML.
import copy
import dataclasses
import pathlib

import yaml

TREE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = TREE / "doc" / "openapi.yaml"
METHODS = ("post", "get", "put", "patch")
# Problems that belong to no operation.
STRAY = {"NotFound": 404, "MethodNotAllowed": 405}


@dataclasses.dataclass
class Request:
    """What to send. Parameters of the path that are not in values are free."""
    method: str
    path: str                                   # with {token} and the like
    values: dict = dataclasses.field(default_factory=dict)
    query: dict | str = dataclasses.field(default_factory=dict)
    headers: dict = dataclasses.field(default_factory=dict)
    media: str | None = None
    body: dict | str | None = None              # a dict is yet to be encoded
    size: int | None = None                     # of a body that is only large

    def change(self, other):
        """Applies an example's x-request; null takes something away."""
        self.method = other.get("method", self.method)
        self.path = other.get("target", self.path)
        self.values |= other.get("path", {})
        if isinstance(other.get("query"), str):
            self.query = other["query"]
        else:
            merge(self.query, other.get("query", {}))
        merge(self.headers, other.get("headers", {}))
        if "content" in other:          # {}: none at all
            self.media, self.body = next(iter(other["content"].items()),
                                         (None, None))
        self.size = other.get("size")


def merge(target, changes):
    for name, value in changes.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value


@dataclasses.dataclass
class Case:
    """An example: its request and the answer to that."""
    operation: str
    name: str
    summary: str
    request: Request
    status: int
    value: object
    parts: dict                                 # {"mysql": "down"}
    settings: dict                              # {"threads": "1"}
    earlier: Request | None = None              # what was sent before it

    def __str__(self):
        media = (self.request.media or "").rsplit("/", maxsplit=1)[-1]
        return "-".join(filter(None, (
            self.operation, str(self.status), self.name, media)))


class Operation:
    def __init__(self, document, path, method, node, common):
        self.path, self.method = path, method.upper()
        self.id, self.summary = node["operationId"], node["summary"]
        self.tag = node["tags"][0]
        self.secured = "security" in node
        self.parameters = [document.resolve(parameter) for parameter in
                           common + node.get("parameters", [])]
        self.content = document.resolve(
            node.get("requestBody", {})).get("content", {})
        self.responses = {int(status): document.resolve(response)
                          for status, response in node["responses"].items()}
        self.success = min(self.responses)
        self.document = document

    def request(self, media=None, body=None):
        """The plain request: the first example of the body, if it has one."""
        if body is None and self.content:
            media, content = next(iter(self.content.items()))
            body = next(iter(content["examples"].values()))["value"]
        query = {p["name"]: p["example"] for p in self.parameters
                 if p["in"] == "query" and p.get("required")}
        headers = {"Authorization": "Bearer {operator_key}"}
        return Request(self.method, self.path, query=query, media=media,
                       headers=headers if self.secured else {}, body=body)

    def examples(self, status):
        """{name: example} of the answers with that status."""
        for content in self.responses[status].get("content", {}).values():
            return {name: self.document.resolve(example)
                    for name, example in content["examples"].items()}
        return {}

    def cases(self):
        answers = self.examples(self.success)
        for media, content in self.content.items():
            for name, example in content["examples"].items():
                yield self.case(self.success, name, answers[name],
                                self.request(media, example["value"]))
        for status in self.responses:
            if status == self.success and self.content:
                continue
            for name, example in self.examples(status).items():
                if self.id in example.get("x-operations", (self.id,)):
                    yield self.case(status, name, example, self.request())

    def case(self, status, name, example, request):
        request.change(copy.deepcopy(example.get("x-request", {})))
        earlier = None
        if "x-earlier" in example:
            earlier = copy.deepcopy(request)
            earlier.change(copy.deepcopy(example["x-earlier"]))
        return Case(self.id, name, example.get("summary"), request, status,
                    example["value"], example.get("x-parts", {}),
                    example.get("x-settings", {}), earlier)


class Document:
    def __init__(self, path=DOCUMENT):
        with open(path, encoding="utf-8") as file:
            self.root = yaml.safe_load(file)
        self.operations = [
            Operation(self, path, method, node[method],
                      node.get("parameters", []))
            for path, node in self.root["paths"].items()
            for method in METHODS if method in node]

    def resolve(self, node):
        """The node itself, or what its $ref points to."""
        if "$ref" not in node:
            return node
        found = self.root
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def cases(self):
        for operation in self.operations:
            yield from operation.cases()
        for name, status in STRAY.items():
            content = self.root["components"]["responses"][name]["content"]
            for example in content["application/problem+json"][
                    "examples"].values():
                request = Request("GET", "/")
                request.change(example["x-request"])
                yield Case(name, "", example["summary"], request, status,
                           example["value"], {}, {})
