# The fixtures of the tests of metrics: those of the API tests, and a watch over /metrics.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "dialects"),
                str(TESTS / "faults"), str(TESTS / "metrics")]

from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)
from fixtures import API, Chat  # noqa: E402
from scrape import Watch  # noqa: E402 (it is in a folder just added)
from speaker import Speaker  # noqa: E402


@pytest.fixture(autouse=True)
def quiet(client, db, wait_until):
    """Begins when what earlier tests wrote is stored and indexed."""
    def nothing_waits():
        """nothing waits to be stored or indexed"""
        now = Watch(client.url).before
        return (now.get("parley_queue_messages", queue="writes") == 0 and
                now.get("parley_fresh_writes") == 0 and
                now.get("parley_index_backlog") == 0)
    wait_until(nothing_waits, 20)


@pytest.fixture
def watch(client, quiet):
    return Watch(client.url)


@pytest.fixture
def comes_to(watch, wait_until):
    """comes_to(3, "parley_..."): so much has been counted, soon."""
    def wait(count, name, **labels):
        def so_much():
            """as much as is expected has been counted"""
            return watch.counted(name, **labels) >= count
        wait_until(so_much)
        assert watch.counted(name, **labels) == count
    return wait


@pytest.fixture(scope="session")
def tenant(client):
    """One application for all tests, which are few creations."""
    answer = client.post(API, {"name": "Counted"})
    assert answer.status == 201, answer
    return answer.json


@pytest.fixture
def chat(client, tenant):
    answer = client.post(f"{API}/{tenant['token']}/chats", {"name": "A chat"})
    assert answer.status == 201, answer
    return Chat(client, tenant, answer.json["number"])


@pytest.fixture
def speak(stack):
    """speak(8080): a client of that older service."""
    shift = int(stack.options["dialect_port_base"]) - 3000
    return lambda port: Speaker(port + shift, stack.server)
