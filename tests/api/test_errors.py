# Each error of the table once, as a client meets it: type, status, headers.
# SPDX-License-Identifier: BSD-2-Clause
import socket

import pytest

from client import JSON, Client
from servers import LARGE_HEADERS, NO_LENGTH

CONTRACT = Client.contract
API = "/api/v1/applications"

# The 503s (not-accepted, outcome-unknown, unavailable) need a part that is
# down: see test_restarts.py.
ERRORS = {
    "malformed-body": (400, lambda c, chat: c.post(
        chat.messages, body=b"{", content_type=JSON)),
    "bad-request": (400, lambda c, chat: c.get(chat.messages + "?limit=x")),
    "operator-key-required": (401, lambda c, chat: c.get(API)),
    "operator-key-wrong": (403, lambda c, chat: c.get(
        API, headers={"Authorization": "Bearer wrong"})),
    "not-found": (404, lambda c, chat: c.get(chat.message(1))),
    "method-not-allowed": (405, lambda c, chat: c.request(
        "DELETE", chat.path)),
    "body-too-large": (413, lambda c, chat: c.post(
        chat.messages, body=b"x" * 262145, content_type=JSON)),
    "unsupported-media-type": (415, lambda c, chat: c.post(
        chat.messages, body=b"x", content_type="text/plain")),
    "invalid-field": (422, lambda c, chat: c.post(
        chat.messages, {"body": ""})),
}


@pytest.mark.parametrize("slug", ERRORS)
def test_each_error_is_a_problem_document(client, chat, slug):
    status, provoke = ERRORS[slug]
    answer = provoke(client, chat)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"] == f"urn:parley:problem:{slug}"
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert ("errors" in problem) == (status == 422)


def test_a_path_that_is_wrong_is_said_before_the_body(client, chat):
    answer = client.post(f"{API}/nobody/chats", body=b"{", content_type=JSON)
    assert answer.problem == "not-found"


def test_a_422_names_the_field_and_says_what_is_wrong(client, chat):
    answer = client.post(chat.messages, {"body": "x" * 16001})
    assert answer.json["errors"] == [
        {"field": "body", "detail": answer.json["errors"][0]["detail"]}]
    assert "body" in answer.json["detail"]


def test_nothing_internal_is_told(client, chat):
    for _, provoke in ERRORS.values():
        text = provoke(client, chat).body.decode().lower()
        for word in ("mysql", "redis", "rabbit", "select ", ".c:", "0x"):
            assert word not in text


def test_what_the_web_server_refuses_is_a_problem_document_too(client, chat):
    """These never reach Parley, so no request id is in them."""
    for status, provoke in (
            (400, lambda: client.raw("GET", "/", headers={"Host": "a b"})),
            (LARGE_HEADERS[client.server],
             lambda: client.raw("GET", "/", headers={"X": "x" * 9000})),
            (413, lambda: client.raw("POST", chat.messages, b"x" * 2 ** 21))):
        answer = provoke()
        assert answer.status == status
        CONTRACT.check_own(answer)


def test_a_post_that_does_not_say_its_length_has_no_body(client, chat):
    answer = client.raw("POST", chat.messages, length=False)
    own = NO_LENGTH.get(client.server)
    if own is None:
        assert answer.problem == "invalid-field"
    else:
        assert answer.status == own
        CONTRACT.check_own(answer)


@pytest.mark.parametrize("junk", [
    b"GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01",
    b"GET\r\n\r\n", b"\r\n\r\n\r\n\r\n",
    b"POST /api/v1/applications HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: -1\r\n\r\n",
    b"POST /api/v1/applications HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100000 + b"\r\n\r\n",
], ids=range(7))
def test_what_is_hardly_http_harms_nobody(client, junk):
    with socket.create_connection((client.host, client.port), 5) as peer:
        try:
            peer.sendall(junk)
            peer.shutdown(socket.SHUT_WR)
            answer = b""
            while part := peer.recv(65536):
                answer += part
        except OSError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 5")
    assert client.get("/livez").status == 200


def test_a_client_that_leaves_halfway_harms_nobody(client, chat):
    head = (f"POST {chat.messages} HTTP/1.1\r\nHost: x\r\nContent-Type: "
            f"{JSON}\r\nContent-Length: 100\r\n\r\n").encode() + b'{"body":'
    for _ in range(20):
        with socket.create_connection((client.host, client.port), 5) as peer:
            peer.sendall(head)
    assert chat.write("The first that is whole")["number"] == 1
