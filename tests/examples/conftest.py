# The fixtures of the examples' tests: those of the API tests, and parts that are missing.
# SPDX-License-Identifier: BSD-2-Clause
import importlib.util
import pathlib
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests" / "api"), str(TREE / "scripts" / "lib")]

PROCESSES = {"mysql": "mariadb", "rabbitmq": "rabbitmq"}


def api_fixtures():
    """tests/api/conftest.py under another name than that of this file."""
    path = TREE / "tests" / "api" / "conftest.py"
    spec = importlib.util.spec_from_file_location("api_fixtures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items()
            if not name.startswith(("_", "pytest_"))}


globals().update(api_fixtures())


def pytest_collection_modifyitems(items):
    """What takes parts away comes last; the stack is brought back once."""
    items.sort(key=lambda item: item.get_closest_marker("parts") is not None)


@pytest.fixture
def lack(stack, ready):
    """lack({part: "down" or "silent"}): as long as the test goes on."""
    def take(parts):
        for part, how in parts.items():
            if how == "down":
                stack.kill(PROCESSES[part])
            else:
                stack.stop_process(PROCESSES[part])
    yield take
    for process in PROCESSES.values():
        if stack.pid(process):
            stack.continue_process(process)
    stack.up()
    ready()
