# Faults at exact steps and on the network, by way of the proxy.
# SPDX-License-Identifier: BSD-2-Clause
import hashlib
import os
import pathlib
import re
import signal
import time

from clients import Connection
from history import ACCEPTED
from fault import Fault, Proxied, kill_now, register
from parts import wait_until

TREE = pathlib.Path(__file__).resolve().parents[2]

# How steps look on the wire.
COMMIT = b"COMMIT"
ACK = bytes.fromhex("003c0050")             # basic.ack, to or from the broker
PUBLISH = bytes.fromhex("003c0028")         # basic.publish
BULK = b"/_bulk"
VERSION_DIGITS = 16                         # of what Redis holds


def script(name):
    """The digest by which Parley calls one of its scripts in Redis."""
    text = (TREE / "lib" / f"cache_{name}.lua").read_bytes()
    part = re.search(rb"^-- Needs (.*\.lua)\.$", text, re.M)
    if part:
        text = (TREE / "lib" / part[1].decode()).read_bytes() + text
    return hashlib.sha1(text).hexdigest().encode()


class Killed(Proxied):
    """Killed at a step; what it had sent last never arrives, or does."""

    def __init__(self, name, part, arrives=False, again=1, **rule):
        super().__init__(name, part, most=1, **rule)
        self.arrives, self.again = arrives, again

    def victim(self, ctx):
        return "parley-jobs" if self.part == "jobs" else "messages-1"

    def inject(self, ctx):
        victim = self.victim(ctx)
        self.pids = []
        for turn in range(self.again):
            if turn:
                ctx.parts.up()
            pid = ctx.parts.pid(victim)
            self.rule["who"] = pid
            self.lay(ctx)
            kill_now(pid)
            ctx.network.release(self.id, drop=not self.arrives)
            self.pids.append(pid)

    def proof(self, ctx):
        now = ctx.parts.pid(self.victim(ctx))
        assert now and now not in self.pids
        return f"{super().proof(ctx)}, pid {self.pids} -> {now}"


class Stalled(Proxied):
    """The network holds everything back for a while, then delivers it."""

    def __init__(self, name, part, drop=False, stale=False, **rule):
        super().__init__(name, part, act="hold", **rule)
        self.drop, self.stale = drop, stale

    def inject(self, ctx):
        self.lay(ctx)

    def undo(self, ctx):
        ctx.network.release(self.id, drop=self.drop)


class Cut(Proxied):
    """Connections are reset in the middle of a message, several times."""

    def __init__(self, name, part, stale=False, times=6, **rule):
        super().__init__(name, part, act="cut-half", most=times, **rule)
        self.stale = stale

    def inject(self, ctx):
        self.lay(ctx)

    def undo(self, ctx):
        ctx.network.release(self.id)


for _name, _rule in (
        ("before-commit", dict(link="db", act="hold", match=COMMIT)),
        ("after-commit", dict(link="db", act="hold-answer", match=COMMIT)),
        ("before-mark", dict(link="redis", act="hold",
                             match=script("mark"))),
        ("before-ack", dict(link="amqp", act="hold", match=ACK)),
        ("before-bulk", dict(link="search", act="hold", match=BULK)),
        ("after-bulk", dict(link="search", act="hold-answer", match=BULK))):
    _fault = register(Killed(f"jobs-{_name}", "jobs", **_rule))
    _fault.search = _rule["link"] == "search"
    _fault.during = 50

# The same four times in a row: the deliveries come again and again.
register(Killed("jobs-before-ack-4-times", "jobs", again=4, link="amqp",
                act="hold", match=ACK))
# What was sent before the death arrives after it.
register(Killed("jobs-late-commit", "jobs", arrives=True, link="db",
                act="hold", match=COMMIT))

@register
class JobsKilledAgain(Fault):
    """Killed four times in a row, each time with deliveries in hand."""
    name, part, during = "jobs-kill-4-times", "jobs", 50

    def inject(self, ctx):
        self.pids = []
        for _ in range(4):
            pid = ctx.parts.pid("parley-jobs")
            os.kill(pid, signal.SIGSTOP)    # what comes now stays in hand
            time.sleep(0.5)
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.02)
            kill_now(pid)
            self.pids.append(pid)
            ctx.parts.up()

    def proof(self, ctx):
        assert len(set(self.pids)) == 4
        return f"pids {self.pids}"


for _name, _rule in (
        ("before-admit", dict(link="redis", act="hold",
                              match=script("admit"))),
        ("after-admit", dict(link="redis", act="hold-answer",
                             match=script("admit"))),
        ("before-publish", dict(link="amqp", act="hold", match=PUBLISH)),
        ("before-confirm", dict(link="amqp", act="hold", way="down",
                                match=ACK)),
        ("before-reveal", dict(link="redis", act="hold",
                               match=script("reveal"))),
        ("after-reveal", dict(link="redis", act="hold-answer",
                              match=script("reveal")))):
    _fault = register(Killed(f"responder-{_name}", "responders", **_rule))
    _fault.during = 20
