# Every example of doc/openapi.yaml is sent, and answered as it says.
# SPDX-License-Identifier: BSD-2-Clause
import email
import json
import re
import subprocess
import urllib.parse
import uuid

import pytest

from client import JSON, Answer, encode_multipart
from contract import Contract
from openapi import Document, Request
from stack import wait_until

MASKS = {
    re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"): "UUID",
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"): "TIME",
    re.compile(r'"ms": \d+'): '"ms": 1',
    re.compile(r'"checked_ms_ago": \d+'): '"checked_ms_ago": 1',
    re.compile(r'_seconds": \d+'): '_seconds": 1',
}
DOCUMENT = Document()
CONTRACT = Contract()
CASES = list(DOCUMENT.cases())
REACHABLE = [case for case in CASES if not case.parts and not case.settings]
WITH_SETTINGS = [case for case in CASES if case.settings]
OPERATIONS = {operation.id: operation for operation in DOCUMENT.operations}


def masked(value):
    """Without what differs each time; the order of keys does not matter."""
    text = json.dumps(value, sort_keys=True)
    for pattern, mask in MASKS.items():
        text = pattern.sub(mask, text)
    return text


def encoded(request):
    """(body, content type) of a request."""
    media, body = request.media, request.body
    if request.size is not None:
        return b"x" * request.size, media
    if body is None:
        return None, None
    if isinstance(body, str):
        return body.encode(), media
    if media == "multipart/form-data":
        return encode_multipart(body.items())
    if media == JSON:
        return json.dumps(body).encode(), media
    return urllib.parse.urlencode(body).encode(), media


class World:
    """What the examples are about: a shop, its orders, what was said."""

    def __init__(self, client, operator_key):
        self.client, self.operator_key = client, operator_key
        self.values = {}                # of the parameters of paths

    def made(self, operation, example):
        """Creates what that example of a 201 answer shows."""
        request = OPERATIONS[operation].request(JSON, example)
        answer = self.send(request)
        assert answer.status == 201, answer
        return answer.json

    def fill(self, request):
        """Makes what the request needs: what its path names, or lists."""
        self.values.clear()
        made = self.made("createApplication", {"name": "The corner shop"})
        self.values["token"] = made["token"]
        if "{chat_number}" in request.path or request.method == "GET":
            made = self.made("createChat", {"name": "Orders"})
            self.values["chat_number"] = made["number"]
            self.made("createChat", {})
        if "{number}" in request.path or request.method == "GET":
            made = self.made("createMessage",
                             {"body": "Guess what? Alhamdulilah"})
            self.values["number"] = made["number"]
            self.made("createMessage", {"body": "Two coffees, please"})

    def target(self, request):
        query = request.query
        if not isinstance(query, str):
            query = urllib.parse.urlencode(query)
        path = request.path.format(**{**self.values, **request.values})
        return path + "?" + query if query else path

    def send(self, request):
        body, media = encoded(request)
        headers = {name: value.format(operator_key=self.operator_key)
                   for name, value in request.headers.items()}
        if media:
            headers["Content-Type"] = media
        target = self.target(request)
        answer = self.client.raw(request.method, target, body, headers,
                                 length=False)
        self.client.contract.check(request.method, target, answer)
        return answer

    def replay(self, request):
        self.fill(request)
        if request.method == "GET" and request.path.endswith("/search"):
            wait_until(self.found)
        return self.send(request)

    def found(self):
        """the message is found"""
        return self.send(OPERATIONS["searchMessages"].request()).json


@pytest.fixture
def world(client, stack):
    return World(client, stack.env["PARLEY_ADMIN_KEY"])


def check(case, answer):
    assert answer.status == case.status, answer
    if isinstance(case.value, str):
        assert answer.body.decode().startswith(case.value)
    else:
        assert masked(answer.json) == masked(case.value)


@pytest.mark.parametrize("case", REACHABLE, ids=str)
def test_the_example_is_answered_as_the_document_says(world, case):
    if case.earlier is None:
        check(case, world.replay(case.request))
        return
    # Applications have one scope for their keys, whoever creates them.
    key = f'"{uuid.uuid4()}"'
    for request in case.earlier, case.request:
        request.headers["Idempotency-Key"] = key
    assert world.replay(case.earlier).status in (200, 201)
    check(case, world.send(case.request))


