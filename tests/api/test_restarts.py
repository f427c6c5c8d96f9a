# Each part is killed once under load, and is missed for a while: nothing is lost.
# SPDX-License-Identifier: BSD-2-Clause
import signal
import time

import pytest

from client import query
from stack import wait_until
from writers import Writers, nothing_lost

API = "/api/v1/applications"


@pytest.fixture(autouse=True)
def whole(stack, ready):
    """Begins and ends with everything running and ready."""
    stack.up()
    ready()
    yield
    for name in ("redis", "rabbitmq", "mariadb", "opensearch", "parley-jobs"):
        if stack.pid(name):
            stack.continue_process(name)
    stack.up()
    ready()


PARTS = ["messages-1", "web server", "parley-jobs", "mariadb", "rabbitmq",
         "redis", "opensearch"]


@pytest.mark.parametrize("part", PARTS)
def test_killed_under_load_nothing_answered_is_lost(
        client, chat, stack, rows, ready, part):
    if part == "opensearch" and stack.search != "opensearch":
        pytest.skip("this stack searches with MySQL")
    part = stack.web if part == "web server" else part
    with Writers(client, chat) as writers:
        writers.more(100)
        pid = stack.kill(part)
        if part == "messages-1":
            writers.more(200)       # lighttpd starts it again, or others answer
        stack.up()
        writers.more(200, seconds=15)
    assert stack.pid(part) and stack.pid(part) != pid
    ready()
    nothing_lost(client, chat, writers, rows)
    last = max(writers.answered)

    def found():
        """the last one is found (an OpenSearch that just came may be slow)"""
        answer = client.get(query(chat.search, q=writers.answered[last]))
        return answer.status == 200 and last in [
            hit["number"] for hit in answer.json]
    wait_until(found, 20)


@pytest.mark.parametrize("part", ["messages-1", "messages-2", "parley-jobs"])
def test_asked_to_stop_under_load_it_finishes_what_it_has(
        client, chat, stack, rows, ready, part):
    with Writers(client, chat) as writers:
        writers.more(100)
        stack.kill(part, signal.SIGTERM)
        writers.more(100)
        stack.up()
        writers.more(100)
    ready()
    nothing_lost(client, chat, writers, rows)
    if part == "parley-jobs":
        assert not writers.failed


@pytest.fixture(params=["killed", "stopped"])
def without(request, stack):
    """without(part): the part is dead, or alive but silent."""
    def take_away(part):
        if request.param == "killed":
            stack.kill(part)
        else:
            stack.stop_process(part)
    return take_away


def states(answer):
    return answer.status, {
        name: part["status"]
        for name, part in answer.json["dependencies"].items()}


@pytest.mark.parametrize("part", ["redis", "rabbitmq"])
def test_without_redis_or_rabbitmq_writes_are_503_and_reads_go_on(
        client, readiness, application, chat, stack, stored, without, part):
    made = chat.write("stored before")
    stored(chat, 1)
    without(part)
    for i in range(4):
        for answer in (
                client.post(chat.messages, {"body": f"refused {i}"}),
                client.put(chat.message(1), {"body": f"refused {i}"}),
                client.post(f"{API}/{chat.token}/chats", {"name": "refused"})):
            assert answer.status == 503
            assert answer.problem in ("not-accepted", "outcome-unknown")
            assert answer.seconds < 2.5
        answer = client.get(chat.message(1))
        assert answer.status == 200
        assert answer.seconds < 2.5
        if part == "redis":
            assert answer.json == made
        assert client.get(f"{API}/{chat.token}").json == application
    status, parts = states(readiness())
    assert status == 503
    assert parts[part] != "ok"
    assert client.get("/livez").status == 200


@pytest.mark.parametrize("part", ["redis", "rabbitmq"])
def test_once_it_is_known_to_be_down_a_write_is_refused_quickly(
        client, chat, stack, part):
    stack.kill(part)

    def refused():
        """a write is refused as not accepted, within 0.5 s"""
        answer = client.post(chat.messages, {"body": "x"})
        return answer.problem == "not-accepted" and answer.seconds < 0.5
    wait_until(refused, 15)


