# The fixtures of the examples' tests: those of the API tests, and parts that are missing.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "api"), str(TREE / "scripts" / "lib")]

from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)

PROCESSES = {"mysql": "mariadb", "rabbitmq": "rabbitmq"}
LIMITS = [("application", "reads"), ("application", "search"),
          ("application", "writes"), ("address", "applications"),
          ("address", "reads")]


def pytest_collection_modifyitems(items):
    """What takes parts away comes last; the stack is brought back once."""
    items.sort(key=lambda item: item.get_closest_marker("parts") is not None)


@pytest.fixture
def lack(stack, ready):
    """
    lack({part: "down" or "silent", or "limits": "used up"}): as long as the
    test goes on.
    """
    override = stack.run / "override.conf"

    def take(parts):
        for part, how in parts.items():
            if part == "limits":
                override.write_text("".join(
                    f"limit_{whose}_{what} = 1/1\n" for whose, what in LIMITS
                ) + "limits = yes\nlimit_hold_ms = 0\n")
                stack.up()
            elif how == "down":
                stack.kill(PROCESSES[part])
            else:
                stack.stop_process(PROCESSES[part])
    yield take
    override.unlink(missing_ok=True)
    for process in PROCESSES.values():
        if stack.pid(process):
            stack.continue_process(process)
    stack.up()
    ready()
