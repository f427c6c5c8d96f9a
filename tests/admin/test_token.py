# parley-admin token: new tokens for old, and when the old ones are refused.
# SPDX-License-Identifier: BSD-2-Clause
import json
import subprocess
import uuid

import pytest

from stack import wait_until

API = "/api/v1/applications"
NOBODYS = "00000000-0000-4000-8000-000000000000"
PROCESSES = 8       # tries of each request: so that every process gets one


def requests_with(client, token, chat=1):
    """(what, answer) of every kind of request under that token."""
    app = f"{API}/{token}"
    one = f"{app}/chats/{chat}"
    for method, path, body in (
            ("GET", app, ...),
            ("PUT", app, {"name": "renamed"}),
            ("GET", app + "/chats", ...),
            ("POST", app + "/chats", {"name": "new"}),
            ("GET", one, ...),
            ("PUT", one, {"name": "renamed"}),
            ("GET", one + "/messages", ...),
            ("POST", one + "/messages", {"body": "new"}),
            ("GET", one + "/messages/1", ...),
            ("PUT", one + "/messages/1", {"body": "changed"}),
            ("GET", one + "/messages/search?q=old", ...)):
        yield f"{method} {path}", client.request(method, path,
                                                 json_body=body)


@pytest.fixture
def refused(client):
    """refused(token): every process refuses every request with it."""
    def check(token):
        for _ in range(PROCESSES):
            for what, answer in requests_with(client, token):
                assert answer.problem == "not-found", (what, answer)
    return check


@pytest.fixture
def rotate(admin):
    """rotate(token): the new one."""
    return lambda token: admin("token", "rotate", token).strip()


@pytest.fixture
def warm(client, chat):
    """A chat whose token every process has met, with a message in it."""
    chat.write("old words")
    for _ in range(PROCESSES):
        assert client.get(chat.message(1)).status == 200
        assert client.get(chat.messages).status == 200
        chat.write("more")
    return chat


def test_the_old_token_is_refused_at_once_by_every_process(
        warm, rotate, refused):
    fresh = rotate(warm.token)
    assert fresh != warm.token
    refused(warm.token)


def test_what_was_accepted_under_the_old_one_is_there_under_the_new(
        client, warm, rotate, paused_jobs):
    unstored = warm.write("not stored yet")["number"]
    before = client.get(f"{warm.messages}?limit=200").json
    fresh = rotate(warm.token)
    app = f"{API}/{fresh}"
    assert client.get(app).json["token"] == fresh
    after = client.get(f"{app}/chats/1/messages?limit=200").json
    assert {m["application_token"] for m in after} == {fresh}
    assert [(m["number"], m["body"]) for m in after] == [
        (m["number"], m["body"]) for m in before]
    assert client.get(f"{app}/chats/1/messages/{unstored}").json["body"] \
        == "not stored yet"
    made = client.post(f"{app}/chats/1/messages", {"body": "next"})
    assert made.json["number"] == unstored + 1
    assert made.headers["Location"] == \
        f"{app}/chats/1/messages/{unstored + 1}"
    page = client.get(f"{app}/chats/1/messages?limit=1")
    assert page.next.startswith(app + "/chats/1/messages?")


def test_a_retry_with_its_key_is_the_same_write_under_the_new_one(
        client, chat, rotate):
    key = {"Idempotency-Key": f'"{uuid.uuid4()}"'}
    first = client.post(chat.messages, {"body": "once"}, headers=key)
    assert first.status == 201
    fresh = rotate(chat.token)
    for _ in range(PROCESSES):
        again = client.post(chat.messages, {"body": "once"}, headers=key)
        assert again.problem == "not-found"
    again = client.post(chat.messages.replace(chat.token, fresh),
                        {"body": "once"}, headers=key)
    assert again.status == 201
    assert again.json == {**first.json, "application_token": fresh}
    assert again.headers["Idempotency-Replayed"] == "true"


def test_it_is_found_by_search_under_the_new_one(
        client, chat, rotate, found):
    chat.write("xylophone")
    found(chat, "xylophone", [1])
    chat.search = chat.search.replace(chat.token, rotate(chat.token))
    found(chat, "xylophone", [1])


def test_doing_it_twice_is_the_same_as_once(admin, application, rotate):
    fresh = rotate(application["token"])
    assert rotate(application["token"]) == fresh
    newer = rotate(fresh)
    assert newer != fresh
    # Whichever old one is named, the answer is the one that is valid now.
    assert rotate(application["token"]) == newer
    assert admin.run("token", "rotate", fresh).stdout.strip() == newer


def test_an_epoch_that_was_recorded_and_never_in_force_is_no_hindrance(
        db, application, rotate):
    """Two processes that meet a new life at once record one each."""
    db("""insert into epochs (epoch, life, started_at)
        select max(epoch) + 1, 'void', utc_timestamp(3) from epochs""")
    assert rotate(application["token"]) != application["token"]


def test_a_redis_whose_epoch_is_over_is_not_taken_at_its_word(
        admin, db, application):
    db("""insert into epochs (epoch, life, started_at, passed_at)
        select max(epoch) + 1, 'another redis', utc_timestamp(3),
        utc_timestamp(3) from epochs""")
    done = admin.run("token", "rotate", application["token"])
    try:
        assert done.returncode == 111
    finally:
        db("delete from epochs where life = 'another redis'")
    assert admin("token", "rotate", application["token"]) == done.stdout


def test_two_at_once_leave_one_new_token(admin, client, application, threads):
    told = threads(4, lambda _: admin("token", "rotate",
                                      application["token"]).strip(), range(4))
    assert len(set(told)) == 1
    assert client.get(f"{API}/{told[0]}").status == 200


