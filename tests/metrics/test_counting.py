# Each count of /metrics is what a client, the database and the queue say it should be.
# SPDX-License-Identifier: BSD-2-Clause
import collections
import json
import os
import subprocess
import time
import uuid

import amqp
from client import JSON, query

REQUESTS = "parley_http_requests_total"
SECONDS = "parley_http_request_duration_seconds"
APPS = "/api/v1/applications"
ONE = APPS + "/:token"
CHATS = ONE + "/chats"
A_CHAT = CHATS + "/:chat"
MESSAGES = A_CHAT + "/messages"
MESSAGE = MESSAGES + "/:message"


def ask_everything(client, operator, chat):
    """Yields (route, method, status) of each answer, as it is expected."""
    def ask(method, target, route, status, body=None, **headers):
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", JSON)
        headers = {name.replace("_", "-"): text
                   for name, text in headers.items()}
        answer = client.raw(method, target, body, headers)
        assert answer.status == status, (method, target, answer)
        return route, method if method != "DELETE" else "other", str(status)

    mine = f"{APPS}/{chat.token}"
    lost = f"{APPS}/{uuid.uuid4()}"
    yield ask("POST", APPS, APPS, 201, {"name": "One"})
    yield ask("POST", APPS, APPS, 422, {"name": " "})
    yield ask("POST", APPS, APPS, 400, b"{", Content_Type=JSON)
    yield ask("POST", APPS, APPS, 415, b"x", Content_Type="text/plain")
    yield ask("POST", APPS, APPS, 413, b"x" * 300000, Content_Type=JSON)
    yield ask("GET", APPS, APPS, 401)
    yield ask("GET", APPS, APPS, 403, Authorization="Bearer wrong")
    yield ask("GET", APPS, APPS, 200, **operator)
    yield ask("GET", mine, ONE, 200)
    yield ask("GET", lost, ONE, 404)
    yield ask("GET", f"{APPS}/nothing", "none", 404)
    yield ask("PUT", mine, ONE, 200, {"name": "Two"})
    yield ask("PATCH", mine, ONE, 200, {"name": "Three"})
    yield ask("HEAD", mine, ONE, 200)
    yield ask("OPTIONS", mine, ONE, 204)
    yield ask("DELETE", mine, ONE, 405)
    yield ask("GET", f"{mine}/chats", CHATS, 200)
    yield ask("GET", f"{mine}/chats?limit=0", CHATS, 400)
    yield ask("POST", f"{mine}/chats", CHATS, 201, {})
    yield ask("GET", chat.path, A_CHAT, 200)
    yield ask("PUT", chat.path, A_CHAT, 200, {"name": "Four"})
    yield ask("POST", chat.messages, MESSAGES, 201, {"body": "One"})
    yield ask("POST", chat.messages, MESSAGES, 201, b"body=Two",
              Content_Type="application/x-www-form-urlencoded")
    yield ask("GET", chat.messages, MESSAGES, 200)
    yield ask("GET", chat.message(1), MESSAGE, 200)
    yield ask("PATCH", chat.message(1), MESSAGE, 200, {"body": "Three"})
    yield ask("GET", chat.message(99), MESSAGE, 404)
    yield ask("GET", chat.message(0), "none", 404)
    yield ask("GET", query(chat.search, q="one"), MESSAGES + "/search", 200)
    yield ask("GET", chat.search, MESSAGES + "/search", 422)
    yield ask("GET", "/livez", "/livez", 200)
    yield ask("HEAD", "/livez", "/livez", 200)
    yield ask("GET", "/nothing", "none", 404)
    yield ask("POST", "/nothing", "none", 404, {})


def requests_in(change):
    """{(route, method, status): count}, without the scrapes."""
    found = {}
    for labels, count in change.all(REQUESTS).items():
        labels = dict(labels)
        if labels["route"] != "/metrics":
            found[labels["route"], labels["method"], labels["status"]] = count
    return found


def assert_whole(scrape):
    """Histograms are as many as the requests, and never fall."""
    requests = collections.Counter()
    for labels, count in scrape.all(REQUESTS).items():
        requests[labels - {("status", dict(labels)["status"])}] += count
    assert requests == scrape.all(SECONDS + "_count")
    for labels, count in requests.items():
        labels = dict(labels)
        buckets = sorted(
            (float(dict(key)["le"]), value) for key, value
            in scrape.all(SECONDS + "_bucket", **labels).items())
        values = [value for _, value in buckets]
        assert values == sorted(values) and values[-1] == count
        assert len(buckets) == 14


def test_each_request_is_counted_once_by_route_method_and_status(
        client, operator, chat, watch):
    expected = collections.Counter(ask_everything(client, operator, chat))
    change = watch.since()
    assert requests_in(change) == expected
    assert change.get("parley_http_response_bytes_total") > 0
    assert_whole(watch.scrape())


def test_requests_of_older_systems_are_counted_by_dialect(speak, watch):
    go = speak(8080)
    made = go.raw("POST", "/applications", b'{"name":"Old"}',
                  {"Content-Type": JSON})
    other = go.raw("GET", "/nothing/at/all")
    change = watch.since()
    assert requests_in(change) == {
        ("shady-go", "POST", str(made.status)): 1,
        ("shady-go", "GET", str(other.status)): 1}, change.series


