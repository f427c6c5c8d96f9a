# parley-admin status: every part, what waits, and whether all is well.
# SPDX-License-Identifier: BSD-2-Clause
import time

import pytest

from stack import wait_until

NUMBERS = {
    "rabbitmq": ["writes", "consumers", "retry", "dead"],
    "redis": ["epoch", "fresh", "fresh_limit", "fresh_oldest_ms"],
    "mysql": ["epoch", "index_backlog", "index_oldest_ms", "count_marks",
              "leases", "lease_largest"],
}


@pytest.fixture
def well(admin, no_letters):
    """Waits until all is well; the status."""
    def wait(seconds=30):
        def is_well():
            """the status says that all is well"""
            status = admin.status()
            return status if status["well"] else None
        return wait_until(is_well, seconds, pause=0.2)
    return wait


def test_all_parts_tell_their_versions_and_numbers(admin, well, chat):
    chat.write("so that there is something")
    status = well()
    assert status["problems"] == []
    assert status["parley"]["version"]
    for part in ("rabbitmq", "redis", "mysql", "search"):
        assert status[part]["status"] == "ok"
        assert status[part]["version"]
    for part, names in NUMBERS.items():
        for name in names:
            assert isinstance(status[part][name], int), name
    assert status["mysql"]["epoch_passed"] is True
    assert status["mysql"]["reindexing"] is False
    assert 1 <= status["redis"]["epoch"] <= status["mysql"]["epoch"]
    assert status["rabbitmq"]["consumers"] >= 1


def test_the_text_says_the_same_for_people(admin, well):
    status = well()
    text = admin("status")
    assert text.endswith("all is well\n")
    assert status["mysql"]["version"] in text
    assert status["rabbitmq"]["version"] in text


def test_dead_letters_are_a_problem(admin, well, publish):
    well()
    publish("dead", b"a letter")
    done = admin.run("status")
    assert done.returncode == 1
    assert "! there are 1 dead letters" in done.stdout


def test_fresh_writes_are_counted_while_nobody_stores_them(
        admin, well, chat, paused_jobs):
    before = admin.status()["redis"]["fresh"]
    for i in range(5):
        chat.write(f"fresh {i}")
    status = admin.status()
    assert status["redis"]["fresh"] == before + 5
    assert status["redis"]["fresh_oldest_ms"] >= 0


@pytest.mark.slow
@pytest.mark.parametrize("part,name", [
    ("redis", "redis"), ("rabbitmq", "rabbitmq"), ("mariadb", "mysql"),
    ("opensearch", "search")])
def test_a_part_that_hangs_is_a_line_and_soon(
        admin, stack, well, ready, part, name):
    if part == "opensearch" and stack.search != "opensearch":
        pytest.skip("this stack searches with MySQL")
    well()
    stack.stop_process(part)
    try:
        began = time.monotonic()
        done = admin.run("status")
        assert time.monotonic() - began < 15
    finally:
        stack.continue_process(part)
    assert done.returncode == 1
    assert f"! {name} is down, or too slow" in done.stdout
    others = {"redis", "rabbitmq", "mysql", "search"} - {name}
    if name == "mysql" and stack.search == "mysql":
        others -= {"search"}
    for other in others:
        assert any(line.split()[:2] == [other, "ok"]
                   for line in done.stdout.splitlines()), done.stdout
    ready(60)
    well(60)
