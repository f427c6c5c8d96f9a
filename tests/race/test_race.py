# All programs at work under faults and ended in the midst of it, while ThreadSanitizer watches.
# SPDX-License-Identifier: BSD-2-Clause
"""
What is tested here shows in ThreadSanitizer's reports, of which scripts/test
takes none; the tests see to it that there is something to report on.
"""
import http.client
import itertools
import pathlib
import random
import signal
import subprocess
import threading
import time

import pytest

from check import Check, wait_for_quiet
from clients import API, Connection, Load, World
from network import Network
from parts import find, wait_until
from trial import run

FAULTS = ((), ("redis-wiped",), ("rabbitmq-kill",), ("mariadb-kill",),
          ("jobs-before-ack",), ("net-redis-fcgi-cuts",),
          ("net-amqp-fcgi-answers-cut",))
ROUNDS = 2              # of ending each process
STEADY_S = 0.3          # between two ends


@pytest.fixture(scope="module")
def parts():
    return find()


@pytest.fixture(scope="module")
def network(parts):
    network = Network(parts)
    yield network
    network.down()


def watched(parts):
    return parts.responders() + ["parley-jobs"]


def test_all_that_run_long_are_watched(parts):
    for name in watched(parts):
        process = pathlib.Path(f"/proc/{parts.pid(name)}")
        assert "libtsan" in (process / "maps").read_text(), name
        assert b"TSAN_OPTIONS=log_path=" in \
            (process / "environ").read_bytes(), name


@pytest.mark.parametrize("names", FAULTS,
                         ids=lambda n: "+".join(n) or "none")
def test_faults_under_load_are_survived(parts, network, names):
    one = run(parts, network, 1, [names] if names else [])
    assert not one.problems, "\n".join(one.problems)


# --- everything at once, and its end ---

class Reader(threading.Thread):
    """Asks for everything that clients.py does not ask for."""

    def __init__(self, world, seed, stop):
        super().__init__(daemon=True)
        self.world, self.stopped = world, stop
        self.random = random.Random(seed)
        self.connection = Connection(world.url)
        self.statuses = set()

    def request(self):
        world = self.world
        chat = world.path(self.random.choice(world.chats))
        application = f"{API}/{world.token}"
        return self.random.choice((
            ("GET", application), ("PUT", application, {"name": "again"}),
            ("POST", API, {"name": "one more"}), ("OPTIONS", chat),
            ("GET", f"{chat}/messages?limit=200"),
            ("GET", f"{chat}/messages?order=desc&limit=5"),
            ("GET", f"{chat}/messages/search?q=text"),
            ("GET", f"{world.root}?limit=2"), ("GET", chat),
            ("POST", f"{chat}/messages", {"name": ""}),
            ("GET", "/livez"), ("GET", "/readyz")))

    def run(self):
        while not self.stopped.is_set():
            try:
                self.statuses.add(self.connection.send(*self.request())[0])
            except (OSError, http.client.HTTPException):
                pass            # lighttpd has ended a connection in between
            self.stopped.wait(0.02)
        self.connection.close()


class Operator(threading.Thread):
    """Counts, compares and makes the index anew, again and again."""

    def __init__(self, parts, stop):
        super().__init__(daemon=True)
        self.parts, self.stopped = parts, stop
        self.failed, self.done = [], 0

    def run(self):
        for program, *words in itertools.cycle((
                ("parley-count",), ("parley-admin", "status", "--json"),
                ("parley-admin", "reconcile"), ("parley-admin", "reindex"),
                ("parley-admin", "dead", "list"))):
            if self.stopped.is_set():
                return
            done = subprocess.run(
                [self.parts.program(program), "-c",
                 self.parts.run / "accounts"
                 / f"{program.removeprefix('parley-')}.conf", *words],
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=100, check=False)
            if done.returncode not in (0, 1):   # 1: status has complaints
                self.failed.append(done)
            self.done += 1


def end(parts, name):
    """SIGHUP, SIGTERM; the process ends, and another takes its place."""
    parts.send(name, signal.SIGHUP)
    pid = parts.send(name, signal.SIGTERM)
    wait_until(lambda: parts.pid(name) != pid, 20)
    if name == "parley-jobs":
        parts.up()
    wait_until(lambda: parts.pid(name), 20)


def test_every_process_is_ended_under_load_and_nothing_is_lost(
        parts, network):
    network.down()
    world = World(parts.url, "race")
    world.prepare()
    stop = threading.Event()
    others = [Reader(world, seed, stop) for seed in range(8)]
    operator = Operator(parts, stop)
    with Load(world):
        for thread in others + [operator]:
            thread.start()
        for name in sorted(watched(parts)) * ROUNDS:
            time.sleep(STEADY_S)
            end(parts, name)
        stop.set()
        for thread in others + [operator]:
            thread.join(110)
    wait_for_quiet(parts, world)
    statuses = set().union(*(reader.statuses for reader in others))
    assert {200, 201, 422} <= statuses <= {200, 201, 204, 422, 500, 503}
    assert operator.done >= 5 and not operator.failed
    assert not Check(parts, world).run().broken
