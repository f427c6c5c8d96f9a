# As much of AMQP 0-9-1 as the harness needs: how long a queue is, deleting, unbinding, publishing.
# SPDX-License-Identifier: BSD-2-Clause
import socket
import struct
import urllib.parse


class Refused(Exception):
    """The broker closed the channel, for the reason given."""


def short(text):
    return bytes([len(text)]) + text.encode()


class Broker:
    """with Broker(uri) as broker: one connection, one channel."""

    def __init__(self, uri):
        parts = urllib.parse.urlsplit(uri)
        self.login = b"\0%s\0%s" % (parts.username.encode(),
                                    parts.password.encode())
        self.socket = socket.create_connection(
            (parts.hostname, parts.port), timeout=5)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        self.socket.sendall(b"AMQP\0\0\x09\x01")
        self.wait(0, 10, 10)
        self.method(0, 10, 11, b"\0\0\0\0" + short("PLAIN")
                    + struct.pack(">I", len(self.login)) + self.login
                    + short("en_US"))
        self.wait(0, 10, 30)
        self.method(0, 10, 31, struct.pack(">HIH", 1, 131072, 0))
        self.method(0, 10, 40, short("/") + b"\0\0")
        self.wait(0, 10, 41)
        self.method(1, 20, 10, short(""))
        self.wait(1, 20, 11)
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def method(self, channel, group, number, arguments):
        payload = struct.pack(">HH", group, number) + arguments
        self.frame(1, channel, payload)

    def frame(self, kind, channel, payload):
        self.socket.sendall(struct.pack(">BHI", kind, channel, len(payload))
                            + payload + b"\xce")

    def wait(self, channel, group, number):
        """Reads until this method comes; its arguments."""
        while True:
            head = self.file.read(7)
            if len(head) < 7:
                raise ConnectionError("the broker closed the connection")
            kind, got, size = struct.unpack(">BHI", head)
            payload = self.file.read(size + 1)[:-1]
            if kind != 1 or got != channel:
                continue
            method = struct.unpack(">HH", payload[:4])
            if method == (20, 40):
                raise Refused(payload[7:7 + payload[6]].decode())
            if method == (group, number):
                return payload[4:]

    def length(self, queue):
        """(messages that are ready, consumers)."""
        self.method(1, 50, 10, b"\0\0" + short(queue) + b"\x01" + b"\0" * 4)
        answer = self.wait(1, 50, 11)
        return struct.unpack(">II", answer[1 + answer[0]:])

    def delete(self, queue):
        self.method(1, 50, 40, b"\0\0" + short(queue) + b"\0")
        self.wait(1, 50, 41)

    def declare(self, queue):
        """Durable, and without arguments: a classic one."""
        self.method(1, 50, 10, b"\0\0" + short(queue) + b"\x02" + b"\0" * 4)
        self.wait(1, 50, 11)

    def unbind(self, queue, exchange, key):
        self.method(1, 50, 50, b"\0\0" + short(queue) + short(exchange)
                    + short(key) + b"\0" * 4)
        self.wait(1, 50, 51)

    def bind(self, queue, exchange, key):
        self.method(1, 50, 20, b"\0\0" + short(queue) + short(exchange)
                    + short(key) + b"\0" + b"\0" * 4)
        self.wait(1, 50, 21)

    def publish(self, exchange, key, body):
        """Confirmed."""
        self.method(1, 85, 10, b"\0")
        self.wait(1, 85, 11)
        self.method(1, 60, 40, b"\0\0" + short(exchange) + short(key)
                    + b"\x01")
        self.frame(2, 1, struct.pack(">HHQHB", 60, 0, len(body), 0x1000, 2))
        self.frame(3, 1, body)
        self.wait(1, 60, 80)

    def get(self, queue):
        """Takes one message and keeps it from the queue; None if none."""
        self.method(1, 60, 70, b"\0\0" + short(queue) + b"\x01")
        while True:
            kind, _, size = struct.unpack(">BHI", self.file.read(7))
            payload = self.file.read(size + 1)[:-1]
            if kind == 1 and payload[:4] == struct.pack(">HH", 20, 40):
                raise Refused(payload[7:7 + payload[6]].decode())
            if kind == 1 and payload[:4] == struct.pack(">HH", 60, 72):
                return None
            if kind == 3:
                return payload
