# Dead letters: events that could not be stored are parked, shown, replayed, dropped.
# SPDX-License-Identifier: BSD-2-Clause
import json
import uuid

import pytest

from stack import wait_until

pytestmark = pytest.mark.usefixtures("no_letters")


def event(chat, number, body, **rest):
    """The creation of a message as a responder would publish it."""
    name = str(uuid.uuid4())
    return {"app": chat.application, "number": number, "version": 1 << 43,
            "v": 1, "type": "message", "op": "create", "id": name,
            "origin": name, "chat": chat.number, "text": body,
            "created_at": 1700000000000, "updated_at": 1700000000000, **rest}


def line(event):
    return json.dumps(event).encode() + b"\n"


@pytest.fixture
def chat(chat, db):
    """The test's chat, which also knows its application's own number."""
    def known():
        """the application is in the database"""
        return db("select id from applications where token = %s", chat.token)
    chat.application = wait_until(known)[0]["id"]
    return chat


@pytest.fixture
def parked(admin):
    """Waits until there are as many dead letters; their rows."""
    def wait(count, seconds=20):
        def so_many():
            """as many letters are dead"""
            rows = admin.dead()
            return rows if len(rows) >= count else None
        rows = wait_until(so_many, seconds)
        assert len(rows) == count
        return rows
    return wait


def test_without_dead_letters_there_is_nothing_to_list(admin):
    done = admin.run("dead", "list")
    assert done.returncode == 0
    assert done.stdout == ""


def test_an_event_that_cannot_be_read_is_listed_with_its_reason(
        admin, publish, parked, chat):
    future = event(chat, 7, "from the future", v=99)
    publish("write", line(future))
    row, = parked(1)
    assert row["id"] == future["id"]
    assert row["type"] == "message"
    assert row["application"] == chat.application
    assert row["chat"] == chat.number
    assert row["number"] == 7
    assert row["tries"] == 1
    assert row["parked_at"].startswith("20") and row["parked_at"].endswith("Z")
    assert row["reason"].startswith("v is not a whole number")


def test_the_log_names_the_request_and_the_trace_of_what_is_parked(
        publish, parked, chat, stack):
    trace = "0af7651916cd43dd8448eb211c80319c"
    chat.write("has the number")
    log = stack.run / "parley-jobs.log"
    begun = log.stat().st_size
    publish("write", line(event(
        chat, 1, "wants it too", request_id="the-clash",
        traceparent=f"00-{trace}-b7ad6b7169203331-01")))
    parked(1)

    def said():
        """the jobs have logged it"""
        with log.open() as file:
            file.seek(begun)
            return [entry for entry in map(json.loads, file)
                    if entry.get("request_id") == "the-clash"]
    entry, = wait_until(said)
    assert entry["message"].startswith("parked in parley.dead: ")
    assert entry["level"] == "error" and entry["trace_id"] == trace


def test_listing_takes_nothing_and_keeps_the_order(admin, publish, parked):
    for i in range(100):
        publish("dead", b"no event %d" % i)
    first = [row["id"] for row in parked(100)]
    assert len(set(first)) == 100
    for _ in range(3):
        assert [row["id"] for row in admin.dead()] == first
        assert admin.status()["rabbitmq"]["dead"] == 100
    publish("write", b"one more")
    # What comes while the others are out may stand before them; no more.
    rows = [row["id"] for row in parked(101)]
    assert [name for name in rows if name in set(first)] == first


def test_what_is_no_json_has_a_name_of_its_own(admin, publish, parked):
    publish("write", b"\x1b[31mnot JSON\x00\xff")
    row, = parked(1)
    assert row["id"].startswith("hash-")
    shown = admin("dead", "show", row["id"])
    assert "\\x1b[31mnot JSON\\x00" in shown
    assert "\x1b" not in shown


def test_all_of_a_letter_is_shown(admin, publish, parked, chat):
    publish("write", line(event(chat, 1, "a body to be seen", v=99)))
    row, = parked(1)
    shown = admin("dead", "show", row["id"])
    assert "x-parley-reason: v is not" in shown
    assert "x-parley-count: 1" in shown
    assert json.loads(shown[shown.index("{"):])["text"] == \
        "a body to be seen"


def test_one_that_is_not_there_is_said_to_be_missing(admin):
    for command in (["show"], ["replay"], ["drop", "--yes"]):
        done = admin.run("dead", *command, "hash-0123456789abcdef")
        assert done.returncode == 1
        assert "no dead letter has the ID hash-0123456789abcdef" \
            in done.stderr


