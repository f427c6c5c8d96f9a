# Several copies of a responder behind one web server: who dies takes only what he held along.
# SPDX-License-Identifier: BSD-2-Clause
import socket
import threading
import time

import pytest

from client import JSON
from stack import wait_until
from writers import Writers, nothing_lost

API = "/api/v1/applications"
COPIES = ["messages-1", "messages-2", "messages-3"]


@pytest.mark.parametrize("copy", COPIES)
def test_one_of_three_is_killed_under_load_and_only_what_it_held_fails(
        client, chat, stack, rows, copy):
    with Writers(client, chat, count=16) as writers:
        writers.more(300)
        assert set(stack.responders()) >= set(COPIES)
        before = time.monotonic()
        stack.kill(copy)
        gone = time.monotonic()
        writers.more(600)
    for failure in writers.failed:
        assert failure.answer.problem == "outcome-unknown", failure
        assert failure.ended >= before and failure.began <= gone, failure
    nothing_lost(client, chat, writers, rows)


def test_who_comes_back_is_given_requests_again(client, chat, stack, rows,
                                                ready):
    with Writers(client, chat) as writers:
        writers.more(50)
        stack.kill(COPIES[0])
        writers.more(100)
        stack.up()
        ready()
        for copy in COPIES[1:]:
            stack.kill(copy)
        writers.more(100)
    nothing_lost(client, chat, writers, rows)


@pytest.mark.parametrize("family", ["messages", "chats"])
def test_a_write_that_a_dead_copy_held_is_not_carried_out_again(
        client, chat, stack, db, held, family):
    """
    The broker is silent, so that the copy dies between publishing the write
    and answering it: from then on the write is nobody's but the queue's.
    """
    request = {
        "messages": (chat.messages, b'{"body":"x"}', {"Content-Type": JSON}),
        "chats": (f"{API}/{chat.token}/chats", b""),
    }[family]
    for _ in range(8):      # every copy has what it needs for a write
        assert client.raw("POST", *request).status == 201
    answers = []
    stack.stop_process("rabbitmq")
    sender = threading.Thread(
        target=lambda: answers.append(client.raw("POST", *request)))
    sender.start()

    def holder():
        """one copy has the write in hand"""
        return next(iter(held(family)), None)
    stack.kill(wait_until(holder))
    sender.join(10)
    stack.continue_process("rabbitmq")
    assert answers[0].problem == "outcome-unknown"
    stack.up()

    def accepted():
        """writes are accepted again"""
        answer = client.raw("POST", *request)
        return answer.json if answer.status == 201 else None
    last = wait_until(accepted)["number"]

    def stored():
        """what was written last is stored"""
        numbers = [row["number"] for row in db(
            f"""select t.number from {family} t join applications a
            on t.application_id = a.id where a.token = %s""", chat.token)]
        return numbers if last in numbers else None
    # The eight and the last, and once at most what was held; the chat itself.
    assert len(wait_until(stored)) <= 9 + 1 + (family == "chats")


def test_with_all_copies_dead_it_is_a_problem_document_at_once(
        client, chat, stack):
    for copy in COPIES:
        stack.kill(copy)
    for method in ("GET", "POST"):
        answer = client.raw(method, chat.messages,
                            *([b"{}", {"Content-Type": JSON}]
                              if method == "POST" else []))
        assert answer.status in (502, 503)
        client.contract.check_own(answer)
        assert answer.seconds < 5
    assert client.get(chat.path).status == 200


def test_slow_clients_hold_no_responder(client, chat, held):
    """Requests of which a part is missing wait at the web server."""
    body = b'{"body":"' + b"x" * 9000
    head = (f"POST {chat.messages} HTTP/1.1\r\nHost: {client.host}\r\n"
            f"Content-Type: {JSON}\r\n").encode()
    halves = [head + b"Content-Length: 12000\r\n\r\n" + body,
              head + b"Transfer-Encoding: chunked\r\n\r\n2EE0\r\n" + body]
    peers = []
    for i in range(120):        # more than the copies have threads
        peer = socket.create_connection((client.host, client.port), 5)
        peer.sendall(halves[i % 2])
        peers.append(peer)
    assert chat.write("whole")["number"] == 1
    wait_until(lambda: not held("messages"), 5)
    for peer in peers:
        peer.close()


def test_many_connections_that_say_little_hold_up_nobody(client, chat, held):
    """Apache gives each that has begun a request one of 150 threads."""
    count = 100 if client.server == "apache" else 800
    peers = []
    for i in range(count):
        peer = socket.create_connection((client.host, client.port), 5)
        if i % 2:
            peer.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        peers.append(peer)
    began = time.monotonic()
    for number in range(1, 6):
        assert chat.write("among many")["number"] == number
    assert time.monotonic() - began < 5
    wait_until(lambda: not held("messages"), 5)
    for peer in peers:
        peer.close()


def test_a_client_that_takes_its_answer_slowly_holds_no_responder(
        client, chat, held):
    for _ in range(60):
        chat.write("\u20ac" * 16000)
    request = (f"GET {chat.messages}?limit=200 HTTP/1.1\r\n"
               f"Host: {client.host}\r\n\r\n").encode()
    peers = []
    for _ in range(10):
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect((client.host, client.port))
        peer.sendall(request)
        peers.append(peer)
    for peer in peers:
        assert peer.recv(100).startswith(b"HTTP/1.1 200")
    wait_until(lambda: not held("messages"), 10)
    for peer in peers:
        peer.close()