register(Killed("responder-late-publish", "responders", arrives=True,
                link="amqp", act="hold", match=PUBLISH))

for _link, _part in (("redis", "redis"), ("amqp", "rabbitmq"),
                     ("db", "mariadb")):
    for _who in ("fcgi", "jobs"):
        _stale = _link == "redis" and _who == "fcgi"
        register(Stalled(f"net-{_link}-{_who}-stalls", _part, stale=_stale,
                         link=_link, who=_who))
        register(Stalled(f"net-{_link}-{_who}-answers-stall", _part,
                         stale=_stale, link=_link, who=_who, way="down"))
        register(Stalled(f"net-{_link}-{_who}-drops", _part, drop=True,
                         stale=_stale, link=_link, who=_who))
        register(Cut(f"net-{_link}-{_who}-cuts", _part, stale=_stale,
                     link=_link, who=_who))
        register(Cut(f"net-{_link}-{_who}-answers-cut", _part, stale=_stale,
                     link=_link, who=_who, way="down"))


@register
class LateReveal(Proxied):
    """
    A responder is stopped between confirm and reveal, while its write is
    stored, updated by others, stored again, and Redis lets all of it expire.
    """
    hangs = True

    def __init__(self):
        super().__init__("responder-late-reveal", "responders", link="redis",
                         act="hold", most=1, match=script("reveal"))

    def inject(self, ctx):
        self.pid = ctx.parts.pid("messages-1")
        self.rule["who"] = self.pid
        self.lay(ctx)
        os.kill(self.pid, signal.SIGSTOP)
        self.updated = 0
        for thing in self.hidden(ctx):
            self.update(ctx, thing)
        self.let_expire(ctx)

    def let_expire(self, ctx):
        """As if an hour had passed; what is shown anew meanwhile stays."""
        expire = ("for _, key in ipairs(KEYS) do "
                  "if redis.call('TTL', key) >= 0 then "
                  "redis.call('DEL', key) end end")
        with ctx.parts.redis() as redis:
            keys = list(redis.scan_iter("p:h:*", count=10000))
            keys += redis.scan_iter(f"p:v:{self.application}:*", count=10000)
            for at in range(0, len(keys), 1000):
                some = keys[at:at + 1000]
                redis.eval(expire, len(some), *some)

    def arm(self, ctx):
        self.application = ctx.parts.sql_one(
            "select id from applications where token = %s", ctx.world.token)

    def hidden(self, ctx):
        """
        Messages that are stored and not revealed: (chat, number). Such a one
        was marked first, which left its bare version.
        """
        pattern = f"p:v:{self.application}:*"
        with ctx.parts.redis() as redis:
            things = [tuple(map(int, key.split(":")[3:5])) for key in
                      redis.scan_iter(pattern, count=10000)
                      if redis.strlen(key) == VERSION_DIGITS]
        return [thing for thing in things[:3] if thing[1] and
                self.is_stored(ctx, thing)]

    def is_stored(self, ctx, thing):
        """Within a moment: not every one was sent."""
        def stored():
            """the message is stored"""
            return ctx.parts.sql_one(
                "select count(*) from messages where application_id = %s "
                "and chat_number = %s and number = %s",
                self.application, *thing)
        try:
            return wait_until(stored, 1)
        except AssertionError:
            return False

    def update(self, ctx, thing):
        """By way of the other responder, while this one hangs."""
        for turn in range(5):
            a = ctx.world.attempt(
                Connection(ctx.world.url, 0.5), "late", "update-message", *thing,
                f"{ctx.world.seed} late {thing} {turn}")
            if a.outcome == ACCEPTED:
                self.updated += 1
                return

    def undo(self, ctx):
        os.kill(self.pid, signal.SIGCONT)
        ctx.network.release(self.id)

    def proof(self, ctx):
        return f"{super().proof(ctx)}, {self.updated} updated meanwhile"


class LateLease(Proxied):
    """A lease that was won arrives in Redis long after others were."""
    hangs = True

    def inject(self, ctx):
        self.pid = ctx.parts.pid("messages-1")
        self.rule["who"] = self.pid
        self.lay(ctx)
        os.kill(self.pid, signal.SIGSTOP)

    def undo(self, ctx):
        ctx.network.release(self.id)
        os.kill(self.pid, signal.SIGCONT)


register(LateLease("responder-late-lease", "responders", link="redis",
                   act="hold", most=1, match=script("lease"))).during = 20
