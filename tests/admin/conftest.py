# The fixtures of the tests of parley-admin: those of the API tests, and more.
# SPDX-License-Identifier: BSD-2-Clause
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "faults")]

import amqp  # noqa: E402: in the path now


def api_fixtures():
    """tests/api/conftest.py under another name than that of this file."""
    path = TESTS / "api" / "conftest.py"
    spec = importlib.util.spec_from_file_location("api_fixtures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items()
            if not name.startswith(("_", "pytest_"))}


globals().update(api_fixtures())


class Admin:
    """admin("dead", "list"): runs parley-admin as an operator would."""

    def __init__(self, stack):
        self.stack = stack

    def command(self, *arguments):
        return [self.stack.program("parley-admin"), "-c",
                self.stack.run / "parley.conf", *map(str, arguments)]

    def environment(self):
        return {name: value for name, value in os.environ.items()
                if not name.startswith("PARLEY_")}

    def run(self, *arguments):
        return subprocess.run(
            self.command(*arguments), env=self.environment(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=100, check=False)

    def __call__(self, *arguments):
        """What it says; it must exit with 0."""
        done = self.run(*arguments)
        assert done.returncode == 0, done
        return done.stdout

    def start(self, *arguments):
        return subprocess.Popen(
            self.command(*arguments), env=self.environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def dead(self):
        """The rows of `dead list`: dicts by the names of the columns."""
        lines = self("dead", "list").splitlines()
        names = lines[0].lower().split() if lines else []
        return [dict(zip(names, line.split(None, len(names) - 1)))
                for line in lines[1:]]

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
