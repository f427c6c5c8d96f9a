# The fixtures of the tests of restarts, upgrades and backups: those of the API tests, and more.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("api", "servers", "faults")]

from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)
from stack import SCRIPT, others  # noqa: E402
from traffic import Traffic  # noqa: E402


def running(stack):
    return subprocess.run([SCRIPT, "status", "--dir", stack.run],
                          capture_output=True, check=False,
                          timeout=30).returncode == 0


@pytest.fixture(scope="session", autouse=True)
def patient(stack):
    """
    Nothing fails because the machine is slow: what fails here has been refused
    or cut off.
    """
    override = stack.run / "override.conf"
    override.write_text("".join(
        f"{part}_timeout_ms = 10000\n"
        for part in ("amqp", "db", "redis", "search")))
    stack.up()
    yield
    override.unlink()
    stack.up()


@pytest.fixture(autouse=True)
def whole(stack, ready):
    """Each begins with everything running and ready."""
    if not running(stack):
        stack.up()
    ready()


@pytest.fixture
def traffic(client, application, chat):
    """Not begun yet: with traffic: ..."""
    return Traffic(client, application, chat)


@pytest.fixture
def admin(stack):
    """admin("web", "restart"): as an operator, with that account's file."""
    def run(account, *arguments, status=0, **settings):
        done = subprocess.run(
            [stack.program("parley-admin"), "-c",
             stack.run / "accounts" / f"{account}.conf",
             *map(str, arguments)],
            env={**others(), **settings}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == status, done
        return done
    return run


@pytest.fixture
def started(stack):
    """started("parley-jobs", ...): such a process, ended with the test."""
    processes = []

    def start(program, *arguments, stdin=subprocess.DEVNULL, **settings):
        with open(stack.run / "started.log", "ab") as log:
            processes.append(subprocess.Popen(
                [program, *arguments], stdin=stdin, stderr=log, stdout=log,
                env={**others(), "PARLEY_RUN": str(stack.run), **settings}))
        return processes[-1]
    yield start
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        process.wait(30)