@pytest.mark.parametrize("operation", [
    operation for operation in OPERATIONS.values()
    if any(p["name"] == "Idempotency-Key" for p in operation.parameters)],
    ids=lambda operation: operation.id)
def test_with_a_key_the_first_answer_is_given_again(world, operation):
    request = operation.request()
    request.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    first = world.replay(request)
    again = world.send(request)
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Location"] == first.headers["Location"]
    assert first.headers["Idempotency-Replayed"] is None
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("case", WITH_SETTINGS, ids=str)
def test_with_other_settings_it_is_answered_as_the_document_says(stack, case):
    assert case.operation == "createApplication"    # else: which program?
    request = case.request
    body, media = encoded(request)
    done = subprocess.run(
        [stack.run / "libexec" / "parley-applications", "-c",
         stack.run / "accounts" / "web.conf"], input=body,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "REQUEST_METHOD": request.method,
             "REQUEST_URI": request.path, "CONTENT_TYPE": media,
             "CONTENT_LENGTH": str(len(body)),
             **{f"PARLEY_{key.upper()}": value
                for key, value in case.settings.items()},
             **{f"HTTP_{name.upper()}": value
                for name, value in request.headers.items()}},
        timeout=30, check=True)
    head, content = done.stdout.split(b"\r\n\r\n", 1)
    head = email.message_from_bytes(head)
    answer = Answer(int(head["Status"].split()[0]), head, content, 0)
    CONTRACT.check(request.method, request.path, answer)
    check(case, answer)


@pytest.mark.parametrize("operation", [
    operation for operation in OPERATIONS.values()
    if 304 in operation.responses], ids=lambda operation: operation.id)
def test_what_the_client_has_is_not_sent_again(world, operation):
    request = operation.request()
    first = world.replay(request)
    assert first.status == 200
    request.headers["If-None-Match"] = first.headers["ETag"]
    if operation.id == "ready":         # says how long it took: always new
        request.headers["If-None-Match"] = "*"
    assert world.send(request).status == 304


def parameters():
    for operation in OPERATIONS.values():
        for parameter in operation.parameters:
            if parameter["in"] == "query":
                yield pytest.param(operation, parameter, id=(
                    f"{operation.id}-{parameter['name']}"))


@pytest.mark.parametrize("operation, parameter", list(parameters()))
def test_the_example_of_a_parameter_is_taken(world, operation, parameter):
    request = operation.request()
    request.query[parameter["name"]] = parameter["example"]
    world.fill(request)
    if operation.id == "listApplications" and parameter["name"] in (
            "after", "before"):         # the example's token is nobody's here
        request.query[parameter["name"]] = world.values["token"]
    assert world.send(request).status == 200


@pytest.mark.parametrize("operation", OPERATIONS.values(),
                         ids=lambda operation: operation.id)
def test_every_status_has_an_example(operation):
    shown = {case.status for case in CASES if case.operation == operation.id}
    # 304 needs what was answered before, 409 two requests at once.
    assert shown == operation.responses.keys() - {304, 409}


@pytest.mark.parametrize("path", sorted({
    operation.path for operation in OPERATIONS.values()}))
def test_options_and_a_wrong_method_name_the_methods_of_every_path(
        world, path):
    for method, status in ("OPTIONS", 204), ("DELETE", 405):
        answer = world.replay(Request(method, path))
        assert answer.status == status
        allowed = set(answer.headers["Allow"].split(", "))
        assert allowed - {"HEAD", "OPTIONS"} == {
            operation.method for operation in OPERATIONS.values()
            if operation.path == path}


# --- what is answered when a part is missing ------------------------------------

LACKS = []
for every in CASES:
    if every.parts and every.parts not in LACKS:
        LACKS.append(every.parts)


@pytest.mark.parts
@pytest.mark.parametrize("parts", LACKS, ids=lambda parts: "-".join(
    f"{part}-{how}" for part, how in parts.items()))
def test_without_a_part_it_is_answered_as_the_document_says(
        world, lack, parts):
    cases = [case for case in CASES if case.parts == parts]
    world.fill(Request("GET", ""))      # makes all there is
    lack(parts)
    for case in cases:
        def noticed(case=case):
            """the process has noticed what is down, or used up"""
            answer = world.send(case.request)
            return answer.status == case.status and \
                answer.json.get("type") == case.value.get("type")
        if "silent" not in parts.values() or case.request.path == "/readyz":
            wait_until(noticed, 10)
        check(case, world.send(case.request))
