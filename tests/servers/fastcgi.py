# Speaks FastCGI to a responder, as slowly and as wrongly as it is told to.
# SPDX-License-Identifier: BSD-2-Clause
import socket
import struct

BEGIN, PARAMS, STDIN, STDOUT, END = 1, 4, 5, 6, 3
KEEP = 1


def record(kind, content=b""):
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def begin(keep=False):
    return record(BEGIN, struct.pack("!HB5x", 1, KEEP if keep else 0))


def params(**variables):
    """All of them, and the end of them."""
    content = b""
    for name, value in variables.items():
        name, value = name.encode(), value.encode()
        for text in (name, value):
            content += (struct.pack("!B", len(text)) if len(text) < 128
                        else struct.pack("!I", len(text) | 1 << 31))
        content += name + value
    return record(PARAMS, content) + record(PARAMS)


class Connection(socket.socket):
    """To the socket of a responder; gives up after a while."""

    def __init__(self, path):
        super().__init__(socket.AF_UNIX)
        self.settimeout(10)
        self.connect(str(path))

    def answer(self):
        """What comes until the request ends; b"" if nothing does."""
        out = b""
        while True:
            head = self.exactly(8)
            if not head:
                return out
            _, kind, _, size, padding = struct.unpack("!BBHHBx", head)
            content = self.exactly(size + padding)[:size]
            if kind == STDOUT:
                out += content
            if kind == END:
                return out

    def exactly(self, size):
        got = b""
        while len(got) < size:
            part = self.recv(size - len(got))
            if not part:
                return b""
            got += part
        return got

    def ended(self):
        """Waits until the responder has closed it."""
        try:
            while self.recv(4096):
                pass
        except ConnectionResetError:
            pass
        return True
