# Reads bad_requests.tsv, which says how, and sends what stands there, byte for byte.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import re
import socket
import time

from client import Answer

TABLE = pathlib.Path(__file__).with_name("bad_requests.tsv")
HEADERS = {
    "json": "Content-Type: application/json",
    "form": "Content-Type: application/x-www-form-urlencoded",
    "multi": "Content-Type: multipart/form-data; boundary=B",
    "operator": "Authorization: Bearer $operator",
}
ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
PATIENCE = 10       # seconds; what takes longer hangs


class Case:
    """A line of the table."""

    def __init__(self, line, number):
        answers, self.request, *comment = line.split("\t")
        both = answers.split(" / ")
        self.expected = {"lighttpd": both[0].split(" + "),
                         "apache": both[-1].split(" + ")}
        self.raw = self.request.startswith("raw ")
        self.id = f"{number}: {comment[0] if comment else self.request[:60]}"

    @property
    def method(self):
        return None if self.raw else self.request.split(" ", 1)[0]

    def bytes(self, places):
        if self.raw:
            return expand(self.request[4:], places)
        head, sent, body = self.request.partition(" || ")
        line, *given = head.split(" | ")
        body = expand(body, places)
        headers = [HEADERS.get(header, header) for header in given]
        names = [header.split(":")[0].lower() for header in headers]
        if "host" not in names:
            headers.insert(0, "Host: $host")
        if sent and not {"content-length", "transfer-encoding"} & set(names):
            headers.append(f"Content-Length: {len(body)}")
        headers.append("Connection: close")
        return b"".join([expand(line, places), b" HTTP/1.1\r\n", *(
            expand(header, places) + b"\r\n" for header in headers), b"\r\n",
            body])


def cases():
    with open(TABLE, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                yield Case(line, number)


def expand(text, places):
    """$name, $(text*times) and \\escapes, as the head of the table has it."""
    repeat = re.compile(r"\$\(([^$]+?)\*(\d+)\)")
    while repeat.search(text):      # the inner ones first
        text = repeat.sub(lambda found: found[1] * int(found[2]), text)
    text = re.sub(r"\$([a-z]+)", lambda found: places.get(found[1], found[0]),
                  text)
    return re.sub(rb"\\(?:x([0-9A-Fa-f]{2})|([rnt0\\]))", lambda found: (
        bytes.fromhex(found[1].decode()) if found[1]
        else ESCAPES[found[2].decode()]), text.encode())


def send(host, port, data):
    """All bytes that come back until the server closes, and the seconds."""
    began = time.monotonic()
    out = b""
    with socket.create_connection((host, port), PATIENCE) as peer:
        peer.settimeout(PATIENCE)
        try:
            peer.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass        # it has said no before it had all
        try:
            while part := peer.recv(65536):
                out += part
        except ConnectionResetError:
            pass
    return out, time.monotonic() - began


def answers(data, head=False):
    """Takes the bytes of a connection apart; without the interim ones."""
    found = []
    while data:
        assert data.startswith(b"HTTP/1."), data[:200]
        top, data = data.split(b"\r\n\r\n", 1)
        line, *headers = top.decode("latin-1").split("\r\n")
        answer = Answer(int(line.split(" ")[1]), dict(
            header.split(": ", 1) for header in headers), b"", None)
        if answer.status < 200:
            continue
        if not head and answer.status not in (204, 304):
            if "chunked" in answer.headers.get("Transfer-Encoding", ""):
                answer.body, data = dechunk(data)
            else:       # without a length it is all that comes
                size = int(answer.headers.get("Content-Length", len(data)))
                answer.body, data = data[:size], data[size:]
        found.append(answer)
    return found


def dechunk(data):
    body = b""
    while True:
        line, data = data.split(b"\r\n", 1)
        size = int(line, 16)
        body, data = body + data[:size], data[size + 2:]
        if size == 0:
            return body, data
