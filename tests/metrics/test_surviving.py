# Counts outlive processes that are killed, and the scrape outlives parts that are gone.
# SPDX-License-Identifier: BSD-2-Clause
import collections
import http.client
import subprocess
import time

import pytest

from client import JSON
from crowd import Crowd

MESSAGES = "/api/v1/applications/:token/chats/:chat/messages"
PARTS = ("mysql", "redis", "rabbitmq", "search", "jobs")


class Load(Crowd):
    """Clients that write as fast as they can, and what they were answered."""

    def __init__(self, client, chat, count=6):
        super().__init__(count)
        self.client, self.chat = client, chat
        self.answered = collections.Counter()   # by status, of Parley's own
        self.cut_off = 0

    def run(self, _):
        while not self.enough.is_set():
            try:
                answer = self.client.raw("POST", self.chat.messages,
                                         b'{"body":"Still here?"}',
                                         {"Content-Type": JSON})
                ours = "X-Request-Id" in answer.headers
            except (OSError, http.client.HTTPException):
                ours = False
            with self.lock:
                if ours:
                    self.answered[str(answer.status)] += 1
                else:
                    self.cut_off += 1
            if not ours:        # the web server looks again in a second
                self.enough.wait(0.1)


def test_no_answer_is_forgotten_when_responders_are_killed(
        stack, client, chat, watch, wait_until):
    with Load(client, chat) as load:
        for victim in ("messages-1", "messages-2", "messages-1"):
            goal = load.answered["201"] + 150
            wait_until(lambda: load.answered["201"] >= goal, 20)
            pid = stack.kill(victim)
            wait_until(lambda: stack.pid(victim) not in (None, pid), 20)
    found = {dict(labels)["status"]: count for labels, count
             in watch.since().all("parley_http_requests_total",
                                  route=MESSAGES).items()}
    assert load.cut_off >= 1
    for status, count in load.answered.items():
        assert count <= found[status] <= count + load.cut_off, status
    assert sum(load.answered.values()) <= sum(found.values()) <= (
        sum(load.answered.values()) + load.cut_off)
    now = watch.scrape()
    assert now.get("parley_processes", program="parley-messages") == 2
    assert len(list(stack.run.glob("metrics/parley-messages-*"))) == 2
    assert now.sum("parley_worker_threads_busy",
                   program="parley-messages") == 0


def test_the_gauges_of_processes_are_those_that_live(stack, watch):
    now = watch.before
    families = collections.Counter(
        "parley-" + name.split("-")[0] for name in stack.responders())
    for program, count in families.items():
        assert now.get("parley_processes", program=program) == count
        assert now.get("parley_worker_threads", program=program) == 32 * count
    assert now.get("parley_processes", program="parley-jobs") == 1
    assert now.get("parley_worker_threads", program="parley-jobs") is None
    assert now.get("parley_worker_threads_busy",
                   program="parley-status") == 1      # by this very question
    starts = now.all("parley_start_time_seconds").values()
    assert all(time.time() - 1000 < start <= time.time() for start in starts)
    assert list(now.all("parley_build_info").values()) == [1]


@pytest.mark.parts
def test_a_scrape_waits_for_nobody_who_is_silent(stack, watch, wait_until):
    assert all(watch.before.get("parley_dependency_up", dependency=part) == 1
               for part in PARTS)
    silent = ("mariadb", "redis", "rabbitmq")
    for part in silent:
        stack.stop_process(part)
    def scrape_in_time():
        began = time.monotonic()
        now = watch.scrape()
        assert time.monotonic() - began < 2.5
        return now

    def all_are_known_to_be_silent():
        """no part is up any more"""
        return scrape_in_time().sum("parley_dependency_up") == 0

    try:
        wait_until(all_are_known_to_be_silent, 10)
        for _ in range(3):
            now = scrape_in_time()
            assert now.sum("parley_dependency_up") == 0
            assert len(now.all("parley_dependency_up")) == len(PARTS)
            for name in ("parley_queue_messages", "parley_index_backlog",
                         "parley_fresh_writes", "parley_epoch"):
                assert not now.all(name)
            assert now.sum("parley_http_requests_total") > 0
    finally:
        for part in silent:
            stack.continue_process(part)

    def all_is_known_again():
        """all parts are up, and their gauges are there"""
        now = watch.scrape()
        return (now.sum("parley_dependency_up") == len(PARTS) and
                now.get("parley_epoch") is not None and
                now.get("parley_index_backlog") is not None)
    wait_until(all_is_known_again, 20)


def test_promtool_finds_nothing_to_say(watch):
    done = subprocess.run(["promtool", "check", "metrics"],
                          input=watch.scrape().text, capture_output=True,
                          text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_answer_is_of_this_moment_and_kept_by_nobody(client):
    answer = client.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    head = client.request("HEAD", "/metrics")
    assert head.status == 200 and head.body == b""
    options = client.request("OPTIONS", "/metrics")
    assert options.status == 204
    assert options.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.post("/metrics", {}).status == 405
