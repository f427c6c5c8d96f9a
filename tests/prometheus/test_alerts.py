# Each alert is fired by a real fault and clears after it; in this order, on a stack of their own.
# SPDX-License-Identifier: BSD-2-Clause
#
# What takes a minute to be late (stalled, below) is begun early, and what does
# not need the jobs is done meanwhile.
import contextlib
import http.client
import json
import os
import pwd
import re
import subprocess
import threading
import time
import urllib.parse

import pymysql
import pytest

from client import JSON, query
from fixtures import API, Chat
from stack import wait_until
from watch import TREE


class Always:
    """with Always(8, act): in so many threads act() again and again."""

    def __init__(self, count, act, a_second=None):
        self.act = act
        self.pause = count / a_second if a_second else 0
        self.end = threading.Event()
        self.threads = [threading.Thread(target=self.run)
                        for _ in range(count)]

    def run(self):
        due = time.monotonic()
        while not self.end.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.act()
            due += self.pause
            self.end.wait(max(0, due - time.monotonic()))

    def __enter__(self):
        for thread in self.threads:
            thread.start()

    def __exit__(self, *_):
        self.end.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture(scope="module")
def chat(client, prometheus):
    """One for all of these tests."""
    application = client.post(API, {"name": "Watched"}).json
    made = client.post(f"{API}/{application['token']}/chats",
                       {"name": "Watched"})
    assert made.status == 201, made
    return Chat(client, application, made.json["number"])


@pytest.fixture(scope="module")
def write(client, chat):
    """write("text"): whatever the answer is."""
    def send(text):
        return client.raw("POST", chat.messages,
                          json.dumps({"body": text}).encode(),
                          {"Content-Type": JSON})
    return send


@contextlib.contextmanager
def refused(db, table, column, word):
    """The database refuses rows with this word."""
    db(f"alter table {table} add constraint poison "
       f"check ({column} not like '%%{word}%%')")
    try:
        yield
    finally:
        db(f"alter table {table} drop constraint if exists poison")


@pytest.fixture(scope="module")
def stalled(hurt, db, chat, prometheus):
    """Nobody stores any more, and something is left that is not indexed."""
    def waits():
        """the message waits to be indexed"""
        return db("select 1 from index_pending")

    with refused(db, "search_texts", "folded", "unsearchable"):
        chat.write("unsearchable")
        wait_until(waits)
        hurt.kill("parley-jobs")
        yield
        hurt.up()


def test_nothing_is_told_of_a_service_that_is_well_but_that_nobody_counts(
        prometheus, hurt, client, chat):
    def read():
        client.raw("GET", chat.messages)
        client.raw("GET", chat.message(1))

    chat.write("counted late")
    with Always(2, read, a_second=20):
        assert prometheus.wait_for("ParleyCountsLate").keys() == {
            "ParleyCountsLate"}
    hurt.count()
    prometheus.wait_for_silence("ParleyCountsLate")


def test_a_broker_that_falls_silent_leaves_writes_unknown(
        prometheus, hurt, write):
    hurt.stop_process("rabbitmq")
    try:
        assert write("who knows").status == 503
    finally:
        hurt.continue_process("rabbitmq")
    prometheus.wait_for("ParleyOutcomeUnknown")


def test_without_jobs_the_queue_grows_until_writes_are_refused(
        prometheus, write, stalled):
    with Always(1, lambda: write("not stored"), a_second=120):
        prometheus.wait_for("ParleyJobsDown", "ParleyQueueGrows",
                            "ParleyFreshNearLimit", seconds=90)


def test_reads_that_hang_and_searches_without_a_pause_are_seen(
        prometheus, hurt, client, chat):
    def read():
        client.raw("GET", f"{API}/{chat.token}")

    def search():
        client.raw("GET", query(chat.search, q="counted"))

    with pymysql.connect(unix_socket=hurt.env["PARLEY_DB_SOCKET"],
                         user=pwd.getpwuid(os.getuid()).pw_name,
                         database="parley") as somebody:
        somebody.cursor().execute("lock tables applications write")
        with Always(48, read), Always(8, search):
            firing = prometheus.wait_for(
                "ParleyErrorBudgetBurnsFast", "ParleyErrorBudgetBurnsSlowly",
                "ParleyLatencyHigh", "ParleyRateLimited", "ParleyWorkersBusy",
                seconds=60)
    busy, = firing["ParleyWorkersBusy"]
    assert busy["labels"]["program"] == "parley-applications"
    limited, = firing["ParleyRateLimited"]
    assert limited["labels"]["limit"] == "search"


