# Clients that write while parts are killed, and whether anything was lost.
# SPDX-License-Identifier: BSD-2-Clause
import collections
import http.client
import json
import time

from client import JSON
from crowd import Crowd
from stack import wait_until

# A write that was not answered with 201: answer is what came, or the exception.
Failure = collections.namedtuple("Failure", "text answer began ended")


class Writers(Crowd):
    """
    Clients that go on writing, some hundreds a second, whatever is answered,
    until they are told to stop.
    """

    def __init__(self, client, chat, count=8):
        super().__init__(count)
        self.client, self.chat = client, chat
        self.answered = {}          # number: text
        self.repeated = []          # numbers that were answered twice
        self.failed = []            # what else came: Failure
        self.tried = set()

    def run(self, writer):
        i = 0
        while not self.enough.is_set():
            i += 1
            text = f"writer {writer} text {i}"
            self.tried.add(text)
            began = time.monotonic()
            try:
                answer = self.client.raw(
                    "POST", self.chat.messages,
                    json.dumps({"body": text}).encode(),
                    {"Content-Type": JSON})
            except (OSError, http.client.HTTPException) as error:
                answer = error
            self.note(text, answer, began)
            self.enough.wait(0.015)

    def note(self, text, answer, began):
        with self.lock:
            if getattr(answer, "status", None) == 201:
                number = answer.json["number"]
                if number in self.answered:
                    self.repeated.append(number)
                self.answered[number] = text
                return
            self.failed.append(
                Failure(text, answer, began, time.monotonic()))

    def more(self, count, seconds=30):
        """Waits until so many more writes have been answered."""
        goal = len(self.answered) + count

        def answered():
            """the writers are answered again"""
            return len(self.answered) >= goal
        wait_until(answered, seconds)


def nothing_lost(client, chat, writers, rows):
    """Every answered write is there once; no write is there twice."""
    assert not writers.repeated

    def all_stored():
        """every answered write is stored"""
        return writers.answered.keys() <= {r["number"] for r in rows(chat)}
    wait_until(all_stored, 30)
    found = {row["number"]: row["body"] for row in rows(chat)}
    assert {n: found[n] for n in writers.answered} == writers.answered
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= writers.tried
    listed = client.walk(chat.messages + "?limit=200")
    assert {m["number"]: m["body"] for m in listed} == found
