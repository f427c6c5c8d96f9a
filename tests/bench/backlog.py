#!/usr/bin/env python3
# Measures what is not a route: all the way to the index, backlogs, counting, the ends of long chats.
# SPDX-License-Identifier: BSD-2-Clause
"""
Called by scripts/bench --backlog, which has a stack with OpenSearch running.
Each step says what it found, and fails if anything is missing or twice.
"""
import argparse
import http.client
import json
import pathlib
import sys
import time
import urllib.parse

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "api"))

import stack as stack_module  # noqa: E402
from load import Meter, peak_mb, wait, wrk  # noqa: E402
from report import cost_text  # noqa: E402
from routes import BODY  # noqa: E402
from target import Target  # noqa: E402

INDEX = "parley-messages"
BULK = 1000             # documents, as index_batch is


def say(text):
    print(text, flush=True)


# --- from the queue to MySQL, and from there to the index --------------------

def queue_up(target, chat, count):
    """Messages that the jobs have not seen; how many were answered."""
    path = target.messages(chat)
    answered = 0
    while answered < count:
        result = wrk(target.url, [path], 64, 3, "POST", BODY)
        assert result["errors"] == 0, result
        answered += result["requests"]
        say(f"  {answered:,} of {count:,} are queued")
    return target.send("POST", path, BODY)["number"]


def drain_to_mysql(target, count):
    chat = target.new_chat("backlog")
    with target.jobs_stopped():
        last = queue_up(target, chat, count)
        target.stack.stop_process("opensearch")
    seconds = wait(lambda: target.highest(chat) >= last, 600)
    wait(lambda: target.is_whole(chat, last), 10)
    say(f"jobs to MySQL: {last:,} in {seconds:.1f} s, "
        f"{last / seconds:,.0f}/s; "
        f"most memory {peak_mb(target.stack.pid('parley-jobs')):.1f} MB")
    return last


def drain_to_index(target):
    owed = target.owed()
    began = time.monotonic()
    target.stack.continue_process("opensearch")
    wait(lambda: target.owed() == 0, 1200, pause=0.5)
    rate = owed / (time.monotonic() - began)
    say(f"jobs to OpenSearch: {owed:,}, {rate:,.0f}/s")
    return rate


# --- for a minute, all the way ------------------------------------------------

def all_the_way(target, clients=128, seconds=60):
    """
    The rate at which POSTs are stored and indexed at once: that of hello is
    cut to less and less, until what is owed at the end is under two seconds'
    work. Says the first share that was sustained. In the minute before, which
    does not count, the node of the index compiles itself.
    """
    chat = target.new_chat("sustained")
    path = target.messages(chat)
    wrk(target.url, [path], clients, seconds, "POST", BODY, 20)
    wait(lambda: target.owed() == 0, 600)
    hello = wrk(target.url, ["/hello"], clients, 5)
    hello = hello["requests"] / hello["seconds"]
    for share in (0.5, 0.4, 0.3, 0.25, 0.2, 0.15):
        delay = max(1, round(1000 * clients / (share * hello)) - 2)
        meter = Meter(target.stack)
        meter.start()
        result = wrk(target.url, [path], clients, seconds, "POST", BODY,
                     delay)
        rate = result["requests"] / result["seconds"]
        last = target.send("POST", path, BODY)["number"]
        took = wait(lambda: target.highest(chat) >= last
                    and target.owed() == 0, 600, pause=0.05)
        # What wrk left in the midst may have come after the last.
        wait(lambda: target.is_whole(chat, last), 10)
        say(f"POST to MySQL and index for {seconds} s: {rate:,.0f}/s, "
            f"{rate / hello:.2f} of hello; {result['errors']} errors, "
            f"p99 {result['p99']:.0f} ms; all indexed {took:.1f} s later")
        say("  µs of processor time for each: " + cost_text(
            {part: 1e6 * used / result["requests"]
             for part, used in meter.stop().items()}))
        if took < 2:
            return


# --- the same documents by a bare loader -------------------------------------

