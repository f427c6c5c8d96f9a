# /livez and /readyz: each dependency, how old the answer is, and that asking costs nothing.
# SPDX-License-Identifier: BSD-2-Clause
import concurrent.futures
import datetime
import time

import pytest

PARTS = {"mysql", "redis", "rabbitmq", "search", "jobs"}
LATE = datetime.timedelta(seconds=1)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def jobs_of(answer):
    return answer.json["dependencies"]["jobs"]


@pytest.fixture
def jobs_become(readiness, wait_until):
    """Waits until the jobs are in this state; the whole answer."""
    def wait(state, seconds=20):
        def so():
            """the jobs are in the expected state"""
            answer = readiness()
            return answer if jobs_of(answer)["status"] == state else None
        return wait_until(so, seconds)
    return wait


@pytest.fixture
def counted(stack):
    """Nothing waits to be counted."""
    stack.count()


def test_every_part_says_since_when_and_how_old_that_is(ready, readiness):
    ready()
    parts = readiness().json["dependencies"]
    assert set(parts) == PARTS
    now = datetime.datetime.now(datetime.timezone.utc)
    for part in parts.values():
        assert moment(part["since"]) <= now + LATE
        assert 0 <= part["checked_ms_ago"] < 10000
        assert 0 <= part["ms"] < 2000
    assert jobs_of(readiness())["consumers"] >= 1


def test_since_stays_while_a_part_stays_as_it_is(ready, readiness):
    ready()
    first = readiness().json["dependencies"]
    later = readiness().json["dependencies"]
    for name in PARTS - {"jobs"}:
        assert later[name]["since"] == first[name]["since"], name


def test_a_part_that_goes_and_comes_begins_anew(
        stack, ready, readiness, wait_until):
    ready()
    before = readiness().json["dependencies"]["redis"]["since"]
    stack.stop_process("redis")
    try:
        away = readiness()
    finally:
        stack.continue_process("redis")
    assert away.status == 503
    assert away.headers["Retry-After"] == "1"
    assert away.json["status"] == "unavailable"
    away = away.json["dependencies"]
    assert away["redis"]["status"] == "unavailable"
    assert moment(away["redis"]["since"]) > moment(before)
    for name in ("mysql", "rabbitmq"):
        assert away[name]["status"] == "ok", name
    ready()
    back = readiness().json["dependencies"]["redis"]
    assert moment(back["since"]) > moment(away["redis"]["since"])


def test_a_storm_of_questions_asks_each_part_once_a_second(
        client, redis, ready):
    ready()

    def asked():
        """How often Redis was asked for its life: twice in a round."""
        return redis.info("commandstats")["cmdstat_get"]["calls"]

    began, before = time.monotonic(), asked()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(
            lambda _: client.raw("GET", "/readyz").status, range(400)))
    rounds = time.monotonic() - began + 2
    assert set(answers) == {200}
    assert asked() - before <= 2 * rounds


def test_live_is_answered_at_once_while_many_wait_for_a_part_that_hangs(
        client, stack, ready):
    ready()
    stack.stop_process("mariadb")
    try:
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            waiting = [pool.submit(client.raw, "GET", "/readyz")
                       for _ in range(120)]
            slowest = 0
            while not all(one.done() for one in waiting):
                began = time.monotonic()
                assert client.raw("GET", "/livez").status == 200
                slowest = max(slowest, time.monotonic() - began)
            seconds = [one.result().seconds for one in waiting]
    finally:
        stack.continue_process("mariadb")
    ready(60)
    assert slowest < 1
    assert max(seconds) < 5


def test_without_the_jobs_it_is_degraded_and_says_that_nobody_consumes(
        stack, ready, jobs_become):
    ready()
    stack.kill("parley-jobs")
    try:
        answer = jobs_become("degraded")
    finally:
        stack.up()
    assert answer.status == 200
    assert answer.json["status"] == "degraded"
    assert jobs_of(answer)["consumers"] == 0
    ready()


def test_a_message_not_indexed_for_long_is_degraded_not_unavailable(
        db, ready, jobs_become, counted):
    ready()
    jobs_become("ok")
    db("insert into index_pending (application_id, chat_number, number, "
       "since, not_before) values (4000000000, 1, 1, "
       "utc_timestamp(3) - interval 61 second, "
       "utc_timestamp(3) + interval 1 hour)")
    try:
        answer = jobs_become("degraded")
        assert answer.status == 200
        assert jobs_of(answer)["index_oldest_seconds"] >= 61
    finally:
        db("delete from index_pending where application_id = 4000000000")
    jobs_become("ok")


def test_counts_that_nobody_makes_are_degraded_until_the_counter_has_run(
        db, stack, ready, chat, stored, jobs_become, counted):
    ready()
    jobs_become("ok")
    chat.write("to be counted")
    stored(chat, 1)
    db("update count_pending set since = utc_timestamp(3) "
       "- interval 901 second")
    answer = jobs_become("degraded")
    assert answer.json["status"] == "degraded"
    assert jobs_of(answer)["count_oldest_seconds"] >= 901
    stack.count()
    jobs_become("ok")


def test_a_write_not_stored_for_long_is_degraded(
        redis, ready, jobs_become, counted, paused_jobs, chat):
    chat.write("not stored")
    jobs_become("ok")
    thing, revealed = redis.zrange("p:pending", 0, 0, withscores=True)[0]
    redis.zadd("p:pending", {thing: revealed - 61000})
    answer = jobs_become("degraded")
    assert jobs_of(answer)["fresh_oldest_seconds"] >= 61
