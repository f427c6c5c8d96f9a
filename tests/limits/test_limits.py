# How often anybody may ask: token buckets in Redis, by application and by address.
# SPDX-License-Identifier: BSD-2-Clause
import re
import subprocess
import time
import uuid

import pytest

from client import query
from conftest import RATES, fields
from stack import TREE

API = "/api/v1/applications"


def drain(ask):
    """Asks until it is refused; the answers, and how long it took."""
    began, answers = time.monotonic(), []
    while not answers or answers[-1].status != 429:
        assert len(answers) < 100, "there is no limit"
        answers.append(ask())
    return answers, time.monotonic() - began


def most(policy, seconds):
    """What a full bucket can have given within that time."""
    minute, burst = RATES[policy]
    return burst + int(seconds * minute / 60) + 1


def given(answers):
    return [answer for answer in answers if answer.status != 429]


def check_drained(policy, ask):
    answers, seconds = drain(ask)
    assert RATES[policy][1] <= len(given(answers)) <= most(policy, seconds)
    assert answers[-1].problem == "rate-limited"
    assert fields(answers[-1])[policy]["r"] == 0
    return answers


def check_shared(policy, ask):
    """Somebody has just drained the bucket that this takes from, too."""
    answers, seconds = drain(ask)
    assert len(given(answers)) <= most(policy, seconds + 0.2) - \
        RATES[policy][1]


# --- buckets ----------------------------------------------------------------------

def test_reads_of_an_application_are_limited(client, chat):
    check_drained("application-reads", lambda: client.get(chat.path))


def test_writes_of_an_application_are_limited(client, chats_path):
    answers = check_drained("application-writes", lambda: client.post(
        chats_path, {"name": "One of many"}))
    assert {answer.status for answer in given(answers)} == {201}


def test_updates_of_an_application_are_limited(client, application):
    check_drained("application-writes", lambda: client.put(
        f"{API}/{application['token']}", {"name": "Again"}))


def test_searches_in_an_application_are_limited(client, chat):
    check_drained("application-search", lambda: client.get(
        query(chat.search, q="word")))


def test_creating_applications_is_limited_by_address(client, visitor):
    answers = check_drained("address-applications", lambda: client.post(
        API, {"name": "One of many"}))
    assert answers[0].status == 201
    assert visitor().post(API, {"name": "Of another"}).status == 201


def test_guessing_tokens_is_limited_by_address(client):
    unknown = (f"{API}/{n:08x}-0000-4000-8000-000000000000"
               for n in range(1000))
    check_drained("address-reads", lambda: client.get(next(unknown)))


def test_guessing_the_operators_key_is_limited_by_address(client):
    check_drained("address-reads", lambda: client.get(
        API, headers={"Authorization": "Bearer guessed"}))


def test_writes_to_nothing_are_limited_by_address(client):
    unknown = (f"{API}/{n:08x}-0000-4000-8000-000000000000/chats"
               for n in range(1000))
    check_drained("address-writes", lambda: client.post(
        next(unknown), {"name": "Nowhere"}))


def test_reads_writes_and_searches_are_apart(client, chat):
    drain(lambda: client.post(chat.messages, {"body": "One of many"}))
    assert client.get(chat.path).status == 200
    assert client.get(query(chat.search, q="many")).status == 200
    drain(lambda: client.get(chat.path))
    assert client.get(query(chat.search, q="many")).status == 200


def test_one_application_takes_nothing_from_another(client, new_application):
    one, other = (f"{API}/{new_application()['token']}" for _ in range(2))
    drain(lambda: client.get(one))
    assert client.get(other).status == 200


def test_what_is_refused_takes_nothing_from_any_bucket(client, application,
                                                       wait_until):
    """Refused for its application, a request costs its address nothing."""
    path = f"{API}/{application['token']}"

    def two_refusals():
        """two refusals come one after the other"""
        drain(lambda: client.get(path))
        answers = [client.get(path) for _ in range(2)]
        return None if given(answers) else answers
    first, second = (fields(answer)["address-reads"]["r"]
                     for answer in wait_until(two_refusals))
    assert second >= first


def test_a_bucket_fills_at_its_rate(client, chat):
    minute, _ = RATES["application-reads"]
    drain(lambda: client.get(chat.path))
    began, count = time.monotonic(), 0
    while count < 5:
        count += client.get(chat.path).status == 200
        assert time.monotonic() - began < 10
    seconds = time.monotonic() - began
    assert 4 * 60 / minute <= seconds <= 5 * 60 / minute + 0.5


def test_after_retry_after_it_is_answered(client, chats_path):
    def write():
        return client.post(chats_path, {"name": "One of many"})

    answers, _ = drain(write)
    time.sleep(int(answers[-1].headers["Retry-After"]))
    assert write().status == 201


