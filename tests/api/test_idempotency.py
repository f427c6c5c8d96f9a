# Idempotency-Key: of all requests with one key one is done, whatever happens in between.
# SPDX-License-Identifier: BSD-2-Clause
import http.client
import json
import signal
import threading
import uuid

import pytest

from client import JSON

API = "/api/v1/applications"


@pytest.fixture
def key():
    """A new key, as the header wants it."""
    return f'"{uuid.uuid4()}"'


@pytest.fixture
def send(client):
    """send(path, {...}, key): POSTs with that Idempotency-Key."""
    def post(path, body, key, method="POST"):
        return client.request(method, path, json_body=body,
                              headers={"Idempotency-Key": key})
    return post


def replayed(answer):
    return answer.headers["Idempotency-Replayed"] == "true"


def assert_same(again, first):
    assert again.status == first.status, again
    assert again.body == first.body
    assert again.headers["Location"] == first.headers["Location"]
    assert replayed(again)


def claims(redis):
    return list(redis.scan_iter("p:k:*", count=10000))


@pytest.fixture
def epoch_is_settled(db, wait_until):
    """Waits until the jobs have passed the marker of Redis's new life."""
    def wait(than):
        def passed():
            """a later epoch is settled"""
            return db("select max(epoch) e from epochs where passed_at "
                      "is not null")[0]["e"] > than
        wait_until(passed)
    return wait


@pytest.fixture
def epoch(db):
    return db("select max(epoch) e from epochs")[0]["e"]


# --- the first answer is given again ---------------------------------------------

@pytest.mark.parametrize("method, thing, body", [
    ("POST", "application", {"name": "x"}), ("POST", "chat", {"name": "x"}),
    ("POST", "chat", {}), ("POST", "message", {"body": "x"}),
    ("PUT", "application", {"name": "x"}), ("PUT", "chat", {"name": "x"}),
    ("PATCH", "chat", {"name": None}), ("PUT", "message", {"body": "x"}),
    ("PATCH", "message", {"body": "x"}), ("PATCH", "application",
                                          {"name": "x"})])
def test_a_write_is_done_once_and_answered_the_same_again(
        chat, send, key, db, method, thing, body):
    chat.write("before")
    path = {
        ("POST", "application"): API,
        ("POST", "chat"): f"{API}/{chat.token}/chats",
        ("POST", "message"): chat.messages,
        ("PUT", "application"): f"{API}/{chat.token}",
        ("PUT", "chat"): chat.path,
        ("PUT", "message"): chat.message(1),
    }[method.replace("PATCH", "PUT"), thing]
    first = send(path, body, key, method)
    assert first.status == (201 if method == "POST" else 200)
    assert first.headers["Idempotency-Replayed"] is None
    for _ in range(3):
        assert_same(send(path, body, key, method), first)


def test_a_creation_that_is_sent_again_is_one_message(
        chat, send, key, stored):
    answers = [send(chat.messages, {"body": "once"}, key) for _ in range(5)]
    assert {answer.json["number"] for answer in answers} == {1}
    assert chat.write("last")["number"] == 2
    assert [row["body"] for row in stored(chat, 2)] == ["once", "last"]


def test_an_update_that_is_sent_again_undoes_no_later_one(chat, send, key):
    chat.write("first")
    first = send(chat.message(1), {"body": "second"}, key, "PUT")
    assert chat.client.put(chat.message(1), {"body": "third"}).status == 200
    assert_same(send(chat.message(1), {"body": "second"}, key, "PUT"), first)
    assert chat.client.get(chat.message(1)).json["body"] == "third"


def test_what_was_answered_of_a_chat_stays_though_its_count_grows(
        chat, send, key, stack, stored):
    first = send(chat.path, {"name": "new"}, key, "PUT")
    chat.write("x")
    stored(chat, 1)
    stack.count()
    assert chat.client.get(chat.path).json["messages_count"] == 1
    assert_same(send(chat.path, {"name": "new"}, key, "PUT"), first)


def test_an_application_keeps_the_token_that_was_answered_first(
        send, key, db, threads):
    answers = threads(8, lambda _: send(API, {"name": "one"}, key), range(16))
    assert {answer.status for answer in answers} == {201}
    tokens = {answer.json["token"] for answer in answers}
    assert len(tokens) == 1
    assert sum(not replayed(answer) for answer in answers) == 1
    assert db("select count(*) n from applications where token in %s",
              list(tokens))[0]["n"] == 1


def test_without_a_key_each_request_is_a_write_of_its_own(chat, redis):
    before = claims(redis)
    assert [chat.write("same")["number"] for _ in range(3)] == [1, 2, 3]
    assert len(claims(redis)) <= len(before)