def test_writes_are_followed_from_the_committer_to_the_index(
        client, chat, watch, comes_to, rows):
    for i in range(70):
        chat.write(f"text {i}")
    answer = client.post(f"{APPS}/{chat.token}/chats/9999/messages",
                         {"body": "To nobody"})
    assert answer.status == 404
    comes_to(70, "parley_persist_events_total", kind="message")
    comes_to(70, "parley_index_documents_total")
    change = watch.since()
    assert len(rows(chat)) == 70
    assert change.all("parley_commit_writes_total") == {
        frozenset({("result", "stored")}): 70,
        frozenset({("result", "refused")}): 1}
    groups = change.get("parley_commit_groups_total")
    assert 1 <= groups <= 70
    assert change.get("parley_publish_confirm_seconds_count") == groups
    assert change.get("parley_leases_total") >= 1
    batches = change.get("parley_persist_batches_total")
    assert 1 <= batches <= groups
    assert change.get("parley_persist_batch_seconds_count") == batches
    assert change.get("parley_index_bulk_seconds_count") >= 1
    assert change.get("parley_index_failures_total") is None


def test_of_changes_to_one_thing_in_a_batch_only_the_last_is_stored(
        client, stack, chat, comes_to, watch):
    stack.stop_process("parley-jobs")
    try:
        chat.write("first")
        for i in range(3):
            answer = client.put(chat.message(1), {"body": f"change {i}"})
            assert answer.status == 200, answer
    finally:
        stack.continue_process("parley-jobs")
    comes_to(4, "parley_persist_events_total", kind="message")
    assert 1 <= watch.counted("parley_persist_coalesced_total") <= 3


def test_reads_are_hits_while_redis_or_the_process_has_what_is_asked_for(
        client, chat, comes_to, watch):
    chat.write("fresh")
    comes_to(1, "parley_persist_events_total", kind="message")
    for _ in range(3):
        assert client.get(chat.message(1)).status == 200
    assert client.get(chat.message(2)).status == 404
    for _ in range(200):
        assert client.raw("GET", chat.messages).status == 200
    change = watch.since()
    assert change.all("parley_cache_reads_total") == {
        frozenset({("result", "hit")}): 3,
        frozenset({("result", "miss")}): 1}
    pages = change.all("parley_page_cache_reads_total")
    assert sum(pages.values()) == 200
    # Each of 64 threads reads it once, before it knows whose the token is.
    assert 1 <= pages[frozenset({("result", "miss")})] <= 64 + 2


def test_a_retry_that_is_answered_from_its_key_is_a_replay(client, chat,
                                                           watch):
    key = {"Idempotency-Key": f'"{uuid.uuid4()}"'}
    for _ in range(3):
        answer = client.post(chat.messages, {"body": "once"}, headers=key)
        assert answer.status == 201, answer
    change = watch.since()
    assert change.get("parley_idempotent_replays_total") == 2
    assert change.all("parley_commit_writes_total") == {
        frozenset({("result", "stored")}): 1}


def test_what_can_never_be_stored_is_a_dead_letter(stack, watch, comes_to):
    with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
        broker.publish("parley", "write", b"no event\n")
    comes_to(1, "parley_dead_letters_total")
    comes_to(1, "parley_queue_messages", queue="dead")
    change = watch.since()
    assert change.get("parley_log_lines_total", level="error") == 1


def test_the_runs_of_the_counter_are_counted_and_the_last_good_one_is_known(
        stack, chat, db, watch, comes_to):
    chat.write("to be counted")
    comes_to(1, "parley_persist_events_total", kind="message")
    chats = db("select count(*) n from count_pending "
               "where chat_number <> 0")[0]["n"]
    began = time.time()
    stack.count()
    failed = subprocess.run(
        [stack.program("parley-count"), "-c",
         stack.run / "accounts" / "count.conf"],
        env={"PATH": os.environ["PATH"], "PARLEY_DB_SOCKET": "/nonexistent"},
        capture_output=True, timeout=60, check=False)
    assert failed.returncode == 111
    change, now = watch.since(), watch.scrape()
    assert change.all("parley_count_runs_total") == {
        frozenset({("result", "ok")}): 1, frozenset({("result", "failed")}): 1}
    assert chats >= 1
    assert change.get("parley_count_chats_total") == chats
    last = now.get("parley_count_last_success_timestamp_seconds")
    assert began - 1 <= last <= time.time()
    assert now.get("parley_processes", program="parley-count") == 0


def test_refusals_for_asking_too_often_are_counted_by_what_was_asked(
        client, threads, watch):
    def create(i):
        return client.raw("POST", APPS, json.dumps({"name": f"{i}"}).encode(),
                          {"Content-Type": JSON}).status

    statuses = collections.Counter(threads(8, create, range(28)))
    assert statuses[429] >= 1 and set(statuses) == {201, 429}
    change = watch.since()
    assert change.all("parley_rate_limited_total") == {
        frozenset({("limit", "writes")}): statuses[429]}
    assert requests_in(change)[APPS, "POST", "429"] == statuses[429]