@pytest.mark.parametrize("arguments", [
    ["replay"], ["drop", "--yes"], ["show"], ["replay", "--all", "x"],
    ["show", "a", "b"], ["list", "x"], ["list", "--all"]])
def test_a_command_that_is_not_meant_so_does_nothing(admin, arguments):
    assert admin.run("dead", *arguments).returncode == 100


def test_nothing_is_dropped_without_a_yes(admin, publish, parked):
    publish("write", b"precious")
    parked(1)
    done = admin.run("dead", "drop", "--all")
    assert done.returncode == 100
    assert len(admin.dead()) == 1


def test_only_those_named_are_dropped(admin, publish, parked):
    for i in range(5):
        publish("write", b"no event %d" % i)
    names = [row["id"] for row in parked(5)]
    admin("dead", "drop", "--yes", names[1], names[3])
    assert [row["id"] for row in admin.dead()] == names[0::2]


def test_what_is_replayed_unmended_comes_back_and_is_met_once(
        admin, publish, parked):
    for i in range(3):
        publish("write", b"no event %d" % i)
    names = sorted(row["id"] for row in parked(3))
    said = admin("dead", "replay", "--all")
    assert sorted(said.split()) == names
    assert sorted(row["id"] for row in parked(3)) == names


@pytest.fixture
def poisoned(chat, db):
    """A write that was answered, and that the database refuses for now."""
    word = "poison" + uuid.uuid4().hex
    chat.write("good")
    db("alter table messages add constraint poison "
       f"check (body not like '%%{word}%%')")
    try:
        made = chat.write(f"this is {word}")
        chat.write("good, too")
        yield made
    finally:
        db("alter table messages drop constraint if exists poison")


@pytest.mark.slow
def test_a_write_is_parked_readable_and_stored_by_replay_after_mending(
        admin, chat, client, db, poisoned, parked, stored, rows):
    row, = parked(1, seconds=70)
    assert row["number"] == poisoned["number"]
    assert row["reason"].startswith("refused by the database")
    assert row["tries"] > 1
    assert client.get(chat.message(2)).json == poisoned
    assert [m["number"] for m in rows(chat)] == [1, 3]
    db("alter table messages drop constraint poison")
    admin("dead", "replay", row["id"])
    assert [m["body"] for m in stored(chat, 3)] == [
        "good", poisoned["body"], "good, too"]
    assert client.get(chat.message(2)).json == poisoned
    assert admin.dead() == []


@pytest.mark.slow
def test_a_write_that_is_dropped_is_readable_no_more(
        admin, chat, client, redis, poisoned, parked, rows):
    row, = parked(1, seconds=70)
    assert client.get(chat.message(2)).status == 200
    admin("dead", "drop", "--yes", row["id"])
    assert client.get(chat.message(2)).status == 404
    assert [m["number"] for m in client.get(chat.messages).json] == [1, 3]
    assert redis.zcard("p:pending") == 0
    assert [m["number"] for m in rows(chat)] == [1, 3]
    assert admin.dead() == []


def test_an_event_that_is_there_twice_is_stored_once(
        admin, publish, chat, rows, stored):
    twice = event(chat, 1, "twice in the queue of the dead")
    for _ in range(2):
        publish("dead", line(twice))
    assert len(admin.dead()) == 2
    admin("dead", "replay", twice["id"])
    assert [m["body"] for m in stored(chat, 1)] == [twice["text"]]

    def empty():
        """the queue of writes is empty"""
        return admin.status()["rabbitmq"]["writes"] == 0
    wait_until(empty)
    assert admin.dead() == []
    assert len(rows(chat)) == 1


def test_with_the_broker_away_nothing_is_lost_or_half_done(
        admin, stack, publish, parked, ready):
    publish("write", b"to be kept")
    parked(1)
    stack.stop_process("rabbitmq")
    try:
        for command in (["list"], ["replay", "--all"],
                        ["drop", "--all", "--yes"]):
            done = admin.run("dead", *command)
            assert done.returncode == 111
            assert "RabbitMQ" in done.stderr
    finally:
        stack.continue_process("rabbitmq")
    ready()
    parked(1, seconds=60)


def test_with_redis_away_nothing_is_dropped(
        admin, stack, publish, chat, parked, ready):
    publish("dead", line(event(chat, 9, "to be kept")))
    stack.stop_process("redis")
    try:
        done = admin.run("dead", "drop", "--all", "--yes")
        assert done.returncode == 111
        assert "Redis" in done.stderr
    finally:
        stack.continue_process("redis")
    ready()
    parked(1)