def test_several_processes_share_one_bucket(client, stack, chat, threads,
                                            wait_until):
    began = time.monotonic()
    answers = threads(8, lambda _: client.get(chat.messages), range(40))
    seconds = time.monotonic() - began
    assert RATES["application-reads"][1] <= len(given(answers)) <= most(
        "application-reads", seconds)

    def all_logged():
        """two processes have logged that they answered some of them"""
        logs = [(stack.run / f"messages-{n}.log").read_text()
                for n in (1, 2)]
        return all(any(answer.headers["X-Request-Id"] in log
                       for answer in answers) for log in logs)
    wait_until(all_logged)


def test_a_limited_write_leaves_no_gap(client, chat, threads):
    def write(number):
        while True:
            answer = client.post(chat.messages, {"body": f"Number {number}"})
            if answer.status != 429:
                return answer
            time.sleep(0.05)

    answers = threads(4, write, range(14))
    assert {answer.status for answer in answers} == {201}
    assert sorted(answer.json["number"] for answer in answers) == list(
        range(1, 15))


def test_a_limited_write_leaves_its_idempotency_key_free(client, chat,
                                                         wait_until):
    def write(key, body):
        return client.post(chat.messages, {"body": body},
                           headers={"Idempotency-Key": f'"{key}"'})

    keys = (str(uuid.uuid4()) for _ in range(100))
    sent = []

    def refused():
        sent.append(next(keys))
        return write(sent[-1], f"Number {len(sent)}")
    answers, _ = drain(refused)
    number = len(answers)
    last = wait_until(lambda: next((
        answer for answer in [write(sent[-1], f"Number {number}")]
        if answer.status != 429), None), 5)
    assert last.status == 201
    assert last.json["number"] == number


def test_a_bucket_expires_when_it_is_full(client, chat, redis, wait_until):
    client.get(chat.path)
    name = f"p:b:application-reads:{chat.token}"
    assert 0 < redis.pttl(name) <= 200
    wait_until(lambda: not redis.exists(name), 2)


def test_a_clock_that_was_set_back_costs_no_more_than_an_empty_bucket(
        client, chat, redis):
    seconds, _ = redis.time()
    redis.set(f"p:b:application-reads:{chat.token}",
              (seconds + 86400) * 10**6)
    answer = client.get(chat.path)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) == 1


# --- fields -----------------------------------------------------------------------

def test_answers_say_how_the_limits_stand(client, chat):
    for left in (4, 3):
        answer = client.get(chat.path)
        assert answer.status == 200
        assert fields(answer, "RateLimit-Policy") == {
            "application-reads": {"q": 5, "w": 1},
            "address-reads": {"q": 12, "w": 2}}
        stands = fields(answer)
        assert list(stands) == ["application-reads", "address-reads"]
        assert left <= stands["application-reads"]["r"] <= 4
        assert stands["application-reads"]["t"] == 1


def test_a_creation_says_it_too(client, chats_path):
    answer = client.post(chats_path, {"name": "New"})
    assert answer.status == 201
    assert fields(answer)["application-writes"]["r"] == 4
    assert fields(answer)["address-writes"] == {"r": 11, "t": 1}
    answer = client.put(f"{chats_path}/1", {"name": "Renamed"})
    assert answer.status == 200
    assert "application-writes" in fields(answer)


def test_what_is_not_found_or_not_new_says_it_too(client, chat):
    answer = client.get(chat.message(7))
    assert answer.status == 404 and "application-reads" in fields(answer)
    etag = client.get(API + "/" + chat.token).headers["ETag"]
    answer = client.get(API + "/" + chat.token,
                        headers={"If-None-Match": etag})
    assert answer.status == 304 and "application-reads" in fields(answer)


def test_a_refusal_says_when_to_come_again(client, chat):
    answer = drain(lambda: client.get(chat.path))[0][-1]
    assert answer.headers["Retry-After"] == "1"
    assert fields(answer)["application-reads"] == {"r": 0, "t": 1}


def test_the_operators_numbers_are_limited_for_those_who_guess(
        client, operator):
    for _ in range(30):
        answer = client.get("/status/data", headers=operator)
        assert answer.status == 200 and "RateLimit" not in answer.headers
    wrong = {"Authorization": "Bearer guess"}
    check_drained("address-reads", lambda: client.get(
        "/status/data", headers=wrong))
    assert client.get("/status/data", headers=operator).status == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/status"])
def test_the_state_of_the_service_is_never_limited(client, path):
    for _ in range(20):
        answer = client.get(path)
        assert answer.status == 200
        assert "RateLimit" not in answer.headers


# --- addresses --------------------------------------------------------------------

def test_what_clients_write_before_the_proxys_word_has_no_effect(visitor):
    near = "198.51.100.7"
    lies = (f"203.0.113.{n}, {near}, 127.0.0.9" for n in range(200))
    check_drained("address-reads", lambda: visitor(next(lies)).get(API))
    check_shared("address-reads", lambda: visitor(near).get(API))