def test_a_get_takes_no_notice_of_a_key(chat):
    answer = chat.client.get(chat.path, headers={"Idempotency-Key": '"'})
    assert answer.status == 200


# --- what a key belongs to ----------------------------------------------------------

def test_a_key_means_another_one_elsewhere(new_application, new_chat, send,
                                           key):
    one, other = new_application(), new_application()
    chats = [new_chat(one), new_chat(one), new_chat(other)]
    for chat in chats:
        assert not replayed(send(chat.messages, {"body": "x"}, key))
        assert not replayed(send(chat.path, {"name": "x"}, key, "PUT"))
        assert not replayed(send(chat.path, {"name": "x"}, key, "PATCH"))
        assert not replayed(send(chat.message(1), {"body": "x"}, key, "PUT"))
    for application in one, other:
        path = f"{API}/{application['token']}"
        assert not replayed(send(path, {"name": "x"}, key, "PUT"))
        assert not replayed(send(path + "/chats", {"name": "x"}, key))
    for chat in chats:
        assert replayed(send(chat.messages, {"body": "x"}, key))


def test_another_payload_is_refused_and_changes_nothing(chat, send, key):
    first = send(chat.messages, {"body": "one"}, key)
    other = send(chat.messages, {"body": "two"}, key)
    assert (other.status, other.problem) == (422, "idempotency-key-reused")
    assert_same(send(chat.messages, {"body": "one"}, key), first)
    assert chat.client.get(chat.message(2)).status == 404


def test_another_payload_is_refused_for_applications_too(send, key):
    first = send(API, {"name": "one"}, key)
    assert send(API, {"name": "two"}, key).problem == "idempotency-key-reused"
    path = f"{API}/{first.json['token']}"
    assert send(path, {"name": "a"}, key, "PUT").status == 200
    assert send(path, {"name": "b"}, key, "PUT").status == 422
    assert_same(send(API, {"name": "one"}, key), first)


def test_a_payload_is_its_fields_however_they_are_sent(chat, client, key):
    headers = {"Idempotency-Key": key}
    first = client.post(chat.messages, {"body": "x", "of": "no interest"},
                        headers=headers)
    for again in (
            client.post(chat.messages, {"body": "x"}, headers=headers),
            client.post(chat.messages, form={"body": "x"}, headers=headers),
            client.post(chat.messages, multipart=[("name", "x")],
                        headers=headers)):
        assert_same(again, first)


def test_what_is_refused_is_not_kept(chat, send, key):
    wrong = send(chat.messages, {"body": " "}, key)
    assert wrong.problem == "invalid-field"
    missing = send(f"{API}/{chat.token}/chats/99/messages", {"body": "x"},
                   key)
    assert missing.status == 404
    right = send(chat.messages, {"body": "x"}, key)
    assert right.status == 201 and not replayed(right)


# --- the header's value ------------------------------------------------------------------

@pytest.mark.parametrize("value, same", [
    ('"a-{u}"', "a-{u}"), ('"a-{u}"', '  "a-{u}"  '),
    ('"a-{u}"', '"a-{u}"; a=1;b="x, y"'), (r'"q\"{u}\\"', r'"q\"{u}\\"'),
    ("{u}:/=@!", '"{u}:/=@!"'), ('" {u} "', '" {u} "')])
def test_the_value_is_a_string_or_a_bare_word(chat, send, value, same):
    unique = str(uuid.uuid4())
    first = send(chat.messages, {"body": "x"}, value.replace("{u}", unique))
    assert first.status == 201, first
    assert_same(send(chat.messages, {"body": "x"},
                     same.replace("{u}", unique)), first)


@pytest.mark.parametrize("value", [
    '""', '"', '"open', '"a" b', '"a", "b"', "a, b", "a b", "a;b",
    '"a";', '"a";A=1', r'"a\n"', '"tab\there"', '"h\xe9"', "h\xe9",
    '"' + "x" * 256 + '"', "x" * 256, "(a)", '"a"b'])
def test_any_other_value_is_refused(chat, send, value):
    answer = send(chat.messages, {"body": "x"}, value)
    assert (answer.status, answer.problem) == (
        400, "idempotency-key-malformed")


def test_a_key_may_have_255_characters(chat, send):
    key = f'"{uuid.uuid4().hex}{"x" * 223}"'
    assert send(chat.messages, {"body": "x"}, key).status == 201
    assert replayed(send(chat.messages, {"body": "x"}, key))


# --- at the same time --------------------------------------------------------------------

def test_of_many_at_once_one_is_done_and_the_others_wait_or_hear_of_it(
        chat, send, key, threads, stored):
    answers = threads(16, lambda _: send(chat.messages, {"body": "x"}, key),
                      range(64))
    done = [answer for answer in answers if answer.status == 201]
    assert {answer.json["number"] for answer in done} == {1}
    assert sum(not replayed(answer) for answer in done) == 1
    for answer in answers:
        if answer.status != 201:
            assert answer.problem == "idempotency-key-in-use"
            assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert len(stored(chat, 1)) == 1


