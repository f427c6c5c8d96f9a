# The fixtures of the tests of parley-admin: those of the API tests, and more.
# SPDX-License-Identifier: BSD-2-Clause
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "faults")]

import amqp  # noqa: E402: in the path now
from client import query  # noqa: E402
from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)
import stack as stack_module  # noqa: E402


class Admin:
    """admin("dead", "list"): runs parley-admin as an operator would."""

    def __init__(self, stack):
        self.stack = stack
        self.started = []

    def command(self, *arguments):
        return [self.stack.program("parley-admin"), "-c",
                self.stack.run / "accounts" / "admin.conf",
                *map(str, arguments)]

    def environment(self, **settings):
        ours = {name: value for name, value in os.environ.items()
                if not name.startswith("PARLEY_")}
        return {**ours, **settings}

    def run(self, *arguments, **settings):
        return subprocess.run(
            self.command(*arguments), env=self.environment(**settings),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=100, check=False)

    def __call__(self, *arguments):
        """What it says; it must exit with 0."""
        done = self.run(*arguments)
        assert done.returncode == 0, done
        return done.stdout

    def start(self, *arguments, **settings):
        self.started.append(subprocess.Popen(
            self.command(*arguments), env=self.environment(**settings),
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE))
        return self.started[-1]

    def end_all(self):
        """Ends what start() has left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.started.clear()

    def json(self, *arguments):
        """What it says to programs; it must exit with 0."""
        return json.loads(self(*arguments, "--json"))

    def dead(self):
        return self.json("dead", "list")

    def status(self):
        return json.loads(self.run("status", "--json").stdout)


@pytest.fixture(scope="session")
def admin(stack):
    return Admin(stack)


@pytest.fixture
def no_letters(admin):
    """There are no dead letters when a test begins and when it has ended."""
    admin("dead", "drop", "--all", "--yes")
    yield
    admin("dead", "drop", "--all", "--yes")


@pytest.fixture
def publish(stack):
    """publish(key, body): into the queue behind our exchange."""
    def send(key, body):
        with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
            broker.publish("parley", key, body)
    return send


@pytest.fixture(scope="session")
def node(stack):
    """node(method, path, body): asks OpenSearch; None where there is none."""
    if stack.search != "opensearch":
        return None

    def ask(method, path, body=None):
        request = urllib.request.Request(
            stack.env["PARLEY_SEARCH_URL"] + path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    return ask


@pytest.fixture
def searched(client):
    """searched(chat, text): the numbers of all that the search finds."""
    def find(chat, text):
        path = query(chat.search, q=text, limit=200)
        return sorted(hit["number"] for hit in client.walk(path))
    return find


@pytest.fixture
def indexed(db):
    """Waits until nothing that is due is left to be indexed."""
    def wait(seconds=60):
        def empty():
            """nothing is to be indexed"""
            return not db("select 1 from index_pending "
                          "where not_before < utc_timestamp(3)")
        stack_module.wait_until(empty, seconds)
    return wait


@pytest.fixture
def found(searched, indexed):
    """found(chat, text, numbers): the search finds each of them, once."""
    def wait(chat, text, numbers, seconds=20):
        expected = sorted(numbers)

        def so():
            """the search finds each expected message once"""
            return searched(chat, text) == expected
        stack_module.wait_until(so, seconds, pause=0.1)
    return wait


@pytest.fixture
def write(threads):
    """write(chat, n, word): n messages "<word> <i>", 8 clients at a time."""
    def write_all(chat, count, word):
        made = threads(8, lambda i: chat.write(f"{word} {i}"), range(count))
        return [message["number"] for message in made]
    return write_all
