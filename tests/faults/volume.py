#!/usr/bin/env python3
# An hour's volume of writes with one part down: memory stays flat, and all is caught up by itself.
# SPDX-License-Identifier: BSD-2-Clause
"""
  volume.py FAULT... [--writes N]

For each fault, in turn: a few writes with all parts up; then the part is
down (jobs-stop, jobs-kill, opensearch-kill, mariadb-kill, redis-kill,
rabbitmq-kill, or any other that run.py lists and that needs no proxy) and
as many messages as an hour has at 500 a second are offered, as fast as they
go; then it is back. Fails if memory of any process of Parley grows with the
volume, or what was answered is not stored, once, and indexed.

The stack is the one in $STACK_DIR (scripts/stack up --dir). Figures are kept
in DIR/faults/volume-FAULT.json. Can be interrupted: the part comes back.
"""
import argparse
import json
import os
import signal
import sys
import time

import fault_mariadb  # noqa: F401 (each registers its faults)
import fault_opensearch  # noqa: F401
import fault_rabbitmq  # noqa: F401
import fault_redis  # noqa: F401
import pymysql

from fault import FAULTS, Context
from meter import Meter, grown
from offer import DIGITS, Offer
from parts import INDEX, find

SLICES = 20                 # of the volume: each with its phase of the meter
WARM_UP = 0.02              # of the volume, with all parts up
PATIENCE = 60               # s without the debt getting smaller
EARLY = 0.2                 # this share of the catching up's time is early
LOOK_S = 0.5                # between looks while catching up

# At 500 a second hardly two writes meet, so each is a message of its own in
# the queue. More lanes, so that this takes no hour all the same.
ALONE = "commit_writes = 1\ncommit_lanes = 8\n"