class Node:
    def __init__(self, target):
        parts = urllib.parse.urlsplit(target.stack.env["PARLEY_SEARCH_URL"])
        self.http = http.client.HTTPConnection(parts.hostname, parts.port,
                                               timeout=120)

    def ask(self, method, path, body=None, kind="application/json"):
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.http.request(method, "/" + path, body, {"Content-Type": kind})
        answer = self.http.getresponse()
        content = answer.read()
        assert answer.status < 300, content[:500]
        return json.loads(content)


def documents(node, count):
    """Bodies of _bulk, made of what the index holds."""
    bodies, after = [], None
    while len(bodies) * BULK < count:
        query = {"size": BULK, "version": True, "sort": ["chat", "number"]}
        if after:
            query["search_after"] = after
        hits = node.ask("POST", f"{INDEX}/_search", query)["hits"]["hits"]
        if not hits:
            break
        after = hits[-1]["sort"]
        bodies.append("".join(
            json.dumps({"index": {
                "_id": h["_id"], "routing": h["_source"]["chat"],
                "version": h["_version"], "version_type": "external"}})
            + "\n" + json.dumps(h["_source"]) + "\n"
            for h in hits).encode())
    return bodies


def load_bare(target, count):
    """One connection, one bulk after the other, as the indexer does."""
    node = Node(target)
    bodies = documents(node, count)
    node.ask("PUT", f"{INDEX}-bare", {})    # the template gives its mapping
    began = time.monotonic()
    for body in bodies:
        answer = node.ask("POST", f"{INDEX}-bare/_bulk", body,
                          "application/x-ndjson")
        assert not answer["errors"]
    rate = len(bodies) * BULK / (time.monotonic() - began)
    node.ask("DELETE", f"{INDEX}-bare")
    say(f"a bare loader: {len(bodies) * BULK:,}, {rate:,.0f}/s")
    return rate


# --- counting ----------------------------------------------------------------

CHANGED, EACH = 1000, 1000


def count_changed(target, messages):
    """Seconds that parley-count takes for CHANGED of all these chats."""
    target = Target(target.stack)
    chats = messages // EACH
    first = target.new_chat("counted")
    target.sql(
        "insert into chats (application_id, number, version, origin, "
        "created_at, updated_at) select %s, seq, 1, unhex(md5(seq)), "
        f"utc_timestamp(3), utc_timestamp(3) from seq_{first + 1}_to_{chats}",
        target.application)
    for chat in range(1, chats + 1):
        target.fill(chat, EACH)
    changed = f"seq_1_to_{chats}_step_{chats // CHANGED}"
    target.sql("insert ignore into count_pending (application_id, "
               f"chat_number, marks) select %s, seq, 1 from {changed}",
               target.application)
    began = time.monotonic()
    target.stack.count()
    seconds = time.monotonic() - began
    counted = target.sql("select count(*) from chats where application_id = "
                         "%s and messages_count = %s", target.application,
                         EACH)
    assert counted[0][0] == CHANGED, f"{counted[0][0]} counts are right"
    say(f"counting {CHANGED:,} chats of {messages:,} messages: "
        f"{seconds:.2f} s")
    return seconds


# --- the end of a long chat --------------------------------------------------

def last_page(target, count, seconds=5):
    chat = target.new_chat("long")
    target.fill(chat, count)
    path = f"{target.messages(chat)}?order=desc&limit=20"
    numbers = [m["number"] for m in target.send("GET", path)]
    assert numbers == list(range(count, count - 20, -1)), numbers
    result = wrk(target.url, [path], 8, seconds)
    say(f"last page of {count:,}: p50 {result['p50']:.2f} ms")
    return result["p50"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500000)
    parser.add_argument("--messages", type=int, default=1000000,
                        help="among which are those counted; and ten "
                        "times as many")
    parser.add_argument("--long", type=int, default=1000000)
    options = parser.parse_args()
    target = Target(stack_module.Stack(stack_module.environment()))
    all_the_way(target)
    drain_to_mysql(target, options.events)
    rate = drain_to_index(target)
    say(f"  of a bare loader: {rate / load_bare(target, options.events):.2f}")
    few = count_changed(target, options.messages)
    many = count_changed(target, 10 * options.messages)
    say(f"  ten times as many messages: {many / few:.2f} times the time")
    short = last_page(target, 100)
    say(f"  the long one: {last_page(target, options.long) / short:.2f} "
        "times the time")


if __name__ == "__main__":
    main()