def test_half_of_an_ipv6_address_is_one_client(visitor):
    hosts = (f"2001:db8:0:7::{n:x}" for n in range(1, 1000))
    check_drained("address-reads", lambda: visitor(next(hosts)).get(API))
    check_shared("address-reads",
                 lambda: visitor("[2001:db8:0:7:ffff::1]:4711").get(API))
    assert visitor("2001:db8:0:8::1").get(API).status == 401


def test_the_header_that_is_not_configured_is_not_looked_at(visitor):
    client = visitor("198.51.100.8")
    check_drained("address-reads", lambda: client.get(
        API, headers={"Forwarded": f"for=203.0.113.{time.time_ns() % 250}"}))


# --- the dialects -----------------------------------------------------------------

SAID = "Too many requests. Try again after Retry-After seconds."
# The port, a path of a thing that there is not, what is said.
DIALECTS = {
    "shady-rails": (3000, "/api/v1/applications/{}", {"error": SAID}),
    "shady-go": (8080, "/api/v1/applications/{}/chats/1", {"error": SAID}),
    "shetewi": (3001, "/application/{}/chat/1", {"error": SAID}),
    "shetewi-go": (8000, "/application/{}/chat", SAID + "\n"),
    "mosaad": (3001, "/messages/{}/1/1", {"message": SAID}),
    "deeb": (4000, "/api/applications/{}", None),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_says_it_in_its_own_words(speaking, name):
    port, path, said = DIALECTS[name]
    speaker = speaking(port)
    path = path.format(uuid.uuid4())
    method = "POST" if name == "shetewi-go" else "GET"
    answers, _ = drain(lambda: speaker.request(method, path))
    refused = answers[-1]
    assert int(refused.headers["Retry-After"]) == 1
    assert 0 in [stands["r"] for stands in fields(refused).values()]
    if name == "shetewi-go":
        assert refused.body.decode() == said
    else:
        assert refused.json == said
    assert len(given(answers)) >= 5


def test_a_dialect_and_the_main_api_share_a_bucket(client, speaking, chat):
    drain(lambda: client.post(chat.messages, {"body": "One of many"}))
    path = f"/application/{chat.token}/chat/{chat.number}/message"
    check_shared("application-writes", lambda: speaking(3001).post(
        path, {"message": "One more"}))


# --- clients ----------------------------------------------------------------------

@pytest.mark.parametrize("program", ["parley.py", "parley.sh"])
def test_the_example_clients_wait_and_try_again(visitor, stack, tmp_path,
                                                wait_until, program):
    other, said = visitor("127.0.0.1"), tmp_path / "said"
    with said.open("w") as file, subprocess.Popen(
            [TREE / "examples" / program, stack.env["PARLEY_URL"]],
            stdout=subprocess.DEVNULL, stderr=file) as process:
        def tries_again():
            """it has met an empty bucket"""
            drain(lambda: other.post(API, {"name": "Of another"}))
            return "Too many requests; trying again in 1 s" in \
                said.read_text()
        wait_until(tries_again)
        assert process.wait(timeout=60) == 0


# --- without a proxy, without Redis -----------------------------------------------

def test_without_redis_requests_are_let_in(client, stack, chat):
    stack.kill("redis")
    try:
        for _ in range(20):
            answer = client.get(API + "/" + chat.token)
            assert answer.status == 200
            assert "RateLimit" not in answer.headers
    finally:
        stack.up()


HELD = 0.4              # seconds


@pytest.fixture
def unproxied(configured):
    configured(limit_without_redis="closed", limit_hold_ms=int(HELD * 1000))


def test_a_refusal_comes_late_and_keeps_nobody_else_waiting(
        unproxied, client_at, threads):
    asker = client_at("192.0.2.251")
    made = asker.post(API, {"name": "Asks without a pause"})
    path = f"{API}/{made.json['token']}"
    drain(lambda: asker.get(path))

    def ask(target):
        return asker.get(target)

    # More than there are threads, but not more than may be held.
    answers = threads(61, ask, [path] * 60 + ["/livez"])
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) > 40
    assert min(answer.seconds for answer in refused) >= HELD - 0.01
    assert answers[-1].seconds < HELD


def test_a_client_that_claims_to_be_a_proxy_is_not_believed(
        unproxied, stack, client_at):
    claims = (f"203.0.113.{n}" for n in range(200))
    check_drained("address-applications", lambda: client_at(
        next(claims)).post(API, {"name": "One of many"}))


def test_without_redis_nobody_is_let_in_if_it_is_closed(
        unproxied, stack, client_at):
    client = client_at("192.0.2.250")
    stack.kill("redis")
    try:
        answer = client.get(f"{API}/00000000-0000-4000-8000-000000000000")
        assert answer.problem == "unavailable"
        answer = client.post(API, {"name": "Too late"})
        assert answer.problem == "not-accepted"
        assert re.fullmatch("[0-9]+", answer.headers["Retry-After"])
    finally:
        stack.up()
