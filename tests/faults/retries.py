#!/usr/bin/env python3
# Sends the same keys again and again while responders and Redis are being killed.
# SPDX-License-Identifier: BSD-2-Clause
"""
  retries.py [--retries 10000] [--seed N]

Of all requests with one Idempotency-Key one is a message, and every answer of
that key is the same. The stack is the one in $STACK_DIR (scripts/stack up
--dir); it should be idle otherwise.
"""
import argparse
import collections
import http.client
import json
import random
import sys
import threading
import time
import uuid

import clients
from parts import find, wait_until

PER_KEY = 10                # requests with one key, before it is settled
THREADS = 16
PAUSE = 0.4                 # s at most, between a client's requests
SPREAD = 60
KILL_EVERY = (0.1, 0.6)     # s between what is killed
REDIS = 0.3                 # of what is killed is Redis
SETTLE = 30                 # s in which a key must have its answer at last


class Retries:
    def __init__(self, parts, seed, retries):
        self.parts, self.seed = parts, seed
        self.random = random.Random(seed)
        self.keys = [str(uuid.uuid4()) for _ in range(retries // PER_KEY)]
        # Those of a key come in a row, but for some of others in between.
        requests = [key for key in self.keys for _ in range(PER_KEY)]
        order = [i + self.random.uniform(0, SPREAD)
                 for i in range(len(requests))]
        self.next = iter([key for _, key in sorted(zip(order, requests))])
        self.lock = threading.Lock()
        self.answers = collections.defaultdict(set)     # bodies of 201, by key
        self.came = collections.Counter()
        self.kills = collections.Counter()
        self.problems = []
        self.over = threading.Event()

    # --- the requests ---

    def prepare(self):
        connection = clients.Connection(self.parts.url)
        application = json.loads(connection.send(
            "POST", clients.API, {"name": f"retries {self.seed}"})[2])
        self.token = application["token"]
        chats = f"{clients.API}/{self.token}/chats"
        assert connection.send("POST", chats, {"name": "one"})[0] == 201
        self.path = chats + "/1/messages"
        connection.close()

    def send(self, connection, key):
        """Whether it was answered for good."""
        try:
            status, _, content = connection.send(
                "POST", self.path, {"body": f"text of {key}"}, key)
        except (OSError, http.client.HTTPException) as error:
            self.note(type(error).__name__)
            return False
        if status == 201:
            with self.lock:
                self.answers[key].add(content)
            self.note("201")
            return True
        try:
            problem = json.loads(content)["type"].rsplit(":", 1)[1]
        except (ValueError, KeyError):
            problem = "of the web server"
        self.note(f"{status} {problem}")
        if status not in (409, 500, 502, 503, 504):
            self.problems.append(f"{key}: {status} {content}")
        return False

    def note(self, what):
        with self.lock:
            self.came[what] += 1

    def client(self, index):
        dice = random.Random(f"{self.seed}/{index}")
        connection = clients.Connection(self.parts.url)
        while True:
            with self.lock:
                key = next(self.next, None)
            if key is None:
                break
            self.send(connection, key)
            time.sleep(dice.uniform(0, PAUSE))
        connection.close()

    # --- what is killed ---

    def killer(self):
        while not self.over.wait(self.random.uniform(*KILL_EVERY)):
            if self.random.random() < REDIS:
                name = "redis"
            else:
                name = self.random.choice(
                    [n for n in self.parts.responders()
                     if n.startswith(("messages", "chats"))] or ["redis"])
            try:
                self.parts.kill(name)
            except (AssertionError, ProcessLookupError):
                continue        # it is just coming back
            self.kills[name] += 1
            self.parts.up()

    # --- the verdict ---

    def settle(self):
        """Every key is sent until it has its answer, then once more."""
        connection = clients.Connection(self.parts.url)
        for key in self.keys:
            for _ in range(2):
                def answered(key=key):
                    """the key is answered"""
                    return self.send(connection, key)
                wait_until(answered, SETTLE, pause=0.1)
        connection.close()

    def rows(self):
        return self.parts.sql(
            "select number, body from messages m join applications a "
            "on a.id = m.application_id where a.token = %s", self.token)

    def judge(self):
        def stored():
            """as many messages are stored as there are keys"""
            return len(self.rows()) >= len(self.keys)
        wait_until(stored, SETTLE)
        wait_until(lambda: self.parts.queue("parley.writes") == 0, SETTLE)
        rows = collections.defaultdict(list)
        for row in self.rows():
            rows[row["body"]].append(row["number"])
        for key in self.keys:
            numbers = rows.pop(f"text of {key}", [])
            answers = self.answers[key]
            if len(numbers) != 1:
                self.problems.append(f"{key}: messages {numbers}")
            if len(answers) != 1:
                self.problems.append(f"{key}: answers {answers}")
            elif [json.loads(a)["number"] for a in answers] != numbers:
                self.problems.append(f"{key}: {answers}, stored {numbers}")
        if rows:
            self.problems.append(f"nobody wrote {dict(rows)}")
        if self.parts.queue("parley.dead"):
            self.problems.append("there are dead letters")

    def go(self):
        began = time.monotonic()
        self.prepare()
        threads = [threading.Thread(target=self.client, args=(i,))
                   for i in range(THREADS)]
        killer = threading.Thread(target=self.killer)
        killer.start()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.over.set()
        killer.join()
        self.parts.up()
        try:
            self.settle()
            self.judge()
        except AssertionError as error:
            self.problems.append(str(error))
        if not self.kills:
            self.problems.append("nothing was killed")
        self.report(time.monotonic() - began)

    def report(self, seconds):
        print(f"{'FAIL' if self.problems else 'ok'}: {len(self.keys)} keys, "
              f"{sum(self.came.values())} requests, "
              f"{sum(self.kills.values())} kills in {seconds:.1f} s")
        for what, count in (self.came + self.kills).most_common():
            print(f"  {count:>8} {what}")
        for problem in self.problems[:20]:
            print(f"  !! {problem}")
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--retries", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    one = Retries(find(), options.seed, options.retries)
    one.go()
    return 1 if one.problems else 0


if __name__ == "__main__":
    sys.exit(main())