def test_a_program_that_ends_again_and_again_is_seen(prometheus, hurt):
    def started():
        return prometheus.query(
            'parley_start_time_seconds{program="parley-search"}')

    for _ in range(4):
        before = wait_until(started)
        hurt.kill("search-1")
        wait_until(lambda: started() not in ([], before), pause=0.2)
    alert, = prometheus.wait_for("ParleyRestarts")["ParleyRestarts"]
    assert alert["labels"]["program"] == "parley-search"


def test_a_part_that_does_not_answer_is_named(prometheus, hurt):
    hurt.stop_process("redis")
    try:
        alert, = prometheus.wait_for(
            "ParleyDependencyDown")["ParleyDependencyDown"]
        assert alert["labels"]["dependency"] == "redis"
    finally:
        hurt.continue_process("redis")
    prometheus.wait_for_silence("ParleyDependencyDown")


def test_a_web_server_that_hangs_is_not_scraped(prometheus, hurt):
    hurt.stop_process(hurt.web)
    try:
        prometheus.wait_for("ParleyNotScraped")
    finally:
        hurt.continue_process(hurt.web)
    prometheus.wait_for_silence("ParleyNotScraped")


def test_that_no_host_is_known_is_told(prometheus):
    prometheus.watch(False)
    try:
        prometheus.wait_for("ParleyAbsent")
    finally:
        prometheus.watch(True)
    prometheus.wait_for_silence("ParleyAbsent")


def test_what_waits_for_a_minute_is_late(prometheus, stalled):
    prometheus.wait_for("ParleyWritesWait", "ParleyIndexBehind", seconds=90)


def test_all_that_waits_is_made_up_for_when_the_parts_are_back(
        prometheus, hurt, db, stalled):
    hurt.kill("mariadb")
    prometheus.wait_for("ParleyDependencyDown", "ParleySearchDown")
    hurt.up()
    db("alter table search_texts drop constraint poison")
    prometheus.wait_for_silence(
        "ParleyDependencyDown", "ParleyFreshNearLimit", "ParleyIndexBehind",
        "ParleyJobsDown", "ParleyQueueGrows", "ParleySearchDown",
        "ParleyWritesWait")


def test_events_that_are_refused_are_retried_then_dead_and_replayed(
        prometheus, hurt, db, write):
    with refused(db, "messages", "body", "poison"), \
            Always(1, lambda: write("poison"), a_second=2):
        prometheus.wait_for("ParleyDeadLetters", "ParleyLogErrors",
                            "ParleyRetries", seconds=60)
    done = subprocess.run(
        [hurt.program("parley-admin"), "-c",
         hurt.run / "accounts" / "admin.conf", "dead", "replay", "--all"],
        env={"PATH": os.environ["PATH"]}, timeout=60, check=False)
    assert done.returncode == 0
    prometheus.wait_for_silence("ParleyDeadLetters")


def test_in_the_end_each_alert_has_fired_and_none_does_any_more(prometheus):
    every = prometheus.rules().keys()
    prometheus.wait_for_silence(*every)
    fired = prometheus.query('max_over_time(ALERTS{alertstate="firing"}[1h])')
    assert {labels["alertname"] for labels, _ in fired} == every


def targets():
    """(title, expression) of all that the dashboard shows."""
    text = (TREE / "conf" / "grafana" / "parley.json").read_text()
    return [(panel["title"], target["expr"])
            for panel in json.loads(text)["panels"]
            for target in panel.get("targets", [])]


@pytest.mark.parametrize("title, expression", targets())
def test_the_dashboard_shows_something(prometheus, title, expression):
    for name, value in {"$job": "parley", "$instance": ".+",
                        "$__rate_interval": "10s"}.items():
        expression = expression.replace(name, value)
    assert "$" not in re.sub(r'\$"', "", expression)
    now = time.time()
    shown = prometheus.data("query_range?" + urllib.parse.urlencode(
        {"query": expression, "start": now - 300, "end": now, "step": 1}))
    assert any(value != "NaN" for series in shown["result"]
               for _, value in series["values"]), title
