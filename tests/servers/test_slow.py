# A web server that is slow, silent or gone holds no thread of a responder for long.
# SPDX-License-Identifier: BSD-2-Clause
import contextlib
import json
import select
import socket
import subprocess
import time

import pytest

from fastcgi import STDIN, Connection, begin, params, record
from stack import others, wait_until

TIMEOUT = 0.6           # web_timeout_ms of the responder under test
NOTICED = TIMEOUT + 2   # by then it has been acted upon


@pytest.fixture(autouse=True)
def whole():
    """No part of the stack is harmed here, so none is brought back."""


@pytest.fixture
def program():
    return "parley-messages"


@pytest.fixture
def responder(stack, tmp_path, program):
    """Such a program, of two threads, with a socket of its own."""
    path = tmp_path / "its.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(100)
        process = subprocess.Popen(
            [stack.run / "libexec" / program], stdin=listening,
            env={**others(), "PARLEY_CONFIG": str(
                stack.run / "accounts" / "web.conf"),
                 "PARLEY_THREADS": "2",
                 "PARLEY_WEB_TIMEOUT_MS": str(int(TIMEOUT * 1000))})
    process.path = path
    yield process
    process.terminate()
    assert process.wait(30) == 0


@pytest.fixture
def connect(responder):
    """connect(): a connection to it, which is closed in the end."""
    with contextlib.ExitStack() as opened:
        yield lambda: opened.enter_context(Connection(responder.path))


def get(chat):
    return params(REQUEST_METHOD="GET", REQUEST_URI=chat.messages)


def post(chat, **length):
    return params(REQUEST_METHOD="POST", REQUEST_URI=chat.messages,
                  CONTENT_TYPE="application/json", **length)


@pytest.fixture
def well(chat, connect):
    """well(): it answers another request at once."""
    def check():
        began = time.monotonic()
        peer = connect()
        peer.sendall(begin() + get(chat) + record(STDIN))
        assert peer.answer().startswith(b"Status: 200 ")
        assert time.monotonic() - began < NOTICED
    return check


def trickle(peer, parts):
    """Sends them one by one, slowly, until something comes back."""
    for part in parts:
        try:
            peer.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            return
        if select.select([peer], [], [], 0.02)[0]:
            return


def bytewise(content):
    return [bytes([byte]) for byte in content]


def test_a_connection_that_says_nothing_is_let_go(chat, connect, well):
    silent = [connect() for _ in range(2)]
    well()
    for peer in silent:
        assert peer.ended()


@pytest.mark.parametrize("said", [
    lambda chat: b"\x01", lambda chat: begin(),
    lambda chat: begin() + get(chat)[:30],
    lambda chat: begin() + record(4, b"\x0e\x04REQUEST_METHOD"),
], ids=["a byte", "only its beginning", "half a record", "half a parameter"])
def test_a_request_that_stops_early_is_let_go(chat, connect, well, said):
    for _ in range(2):
        connect().sendall(said(chat))
    well()


def test_parameters_that_come_byte_by_byte_are_let_go(chat, connect, well):
    peer = connect()
    peer.sendall(begin())
    trickle(peer, bytewise(get(chat)))
    assert peer.ended()
    well()


def test_a_body_that_comes_byte_by_byte_is_408(client, chat, connect, well):
    peer = connect()
    body = b'{"body":"' + b"x" * 1000 + b'"}'
    peer.sendall(begin() + post(chat, CONTENT_LENGTH=str(len(body))))
    trickle(peer, [record(STDIN, byte) for byte in bytewise(body)])
    head, body = peer.answer().split(b"\r\n\r\n", 1)
    assert head.startswith(b"Status: 408 ")
    problem = json.loads(body)
    assert problem["type"] == "urn:parley:problem:too-slow"
    assert problem["status"] == 408
    client.contract.validator(
        "components", "schemas", "Problem").validate(problem)
    well()
    assert client.get(chat.messages).json == []


@pytest.mark.parametrize("program", ["parley-dialects"])
def test_it_is_408_in_a_dialect_too(connect, program):
    peer = connect()
    peer.sendall(begin() + params(
        PARLEY_DIALECT="shady-rails", REQUEST_METHOD="POST",
        REQUEST_URI="/api/v1/applications", CONTENT_TYPE="application/json",
        CONTENT_LENGTH="100"))
    assert peer.answer().startswith(b"Status: 408 ")


@pytest.mark.parametrize("length", [{}, {"CONTENT_LENGTH": "0"},
                                    {"CONTENT_LENGTH": "100"}],
                         ids=["not said", "wrong", "right"])
def test_of_a_body_that_is_cut_off_nothing_is_stored(
        client, chat, connect, length):
    """Also where what has come is a whole one: a web server's 'chunked'."""
    peer = connect()
    peer.sendall(begin() + post(chat, **length)
                 + record(STDIN, b'{"body":"cut off"}'))
    peer.shutdown(socket.SHUT_WR)
    assert peer.answer().startswith(b"Status: 400 ")
    assert client.get(chat.messages).json == []


def test_a_body_whose_length_is_not_said_is_taken_to_its_end(
        client, chat, connect):
    peer = connect()
    peer.sendall(begin() + post(chat) + record(STDIN, b'{"body":')
                 + record(STDIN, b'"in two"}') + record(STDIN))
    assert peer.answer().startswith(b"Status: 201 ")
    assert client.get(chat.message(1)).json["body"] == "in two"


def test_a_connection_that_is_kept_serves_again_and_then_is_let_go(
        chat, connect, well):
    kept = [connect() for _ in range(2)]
    for _ in range(3):
        for peer in kept:
            peer.sendall(begin(keep=True) + get(chat) + record(STDIN))
            assert peer.answer().startswith(b"Status: 200 ")
    well()
    for peer in kept:
        assert peer.ended()


def test_an_answer_that_nobody_takes_is_let_go(chat, connect, well):
    for _ in range(40):
        chat.write("\u20ac" * 16000)
    for _ in range(2):
        peer = connect()
        peer.sendall(begin() + params(
            REQUEST_METHOD="GET", REQUEST_URI=chat.messages + "?limit=200")
            + record(STDIN))
    well()


def test_garbage_is_let_go(connect, well):
    for junk in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 64,
                 b"\xff" * 4096, record(STDIN, b"x"), record(99, b"x" * 99)):
        connect().sendall(junk)
    well()


def test_whoever_is_slow_does_not_hold_up_a_stop(chat, responder, connect):
    peer = connect()
    peer.sendall(begin() + post(chat, CONTENT_LENGTH="100"))
    wait_until(lambda: at_work(responder.path), 5)
    responder.terminate()
    assert responder.wait(10) == 0


def at_work(path):
    """Whether a connection to that socket is accepted."""
    with open("/proc/net/unix", encoding="ascii") as sockets:
        return any(line.split()[5] == "03" and line.endswith(f" {path}\n")
                   for line in sockets)
