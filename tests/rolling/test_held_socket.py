# A socket that systemd or multiwatch holds: responders come and go behind it, and nobody is refused.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import re
import signal
import socket

import pytest

from crowd import Crowd
from fastcgi import STDIN, Connection, begin, params, record
from stack import wait_until

CLIENTS = 16


class Askers(Crowd):
    """Clients that ask a responder, with no web server that could help."""

    def __init__(self, path, chat):
        super().__init__(CLIENTS)
        self.path, self.chat = path, chat
        self.answered, self.bad = 0, []

    def run(self, _):
        while not self.enough.is_set():
            try:
                with Connection(self.path) as peer:
                    peer.sendall(begin() + params(
                        REQUEST_METHOD="GET", REQUEST_URI=self.chat.messages)
                        + record(STDIN))
                    answer = peer.answer()
            except OSError as error:
                answer = repr(error).encode()
            if answer.startswith(b"Status: 200 "):
                self.answered += 1
            else:
                self.bad.append(answer)

    def more(self, count):
        goal = self.answered + count
        wait_until(lambda: self.bad or self.answered >= goal, 30)


@pytest.fixture
def held(tmp_path):
    """A listening socket that is ours, as systemd's are its own."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "held.sock"))
        listening.listen(1024)
        yield listening


@pytest.fixture
def serve(stack, started, held):
    """serve(): another process behind it, which listens to signals already."""
    def start(**settings):
        process = started(
            stack.run / "libexec" / "parley-messages", stdin=held,
            PARLEY_CONFIG=str(stack.run / "accounts" / "web.conf"),
            PARLEY_PID_DIR="", **settings)
        wait_until(lambda: awaits(process.pid, signal.SIGUSR2))
        return process
    return start


def awaits(pid, number):
    """
    Whether it has blocked the signal, for one thread to wait for it: that one
    does not block it while it waits, but all others do.
    """
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        blocked = re.search(r"^SigBlk:\s*(\S+)$", status.read_text(), re.M)
        if int(blocked[1], 16) >> (number - 1) & 1:
            return True
    return False


def test_one_ends_and_then_the_next_begins(chat, held, serve):
    """As `systemctl restart` does it."""
    process = serve()
    with Askers(held.getsockname(), chat) as askers:
        for _ in range(3):
            askers.more(200)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            process = serve()
        askers.more(200)
    assert not askers.bad


def test_of_two_behind_it_each_begins_anew_while_the_other_serves(
        chat, held, serve):
    """As under multiwatch, which sees nothing of it."""
    both = [serve(), serve()]
    with Askers(held.getsockname(), chat) as askers:
        for process in both * 3:
            askers.more(100)
            process.send_signal(signal.SIGUSR2)
        askers.more(200)
    assert not askers.bad
    assert [process.poll() for process in both] == [None, None]


def test_a_socket_that_is_its_alone_is_served_to_the_last(chat, held, serve):
    """Whoever was let in is answered; whoever comes after that is refused."""
    process = serve(PARLEY_OWN_SOCKET="yes")
    with Askers(held.getsockname(), chat) as askers:
        askers.more(200)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert askers.bad
    assert {bad.split(b"(")[0] for bad in askers.bad} == {
        b"ConnectionRefusedError"}