def test_while_the_first_is_under_way_the_others_are_told_to_wait(
        chat, send, key, stack, ready, threads):
    """The broker is silent, so the first one is waiting for its confirm."""
    chat.write("warm")
    stack.stop_process("rabbitmq")
    try:
        answers = threads(8, lambda _: send(chat.messages, {"body": "x"},
                                            key), range(8))
    finally:
        stack.continue_process("rabbitmq")
    first, = [a for a in answers if a.problem == "outcome-unknown"]
    assert "same Idempotency-Key" in first.json["detail"]
    busy = [a for a in answers if a.problem == "idempotency-key-in-use"]
    assert all(a.status == 409 for a in busy)
    # Behind it, in the same process, they are turned away with it.
    assert all(a.problem == "not-accepted" for a in answers
               if a is not first and a not in busy)
    assert all(1 <= int(a.headers["Retry-After"]) <= 10 for a in busy)
    ready()
    answer = send(chat.messages, {"body": "x"}, key)
    assert (answer.status, answer.json["number"]) == (201, 2)
    assert replayed(answer)         # the event is the first request's


# --- whatever is lost in between ---------------------------------------------------------

def flush(redis):
    redis.flushall()


def test_after_redis_forgot_everything_mysql_knows_the_answers(
        chat, send, key, redis, stored, epoch, epoch_is_settled, ready):
    first = send(chat.messages, {"body": "x"}, key)
    update = send(chat.message(1), {"body": "y"}, key, "PUT")
    stored(chat, 1)
    flush(redis)
    ready()
    epoch_is_settled(epoch)
    assert_same(send(chat.messages, {"body": "x"}, key), first)
    assert_same(send(chat.message(1), {"body": "y"}, key, "PUT"), update)
    other = send(chat.messages, {"body": "other"}, key)
    assert other.problem == "idempotency-key-reused"


def test_until_the_jobs_have_passed_the_marker_a_retry_has_to_wait(
        chat, send, key, redis, stack, epoch, epoch_is_settled, ready,
        wait_until):
    stack.stop_process("parley-jobs")
    try:
        first = send(chat.messages, {"body": "x"}, key)
        assert_same(send(chat.messages, {"body": "x"}, key), first)
        flush(redis)

        def takes_writes():
            """a write without key is accepted in the new life"""
            return chat.client.post(chat.messages,
                                    {"body": "other"}).status == 201
        wait_until(takes_writes)
        for _ in range(3):
            retry = send(chat.messages, {"body": "x"}, key)
            assert (retry.status, retry.problem) == (503, "not-accepted")
    finally:
        stack.continue_process("parley-jobs")
    epoch_is_settled(epoch)
    assert_same(send(chat.messages, {"body": "x"}, key), first)


def test_while_nothing_is_stored_redis_knows_the_answers(
        chat, send, key, paused_jobs):
    first = send(chat.messages, {"body": "x"}, key)
    new_chat = send(f"{API}/{chat.token}/chats", {"name": "n"}, key)
    for _ in range(3):
        assert_same(send(chat.messages, {"body": "x"}, key), first)
    assert send(chat.messages, {"body": "y"}, key).status == 422
    assert_same(send(f"{API}/{chat.token}/chats", {"name": "n"}, key),
                new_chat)


def test_each_of_several_updates_of_one_batch_keeps_its_answer(
        chat, send, stack, redis, stored, epoch, epoch_is_settled, ready):
    """Only the newest is stored; the others' keys are written down, too."""
    chat.write("0")
    stored(chat, 1)
    keys = [f'"{uuid.uuid4()}"' for _ in range(5)]
    stack.stop_process("parley-jobs")
    try:
        first = [send(chat.message(1), {"body": k}, k, "PUT") for k in keys]
    finally:
        stack.continue_process("parley-jobs")
    ready()
    flush(redis)
    ready()
    epoch_is_settled(epoch)
    for k, answer in zip(keys, first):
        assert_same(send(chat.message(1), {"body": k}, k, "PUT"), answer)
    assert chat.client.get(chat.message(1)).json["body"] == keys[-1]


@pytest.mark.parametrize("part", ["parley-jobs", "redis"])
def test_after_a_part_was_killed_the_answer_is_the_same(
        chat, send, key, stack, ready, part):
    first = send(chat.messages, {"body": "x"}, key)
    app = send(API, {"name": "x"}, key)
    stack.kill(part)
    stack.up()
    ready()
    assert_same(send(chat.messages, {"body": "x"}, key), first)
    assert_same(send(API, {"name": "x"}, key), app)


