# What every client did and was told: the records that the verdict is about.
# SPDX-License-Identifier: BSD-2-Clause
import dataclasses
import json
import time

# Outcomes of an attempt.
ACCEPTED = "accepted"       # 200 or 201
REFUSED = "refused"         # 503 not-accepted or unavailable: nothing stored
UNKNOWN = "unknown"         # 503 outcome-unknown: zero or one
LOST = "lost"               # no answer, or one of the web server's own
HUNG = "hung"               # no answer within the deadline
BUSY = "busy"               # 409: another request has the key
WRONG = "wrong"             # any answer that may not be

CREATES = ("create-chat", "create-message")
UPDATES = ("update-chat", "update-message")
READS = ("read", "list")


@dataclasses.dataclass(slots=True)
class Attempt:
    """One request. chat and number name its thing (number 0: a chat)."""
    client: str
    op: str
    chat: int
    number: int
    text: str
    started: float
    ended: float = 0.0
    status: int = 0
    outcome: str = LOST
    answer: object = None       # what the answer said, or the error
    key: str = ""               # Idempotency-Key: sent until it is answered
    tries: int = 1

    @property
    def thing(self):
        return (self.chat, self.number)

    @property
    def seconds(self):
        return self.ended - self.started

    @property
    def over(self):
        """When it can no longer take effect; None if that is not known."""
        return None if self.outcome in (LOST, HUNG) else self.ended


class History:
    """Appended to by all clients; appending to a list is atomic."""

    def __init__(self):
        self.began = time.monotonic()
        self.attempts = []
        self.events = []        # (time, what): faults, phases

    def now(self):
        return time.monotonic() - self.began

    def note(self, what):
        self.events.append((round(self.now(), 3), what))

    def writes(self):
        return [a for a in self.attempts if a.op not in READS]

    def accepted(self, since=0.0, until=float("inf")):
        """How many writes were answered in this span."""
        return sum(a.outcome == ACCEPTED and since <= a.ended < until
                   for a in self.attempts if a.op not in READS)

    def of(self, thing):
        """All that concerns one thing, in order."""
        return sorted((a for a in self.attempts if a.thing == thing
                       and a.op != "list"), key=lambda a: a.started)

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            for at, what in self.events:
                print(json.dumps({"at": at, "event": what}), file=file)
            for attempt in self.attempts:
                print(json.dumps(dataclasses.asdict(attempt)), file=file)