def test_without_mysql_what_is_fresh_is_read_and_a_miss_is_503(
        client, readiness, chat, stored, without, rows, stack, ready):
    chat.write("stored just before")
    stored(chat, 1)
    without("mariadb")
    made = chat.write("written without MySQL")
    assert made["number"] == 2
    answer = client.get(chat.message(2))
    assert answer.status == 200 and answer.json == made
    for path in (chat.message(20), chat.messages, f"{API}/{chat.token}"):
        answer = client.get(path)
        assert answer.problem == "unavailable"
        assert answer.seconds < 4
    answer = client.post(API, {"name": "refused"})
    assert answer.status == 503
    status, parts = states(readiness())
    assert status == 503
    assert parts["mysql"] != "ok"
    if stack.pid("mariadb"):
        stack.continue_process("mariadb")
    stack.up()
    ready()
    assert [row["body"] for row in stored(chat, 2)] \
        == ["stored just before", "written without MySQL"]


def test_without_jobs_all_is_answered_and_stored_later(
        client, chat, stack, stored):
    stack.kill("parley-jobs")
    for i in range(50):
        chat.write(f"{i}")
    assert len(client.get(chat.messages).json) == 50
    stack.up()
    stored(chat, 50)


def test_without_search_only_search_is_503(
        client, readiness, chat, stack, stored, without, ready):
    if stack.search != "opensearch":
        pytest.skip("this stack searches with MySQL")
    without("opensearch")
    for i in range(20):
        chat.write(f"cat {i}")
    stored(chat, 20)
    assert len(client.get(chat.messages).json) == 20
    answer = client.get(query(chat.search, q="cat"))
    assert answer.problem == "unavailable"
    assert answer.seconds < 4
    status, parts = states(readiness())
    assert status == 200
    assert parts["search"] != "ok"
    if stack.pid("opensearch"):
        stack.continue_process("opensearch")
    stack.up()
    ready()
    wait_until(lambda: len(client.get(
        query(chat.search, q="cat")).json) == 20, 40)


def test_flushed_redis_loses_no_write_and_repeats_no_number(
        client, chat, redis, rows, ready):
    with Writers(client, chat) as writers:
        for _ in range(3):
            writers.more(100)
            redis.flushall()
        writers.more(100)
    ready()
    nothing_lost(client, chat, writers, rows)


def test_a_chat_that_only_the_queue_knows_is_never_said_to_be_missing(
        client, application, new_chat, stack, redis, ready):
    stack.stop_process("parley-jobs")
    chat = new_chat(application)
    redis.flushall()
    for answer in (client.get(chat.path), client.get(chat.messages),
                   client.post(chat.messages, {"body": "x"}),
                   client.put(chat.path, {"name": "x"})):
        assert answer.status == 503, answer
        assert answer.problem in ("unavailable", "not-accepted")
    stack.continue_process("parley-jobs")

    def known():
        """what was in the queue is stored"""
        return client.get(chat.path).status == 200
    wait_until(known, 15)
    assert client.get(chat.messages).json == []
    ready()
    first = chat.write("after it all")["number"]
    assert client.get(chat.messages).json[0]["number"] == first


def test_the_service_recovers_within_seconds_when_all_was_down(
        client, chat, stack, stored, ready):
    chat.write("before")
    stored(chat, 1)
    for part in ("redis", "rabbitmq", "mariadb"):
        stack.kill(part)
    assert client.post(chat.messages, {"body": "x"}).status == 503
    stack.up()
    ready()
    started = time.monotonic()

    def accepted():
        """a write is accepted again"""
        return client.post(chat.messages, {"body": "after"}).status == 201
    wait_until(accepted, 10)
    assert time.monotonic() - started < 10
