# The fixtures of the tests of web servers: those of the API tests.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import re
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "api"))

from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)


@pytest.fixture(autouse=True)
def whole(stack, ready):
    """Begins and ends with everything running and ready."""
    stack.up()
    ready()
    yield
    if stack.pid("rabbitmq"):
        stack.continue_process("rabbitmq")
    stack.up()
    ready()


@pytest.fixture
def held():
    """held("messages"): {"messages-2": 1}, connections that responders have."""
    def count(family):
        found = {}
        with open("/proc/net/unix", encoding="ascii") as sockets:
            for line in sockets:
                _, _, _, _, _, state, _, *path = line.split()
                name = re.search(rf"/({family}-\d+)\.sock$", "".join(path))
                if name and state == "03":      # connected, at their end
                    found[name[1]] = found.get(name[1], 0) + 1
        return found
    return count
