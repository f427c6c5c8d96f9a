# One trial: load, rounds of faults with calm between them, the verdict, what is printed.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import random
import sys
import threading
import time
import traceback

import fault_mariadb  # noqa: F401 (each registers its faults)
import fault_opensearch  # noqa: F401
import fault_rabbitmq  # noqa: F401
import fault_redis  # noqa: F401
import fault_steps  # noqa: F401
import history as h
from check import Check, explain, wait_for_quiet
from clients import Load, World
from fault import FAULTS, Context
from parts import wait_until

LEAST = 100             # answered writes before and after the faults
YOUNG_S = 5.0           # whoever is older than this is in MySQL
QUICK_S = 2.0           # a refusal, and the first write after the fault
BEFORE_S, AFTER_S = 1.5, 3.0


class Trial:
    """A trial of these rounds; every random choice follows from the seed."""

    def __init__(self, parts, network, name, seed, rounds):
        self.parts, self.network = parts, network
        self.name, self.seed, self.rounds = name, seed, rounds
        self.random = random.Random(seed)
        self.proofs, self.problems = [], []
        self.recoveries, self.spans = [], []
        self.history = h.History()

    @property
    def faults(self):
        return [fault for round_ in self.rounds for fault in round_]

    def go(self):
        """True if every promise was kept. Prints one line, or many."""
        began = time.monotonic()
        self.prepare()
        try:
            with Load(self.world):
                self.under_load()
            self.quiet = wait_for_quiet(self.parts, self.world)
            self.judge()
        except AssertionError as error:
            self.problems.append(f"{error}")
            self.problems.append(traceback.format_exc(limit=-3))
        self.seconds = time.monotonic() - began
        self.report()
        return not self.problems

    def prepare(self):
        if any(fault.proxied for fault in self.faults):
            self.network.up()
        else:
            self.network.down()
        self.parts.up()
        self.parts.flush_index()
        self.world = World(self.parts.url, f"{self.name} {self.seed}")
        self.world.prepare()
        self.history = self.world.history
        self.context = Context(self.parts, self.world, self.random,
                               self.network)
        self.failures_before = self.redis_failures()
        assert self.parts.queue("parley.dead") == 0, "there are dead letters"
        for fault in self.faults:
            fault.letters = 0
            fault.arm(self.context)

    def under_load(self):
        self.wait_answers(LEAST)
        time.sleep(BEFORE_S)
        for round_ in self.rounds or [[]]:
            self.play(round_)
        since = self.history.now()
        time.sleep(AFTER_S)
        self.wait_answers(LEAST, since)

    def wait_answers(self, count, since=0.0):
        def answered():
            """enough writes are answered"""
            return self.history.accepted(since) >= count
        wait_until(answered, 20, pause=0.1)

    # --- one round ---

    def play(self, round_):
        began = self.history.now()
        injected, silent = [], []
        try:
            for fault in sorted(round_, key=lambda f: f.hangs):
                time.sleep(self.random.uniform(0, 0.7))
                self.history.note(f"{fault.name} begins")
                injected.append(fault)
                self.inject(fault, silent)
            time.sleep(max([f.seconds for f in round_], default=3.0)
                       * self.random.uniform(0.4, 1.0))
        finally:
            ended = self.history.now()
            back = self.heal(injected)
        self.spans.append((began, ended))
        self.prove(injected, silent)
        self.count_answers(round_, began, ended, back)
        time.sleep(self.random.uniform(0.5, 1.5))

    def inject(self, fault, silent):
        """Beside others a fault may meet nothing, because nothing goes on."""
        try:
            fault.inject(self.context)
        except Exception as error:
            silent.append(f"{fault.name} met nothing: {error!r}")

    def count_answers(self, round_, began, ended, back):
        least = min((fault.during for fault in round_), default=LEAST)
        if len(round_) > 1:
            least = 0
        got = self.history.accepted(began, ended)
        if got < least:
            self.problems.append(f"only {got} of {least} writes were "
                                 "answered during " +
                                 ", ".join(f.name for f in round_))
        self.wait_answers(20, back)
        self.recoveries.append(self.first_after(back) - back)
        if len(round_) == 1 and round_[0].refuses:
            self.check_refusals(round_[0], began, ended)

    def check_refusals(self, fault, began, ended):
        """What promise 5 says of Redis and the broker, one of them down."""
        asked = [a for a in self.history.attempts
                 if began <= a.started < ended]
        refused = sorted(a.seconds for a in asked
                         if a.op not in h.READS and a.status == 503
                         and not a.key)
        p99 = refused[int(len(refused) * 0.99)] if refused else 0.0
        reads = [a for a in asked if a.op in h.READS]
        bad = [a for a in reads if a.status != 200
               and not (fault.stale and self.is_young(a))]
        self.proofs.append(
            f"{len(refused)} writes refused, p99 {p99:.2f} s; "
            f"{len(reads)} reads meanwhile, "
            f"{sum(a.status == 200 for a in reads)} answered")
        if p99 > QUICK_S or not refused:
            self.problems.append(f"refused {len(refused)} writes with a p99 "
                                 f"of {p99:.2f} s")
        if bad or not reads:
            self.problems.append(f"{len(bad)} of {len(reads)} reads were not "
                                 f"answered: {bad[:3]}")
        if self.recoveries[-1] > QUICK_S:
            self.problems.append(f"the first write after {fault.name} took "
                                 f"{self.recoveries[-1]:.2f} s")

    def is_young(self, read):
        """Whether what was read may not have been in MySQL yet."""
        made = min((w.ended for w in self.history.writes()
                    if w.thing == read.thing and w.op in h.CREATES),
                   default=read.started)
        return read.started - made < YOUNG_S

    def prove(self, injected, silent):
        for fault in injected:
            if any(s.startswith(f"{fault.name} ") for s in silent):
                continue
            try:
                self.proofs.append(
                    f"{fault.name}: {fault.proof(self.context)}")
            except Exception as error:
                silent.append(f"{fault.name} did not fire: {error!r}")
        if injected and len(silent) == len(injected):
            self.problems.extend(silent)
        else:
            self.proofs.extend(silent)

    def heal(self, injected):
        """Ends the faults; when the services answered again."""
        order = self.random.sample(injected, len(injected))
        for fault in sorted(order, key=lambda f: not f.hangs):
            try:
                fault.undo(self.context)
            except Exception as error:      # the others must be undone too
                self.problems.append(f"{fault.name} cannot be undone: "
                                     f"{error!r}")
            self.history.note(f"{fault.name} ends")
        return self.bring_back() if injected else self.history.now()

    def bring_back(self):
        """When the services answered again; Parley may need longer."""
        up = threading.Thread(target=self.parts.up, daemon=True)
        up.start()
        while up.is_alive() and not self.parts.services_answer():
            time.sleep(0.05)
        back = self.history.now()
        self.history.note("the services answer")
        up.join()
        return back

    def first_after(self, back):
        return min(a.ended for a in self.history.writes()
                   if a.outcome == h.ACCEPTED and a.started >= back)

    # --- the verdict ---

    def redis_failures(self):
        """How often a responder has said that Redis did not answer."""
        return sum(log.read_bytes().count(b'"message":"redis ')
                   for log in self.parts.run.glob("*-[0-9].log"))

    def judge(self):
        # Without Redis reads go on, and are as old as the queue is long.
        stale = any(fault.stale for fault in self.faults) \
            or self.redis_failures() > self.failures_before
        ordered = not any(fault.unordered for fault in self.faults)
        self.check = Check(self.parts, self.world, stale, ordered)
        self.verdict = self.check.run()
        self.gaps = self.check.stored.gaps()
        for kind, count in self.verdict.counts.items():
            self.problems.append(f"{count} times: {kind}")
        if not self.faults and self.gaps:
            self.problems.append(f"{self.gaps} gaps without any fault")
        self.judge_dead_letters(sum(f.letters for f in self.faults))

    def judge_dead_letters(self, allowed):
        dead = self.parts.queue("parley.dead")
        if dead and not allowed:
            self.problems.append(f"{dead} events are in the dead-letter "
                                 "queue")
        if dead:
            self.parts.admin("dead", "drop", "--yes", "--all")

    def totals(self):
        attempts = self.history.attempts
        writes = self.history.writes()
        seconds = sorted(a.seconds for a in attempts if a.tries == 1) \
            or [0.0]
        during = sorted(a.seconds for a in writes for b, e in self.spans
                        if b <= a.started < e and a.tries == 1) or [0.0]
        counts = getattr(self, "verdict", None)
        counts = counts.counts if counts else {}
        errors = {}
        for a in writes:
            if a.outcome != h.ACCEPTED:
                key = f"{a.status} {a.answer}" if a.status else "no answer"
                errors[key] = errors.get(key, 0) + 1
        return {
            "name": self.name, "seed": self.seed,
            "ok": not self.problems,
            "attempts": len(writes),
            "reads": len(attempts) - len(writes),
            "answered": sum(a.outcome == h.ACCEPTED for a in writes),
            "unknown": sum(a.outcome in (h.UNKNOWN, h.LOST)
                           for a in writes),
            "errors": errors,
            "lost": counts.get("lost", 0) + counts.get("update lost", 0),
            "doubled": counts.get("doubled", 0)
            + counts.get("number twice", 0),
            "stale": len(self.verdict.stale)
            if hasattr(self, "verdict") else 0,
            "gaps": getattr(self, "gaps", None),
            "replayed": self.verdict.replayed
            if hasattr(self, "verdict") else 0,
            "recovery_s": round(max(self.recoveries, default=0), 2),
            "quiet_s": round(getattr(self, "quiet", 0), 2),
            "p99_s": round(seconds[int(len(seconds) * 0.99)], 3),
            "p99_during_s": round(during[int(len(during) * 0.99)], 3),
            "slowest_s": round(seconds[-1], 3),
            "seconds": round(getattr(self, "seconds", 0), 1),
        }

    def report(self):
        totals = self.totals()
        print(("ok   " if totals["ok"] else "FAIL ") + " ".join(
            f"{key}={value}" for key, value in totals.items()
            if key not in ("ok", "errors")))
        print("     " + ", ".join(f"{count} × {error}" for error, count
                                  in totals["errors"].items()))
        for proof in self.proofs:
            print(f"     {proof}")
        if self.problems:
            self.report_failure()
        sys.stdout.flush()

    def report_failure(self):
        for problem in self.problems:
            print(f"  !! {problem}")
        kept = self.parts.run / "faults"
        kept.mkdir(exist_ok=True)
        kept /= f"{self.name.replace(' ', '_')[:80]}-{self.seed}"
        self.history.save(f"{kept}.history")
        if not hasattr(self, "verdict"):
            return
        with open(f"{kept}.broken", "w", encoding="utf-8") as file:
            shown = set()
            for kind, thing, what in self.verdict.broken:
                print(f"{kind} {thing}: {what}", file=file)
                if len(shown) < 10 and thing not in shown:
                    shown.add(thing)
                    print(explain(self.parts, self.world, self.check,
                                  thing), file=file)
        print(pathlib.Path(f"{kept}.broken").read_text()[:6000])
        print(f"  seed {self.seed}; all of it is in {kept}.*")


def run(parts, network, seed, rounds, name=None):
    """Names of faults, by round; the trial, which is over."""
    rounds = [[FAULTS[n] for n in names] for names in rounds]
    name = name or "+".join(f.name for r in rounds for f in r) or "none"
    one = Trial(parts, network, name, seed, rounds)
    try:
        one.go()
    except Exception:                   # the harness itself, or the stack
        traceback.print_exc()
        one.problems.append("the run itself failed")
        network.down()
        parts.up()
    return one