def test_after_every_responder_was_killed_the_answer_is_the_same(
        chat, send, key, stack, ready):
    first = send(chat.messages, {"body": "x"}, key)
    for name in stack.responders():
        stack.kill(name, signal.SIGKILL)
    stack.up()
    ready()
    assert_same(send(chat.messages, {"body": "x"}, key), first)


def test_what_a_dead_responder_had_in_hand_is_one_message(
        chat, client, key, stack, ready, stored, wait_until):
    """It is killed while the broker keeps it waiting for the confirm."""
    chat.write("warm")
    body = json.dumps({"body": "orphan"}).encode()

    def lose():
        try:
            client.raw("POST", chat.messages, body, {
                "Content-Type": JSON, "Idempotency-Key": key})
        except (OSError, http.client.HTTPException):
            pass
    stack.stop_process("rabbitmq")
    try:
        thread = threading.Thread(target=lose)
        thread.start()
        for name in stack.responders():
            if name.startswith("messages"):
                stack.kill(name, signal.SIGKILL)
        thread.join()
    finally:
        stack.continue_process("rabbitmq")
    stack.up()
    ready()

    def answered():
        """the retry is answered"""
        answer = client.request("POST", chat.messages, body=body,
                                content_type=JSON,
                                headers={"Idempotency-Key": key})
        assert answer.status in (201, 409, 503), answer
        return answer if answer.status == 201 else None
    answer = wait_until(answered, 20)
    again = client.post(chat.messages, {"body": "orphan"},
                        headers={"Idempotency-Key": key})
    assert_same(again, answer)
    found = stored(chat, 2)
    assert [row["body"] for row in found] == ["warm", "orphan"]
    assert found[1]["number"] == answer.json["number"]


def test_with_mysql_down_what_redis_knows_is_answered_and_no_key_is_new(
        chat, send, key, stack, ready, redis):
    stack.stop_process("parley-jobs")
    try:
        first = send(chat.messages, {"body": "x"}, key)
        stack.kill("mariadb")
        assert_same(send(chat.messages, {"body": "x"}, key), first)
        new = send(chat.messages, {"body": "x"}, f'"{uuid.uuid4()}"')
        assert (new.status, new.problem) == (503, "not-accepted")
        assert chat.client.post(chat.messages, {"body": "x"}).status == 201
    finally:
        stack.up()
        stack.continue_process("parley-jobs")
    ready()


# --- after a day ------------------------------------------------------------------------

def age(db, redis, chat, hours):
    """As if all of the chat's application had happened so long ago."""
    application = db("select id from applications where token = %s",
                     chat.token)[0]["id"]
    db("update idempotency_keys set updated_at = updated_at - interval %s "
       "hour where application_id = %s", hours, application)
    for claim in redis.scan_iter(f"p:k:{application}:*"):
        redis.delete(claim)
    return application


def kept(db, application):
    return db("select count(*) n from idempotency_keys "
              "where application_id = %s", application)[0]["n"]


def test_a_key_is_kept_a_day_and_is_new_after_that(
        chat, send, key, db, redis, stored):
    first = send(chat.messages, {"body": "x"}, key)
    stored(chat, 1)
    age(db, redis, chat, 23)
    again = send(chat.messages, {"body": "x"}, key)
    assert replayed(again) and again.json["number"] == first.json["number"]
    age(db, redis, chat, 2)
    second = send(chat.messages, {"body": "another"}, key)
    assert second.status == 201 and not replayed(second)
    assert second.json["number"] == 2
    stored(chat, 2)
    assert_same(send(chat.messages, {"body": "another"}, key), second)


def test_the_jobs_delete_what_is_older(chat, send, key, db, redis, stored,
                                       stack, wait_until):
    for body in "ab":
        send(chat.messages, {"body": body}, key.replace('"', f'"{body}', 1))
        stored(chat, "ab".index(body) + 1)
        application = age(db, redis, chat, 20)
    assert kept(db, application) == 2
    stack.kill("parley-jobs")       # they look when they start
    stack.up()

    def only_one():
        """the key that is 40 hours old is gone"""
        return kept(db, application) == 1
    wait_until(only_one, 20)


def test_redis_keeps_a_claim_a_little_while_only_once_it_is_stored(
        chat, send, key, redis, stored, wait_until):
    before = set(claims(redis))
    send(chat.messages, {"body": "x" * 5000}, key)
    claim, = set(claims(redis)) - before
    stored(chat, 1)

    def soon_gone():
        """the claim is to expire within a quarter of an hour"""
        return redis.ttl(claim) <= 900 and redis.strlen(claim) < 250
    wait_until(soon_gone)
