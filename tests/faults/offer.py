# Offers many creations of messages, and keeps what was answered to each.
# SPDX-License-Identifier: BSD-2-Clause
import array
import collections
import json
import socket
import urllib.parse

from clients import DEADLINE

API = "/api/v1/applications"
DIGITS = 9                  # of the counter that each body begins with


class Connection:
    """One client: sends a request, later takes its answer."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.socket = None

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def send(self, request):
        if self.socket is None:
            self.socket = socket.create_connection(self.address, DEADLINE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)

    def receive(self):
        """(status, body); OSError if there is no whole answer."""
        got = self.more()
        while b"\r\n\r\n" not in got:
            got += self.more()
        head, body = got.split(b"\r\n\r\n", 1)
        head = head.lower()
        length = int(head.split(b"\r\ncontent-length:", 1)[1].split(
            b"\r\n", 1)[0])
        while len(body) < length:
            body += self.more()
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head[9:12]), body

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        return data


def outcome_of(status, body):
    """The status and, of a problem, which one."""
    if status == 201:
        return "201"
    try:
        return f"{status} " + json.loads(body)["type"].rsplit(":", 1)[1]
    except (ValueError, LookupError):
        return f"{status} of the web server"


class Offer:
    """
    Clients that write into the chats of one application, all at the same
    time: each round every one sends a request, then all answers are taken.
    The body with counter n was answered as answered[n], chat << 40 | number,
    or not at all (0); of what is in unknown nobody knows.
    """

    def __init__(self, url, clients, chats, size):
        self.host = urllib.parse.urlsplit(url).netloc
        self.connections = [Connection(url) for _ in range(clients)]
        self.filler = ("words that fill a message up " * (size // 29 + 1))[
            :size - DIGITS]
        self.outcomes = collections.Counter()
        self.answered = array.array("Q")
        self.unknown = set()
        self.token = self.must(API, {"name": "volume"})["token"]
        self.root = f"{API}/{self.token}/chats"
        self.chats = [self.must(self.root, {"name": f"volume {i}"})["number"]
                      for i in range(chats)]

    def request(self, path, body):
        data = json.dumps(body)
        return (f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n"
                "Content-Type: application/json\r\n"
                f"Content-Length: {len(data)}\r\n\r\n{data}").encode()

    def must(self, path, body):
        connection = self.connections[0]
        connection.send(self.request(path, body))
        status, answer = connection.receive()
        assert status == 201, answer
        return json.loads(answer)

    def rest(self):
        """Nobody writes for a while, in which lighttpd may hang up."""
        for connection in self.connections:
            connection.close()

    def offer(self, count):
        end = len(self.answered) + count
        while len(self.answered) < end:
            group = self.connections[:end - len(self.answered)]
            for taken in [self.send(c) for c in group]:
                self.receive(*taken)

    def send(self, connection):
        n = len(self.answered)
        chat = self.chats[n % len(self.chats)]
        self.answered.append(0)
        try:
            connection.send(self.request(
                f"{self.root}/{chat}/messages",
                {"body": f"{n:0{DIGITS}d}{self.filler}"}))
        except OSError as error:
            self.lost(connection, n, error)
        return connection, n, chat

    def receive(self, connection, n, chat):
        if n in self.unknown:
            return
        try:
            status, body = connection.receive()
        except (OSError, LookupError) as error:
            self.lost(connection, n, error)
            return
        outcome = outcome_of(status, body)
        self.outcomes[outcome] += 1
        if status == 201:
            self.answered[n] = chat << 40 | json.loads(body)["number"]
        elif outcome not in ("503 not-accepted", "503 unavailable"):
            self.unknown.add(n)

    def lost(self, connection, n, error):
        connection.close()
        self.unknown.add(n)
        hung = isinstance(error, TimeoutError)
        self.outcomes["hung" if hung else "no answer"] += 1

    @property
    def accepted(self):
        return self.outcomes["201"]