class Progress:
    """A line that is written over on a terminal, else one now and then."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()

    def say(self, text, last=False):
        if self.terminal:
            sys.stderr.write(f"\r{text}\x1b[K" + ("\n" if last else ""))
        elif last:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


class Volume:
    def __init__(self, parts, name, options):
        self.parts, self.name, self.options = parts, name, options
        self.fault = FAULTS[name]
        self.context = Context(parts, None, None, None)
        self.progress = Progress()
        self.problems, self.figures = [], {"fault": name}

    def go(self):
        override = self.parts.run / "override.conf"
        if self.fault.part == "jobs":
            override.write_text(ALONE)
        try:
            self.parts.up()
            self.play()
        finally:
            override.unlink(missing_ok=True)
        self.judge_memory()
        self.judge_rows()
        self.judge_index()
        self.report()
        return not self.problems

    def play(self):
        offer = self.offer = Offer(self.parts.url, self.options.clients,
                                   self.options.chats, self.options.body)
        self.application = self.parts.sql_one(
            "select id from applications where token = %s", offer.token)
        with Meter(self.parts) as self.meter:
            offer.offer(int(self.options.writes * WARM_UP))
            offer.rest()
            self.catch_up()
            self.load()
            self.meter.enter("after")
            self.catch_up()

    # --- the part is down, and back ---

    def load(self):
        self.meter.enter("before the fault")
        self.fault.inject(self.context)
        began, first = time.monotonic(), self.offer.accepted
        try:
            for i in range(SLICES):
                self.meter.enter(i)
                self.offer.offer(self.options.writes // SLICES)
                self.progress.say(
                    f"{self.name}: {5 * (i + 1)} % offered, "
                    f"{dict(self.offer.outcomes)}, {self.of_queue()}, "
                    f"redis {self.redis_mb()} MB", last=i % 2)
            self.figures |= {
                "offered": self.options.writes,
                "accepted while down": self.offer.accepted - first,
                "offered/s": self.per_second(self.options.writes, began),
                "queue": self.of_queue(), "redis MB": self.redis_mb()}
        finally:
            self.meter.enter("coming back")
            self.fault.undo(self.context)
            self.parts.up()
        self.meter.enter("catching up")
        self.figures |= self.catch_up()

    @staticmethod
    def per_second(count, began):
        return round(count / (time.monotonic() - began))

    def redis_mb(self):
        try:
            with self.parts.redis() as redis:
                return redis.info("memory")["used_memory"] >> 20
        except OSError:
            return None
        except Exception as error:
            return type(error).__name__

    def of_queue(self):
        try:
            return f"{self.parts.queue('parley.writes')} in the queue"
        except OSError:
            return "no queue"

    # --- catching up ---

    def rows(self):
        return self.parts.sql_one(
            "select count(*) from messages where application_id = %s",
            self.application)

    def pending(self):
        return self.parts.sql_one(
            "select count(*) from index_pending where application_id = %s",
            self.application)

    def catch_up(self):
        """Waits until all is stored and indexed; how fast that went."""
        rows = self.rows()
        indexed, began = rows - self.pending(), time.monotonic()
        self.wait_down("queued", lambda: self.parts.queue("parley.writes"))
        self.wait_down("not stored",
                       lambda: max(self.offer.accepted - self.rows(), 0))
        stored = time.monotonic()
        self.wait_down("not indexed", self.pending)
        now = self.rows()
        return {"rows to store": now - rows,
                "rows/s": round((now - rows) / (stored - began)),
                "documents to index": now - indexed,
                "documents/s": self.per_second(now - indexed, began),
                "caught up after s": round(time.monotonic() - began, 1)}

    def wait_down(self, what, debt):
        """Waits until there is none; it must shrink. Counting takes long."""
        least, end = float("inf"), time.monotonic() + PATIENCE
        while (now := debt()) != 0:
            at = time.monotonic()
            if now is not None and now < least:
                least, end = now, at + PATIENCE
            assert at < end, f"not caught up: {now} {what}"
            self.progress.say(f"{self.name}: {now} {what}")
            time.sleep(LOOK_S + min((now or 0) / 200000, 5))

    # --- the verdict ---

    def judge_memory(self):
        tenth = {name: max(self.meter.peaks(0)[name],
                           self.meter.peaks(1)[name])
                 for name in self.meter.peaks(1)}
        for i in range(2, SLICES):
            self.problems += grown(tenth, self.meter.peaks(i))
        self.problems += grown(self.meter.peaks("catching up", 0, EARLY),
                               self.meter.peaks("catching up", EARLY))
        self.figures["peak kB"] = {
            "at 10 %": tenth, "at 50 %": self.meter.peaks(SLICES // 2 - 1),
            "at 100 %": self.meter.peaks(SLICES - 1),
            "catching up": self.meter.peaks("catching up"),
            "after": self.meter.peaks("after")}

    def judge_rows(self):
        """Each answer has its row, and each row its answer."""
        answered, seen = self.offer.answered, bytearray(
            len(self.offer.answered))
        wrong = []
        with self.parts.database(
                cursorclass=pymysql.cursors.SSCursor) as database, \
                database.cursor() as cursor:
            cursor.execute(
                "select chat_number, number, left(body, %s) from messages "
                "where application_id = %s", (DIGITS, self.application))
            for chat, number, counter in cursor:
                n = int(counter)
                if answered[n] != chat << 40 | number and \
                        n not in self.offer.unknown:
                    wrong.append(f"{chat}:{number} has the body of {n}")
                if seen[n]:
                    wrong.append(f"{n} is stored twice")
                seen[n] = 1
        lost = sum(1 for n, thing in enumerate(answered)
                   if thing and not seen[n])
        if lost:
            wrong.append(f"{lost} answered creations have no row")
        if self.offer.outcomes["hung"]:
            wrong.append(f"{self.offer.outcomes['hung']} requests hung")
        self.problems += wrong[:10]
        self.figures |= {"rows": sum(seen), "lost": lost,
                         "unknown": len(self.offer.unknown),
                         "outcomes": dict(self.offer.outcomes)}
        self.judge_others()

    def judge_others(self):
        if bad := {outcome for outcome in self.offer.outcomes
                   if outcome[0] in "45" and outcome not in (
                       "503 not-accepted", "503 outcome-unknown")}:
            self.problems.append(f"answers that may not be: {bad}")
        if dead := self.parts.queue("parley.dead"):
            self.problems.append(f"{dead} dead letters")

    def judge_index(self):
        if self.parts.search != "opensearch":
            return
        self.parts.search_request("POST", f"{INDEX}/_refresh")
        count = self.parts.search_request("POST", f"{INDEX}/_count", {
            "query": {"prefix": {"chat": f"{self.application}:"}}})["count"]
        self.figures["documents"] = count
        if count != self.figures["rows"]:
            self.problems.append(f"{count} documents, "
                                 f"{self.figures['rows']} rows")

    def report(self):
        peaks = self.figures.pop("peak kB")
        for key, value in self.figures.items():
            print(f"{value!s:>12} {key}")
        print(f"peak, kB{'':12}" + "".join(f"{when:>12}" for when in peaks))
        for name in sorted({n for of in peaks.values() for n in of}):
            print(f"{name:20}" + "".join(f"{of.get(name, '-'):>12}"
                                         for of in peaks.values()))
        for problem in self.problems:
            print(f"WRONG: {problem}")
        print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
        keep = self.parts.run / "faults"
        keep.mkdir(exist_ok=True)
        (keep / f"volume-{self.name}.json").write_text(json.dumps(
            self.figures | {"peak kB": peaks, "problems": self.problems}))


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="+", choices=[
        name for name, fault in FAULTS.items() if not fault.proxied],
        metavar="FAULT")
    parser.add_argument("--writes", type=int, default=1_800_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--chats", type=int, default=64)
    parser.add_argument("--body", type=int, default=100, help="bytes")
    return parser.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parts = find()
    bad = 0
    for name in options.faults:
        print(f"--- {name}", flush=True)
        bad += not Volume(parts, name, options).go()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