def test_the_token_may_come_from_standard_input(admin, application):
    done = subprocess.run(
        admin.command("token", "rotate", "-"), env=admin.environment(),
        input=application["token"] + "\n", capture_output=True, text=True,
        timeout=60, check=False)
    assert done.returncode == 0, done
    assert len(done.stdout.strip()) == 36


@pytest.mark.parametrize("command", ["rotate", "show"])
def test_what_is_no_token_or_nobodys_is_said(admin, command):
    done = admin.run("token", command, NOBODYS)
    assert done.returncode == 1
    assert "no application has this token" in done.stderr
    for wrong in ("x", NOBODYS.upper().replace("0", "A"), NOBODYS + "0", "-"):
        done = admin.run("token", command, wrong)
        assert done.returncode == 100, done
        assert done.stdout == ""
    assert admin.run("token", command).returncode == 100


def test_in_json_it_says_what_became_of_both(admin, client, application):
    old = application["token"]
    told = json.loads(admin("token", "rotate", "--json", old))
    assert told["retired"]["token"] == old
    assert told["retired"]["refused"] is True
    assert told["name"] == application["name"]
    assert told["created_at"] == application["created_at"]
    assert client.get(f"{API}/{told['token']}").status == 200
    shown = json.loads(admin("token", "show", "--json", old))
    assert shown == told
    shown = json.loads(admin("token", "show", "--json", told["token"]))
    assert "retired" not in shown
    assert shown["log"] == told["log"]
    text = admin("token", "show", old)
    assert "retired" in text and "everywhere" in text and told["token"] in text


def test_the_list_has_every_application_and_no_control_characters(
        admin, new_application):
    made = new_application("red \x1b[31m and \x9b1m\nline")
    line, = [line for line in admin("token", "list").splitlines()
             if made["token"] in line]
    assert line.endswith("red \\x1b[31m and \\xc2\\x9b1m\\x0aline")
    listed = json.loads(admin("token", "list", "--json"))
    assert {a["token"]: a["name"] for a in listed}[made["token"]] == \
        made["name"]


def test_logs_name_a_token_by_its_short_hash_only(admin, stack, rotate, warm):
    short = json.loads(admin("token", "show", "--json", warm.token))["log"]
    fresh = rotate(warm.token)
    for log in stack.run.glob("*.log"):
        text = log.read_text(errors="replace")
        assert warm.token not in text and fresh not in text, log
    assert short.startswith("#") and len(short) == 9


# --- when Redis cannot be told -------------------------------------------------

@pytest.mark.slow
def test_with_redis_silent_the_old_one_is_refused_once_it_answers(
        admin, client, stack, warm, refused, ready):
    stack.stop_process("redis")
    try:
        done = admin.run("token", "rotate", warm.token)
        assert done.returncode == 111, done
        fresh = done.stdout.strip()
        assert "Redis could not be told" in done.stderr
        # MySQL alone is asked, and knows.
        assert client.get(f"{API}/{fresh}").status == 200
        assert client.get(f"{API}/{warm.token}").status == 404
        assert client.get(warm.messages).status in (404, 503)
        assert "not told yet" in admin("token", "show", warm.token)
    finally:
        stack.continue_process("redis")

    def told():
        """parley-jobs has told Redis"""
        shown = json.loads(admin("token", "show", "--json", warm.token))
        return shown["retired"]["refused"]
    wait_until(told, 15, pause=0.2)
    assert admin("token", "rotate", warm.token).strip() == fresh
    ready()
    refused(warm.token)
    assert client.get(f"{API}/{fresh}/chats/1/messages/1").status == 200


@pytest.mark.slow
def test_a_redis_that_begins_a_new_life_refuses_the_old_one(
        client, stack, warm, rotate, refused, ready):
    fresh = rotate(warm.token)
    stack.kill("redis")
    stack.up()
    ready()
    refused(warm.token)
    assert client.get(f"{API}/{fresh}/chats/1/messages/1").status == 200


@pytest.mark.slow
def test_a_token_rotated_while_redis_is_dead_is_refused_in_its_next_life(
        admin, client, stack, warm, refused, ready):
    stack.kill("redis")
    done = admin.run("token", "rotate", warm.token)
    assert done.returncode == 111
    fresh = done.stdout.strip()
    stack.up()
    ready()
    assert admin("token", "rotate", warm.token).strip() == fresh
    refused(warm.token)
    assert client.get(f"{API}/{fresh}/chats/1/messages/1").status == 200


def test_an_emptied_redis_refuses_the_old_one(
        client, redis, warm, rotate, refused, ready):
    fresh = rotate(warm.token)
    redis.flushall()
    ready()
    refused(warm.token)
    assert client.get(f"{API}/{fresh}/chats/1/messages/1").status == 200


@pytest.mark.slow
def test_without_mysql_the_old_one_is_refused_and_the_new_one_is_known(
        client, stack, warm, rotate):
    fresh = rotate(warm.token)
    new = f"{API}/{fresh}/chats/1/messages"
    for _ in range(PROCESSES):
        assert client.post(new, {"body": "so that it is known"}).status == 201
    stack.stop_process("mariadb")
    try:
        assert client.get(warm.message(1)).status == 404
        assert client.post(warm.messages, {"body": "x"}).status == 404
        assert client.post(new, {"body": "y"}).status == 201
    finally:
        stack.continue_process("mariadb")


def test_with_mysql_away_nothing_is_changed(admin, client, stack, warm):
    stack.stop_process("mariadb")
    try:
        done = admin.run("token", "rotate", warm.token)
    finally:
        stack.continue_process("mariadb")
    assert done.returncode == 111
    assert done.stdout == ""
    assert "database does not answer" in done.stderr

    def answers():
        """the database answers again"""
        return client.get(f"{API}/{warm.token}").status == 200
    wait_until(answers, 10)
