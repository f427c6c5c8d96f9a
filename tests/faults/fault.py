# What a fault is, and the plain kinds: a part is killed, stopped, or met by a rule of the proxy.
# SPDX-License-Identifier: BSD-2-Clause
import os
import pathlib
import signal

from parts import wait_until

FAULTS = {}                 # by name


def register(fault):
    """An instance, or a class that needs nothing to make one."""
    if isinstance(fault, type):
        register(fault())
        return fault
    assert fault.name not in FAULTS, fault.name
    FAULTS[fault.name] = fault
    return fault


class Context:
    """What a fault may lay its hands on."""

    def __init__(self, parts, world, random, network):
        self.parts, self.world = parts, world
        self.random, self.network = random, network


class Fault:
    """
    name     on the command line
    part     what it touches; two faults of one part never meet
    proxied  it needs the proxy
    search   it needs an OpenSearch node
    root     it needs to be root, to mount something
    stale    Redis forgets or is not there, so MySQL alone answers reads,
             which may then be as old as the queue is long
    unordered  two Redises are in use at once: which of two updates that
             were accepted by different ones is the later is not promised
    hangs    requests hang meanwhile: it begins last and ends first
    refuses  no write is accepted meanwhile; reads are
    letters  how many dead letters it may have made, once it is over
    during   the least number of writes that must be answered meanwhile
    seconds  how long it stays, unless told otherwise
    """
    name = part = None
    proxied = search = root = stale = unordered = False
    hangs = refuses = False
    letters = during = 0
    seconds = 3.0

    def arm(self, ctx):
        """Before any load."""

    def inject(self, ctx):
        """Returns when it has begun."""
        raise NotImplementedError

    def undo(self, ctx):
        """Ends it; what is dead then is brought back by scripts/stack."""

    def proof(self, ctx):
        """What shows that it fired; AssertionError if nothing does."""
        raise NotImplementedError


class Proxied(Fault):
    proxied = True

    def __init__(self, name, part, **rule):
        self.name, self.part, self.rule = name, part, rule

    def lay(self, ctx):
        """Lays the rule and waits until something has met it."""
        self.id = ctx.network.rule(**self.rule)

        def met():
            """something has met the rule"""
            return ctx.network.hits(self.id)
        wait_until(met, 10)

    def undo(self, ctx):
        """Also what has met nothing until now must meet nothing later."""
        ctx.network.release(self.id, drop=True)

    def proof(self, ctx):
        return f"{ctx.network.hits(self.id)} times met by the proxy's rule"


def state_of(pid):
    """The letter of a process' state; None if it is no more."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rsplit(")", 1)[1].split()[0]


def kill_now(pid):
    """SIGKILL, and waits until the process is no more."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    wait_until(lambda: state_of(pid) in (None, "Z"), 10)


class Kill(Fault):
    """kill -9 of one process or of several."""

    def __init__(self, name, part, names, during=0, stale=False):
        self.name, self.part, self.names = name, part, names
        self.during, self.stale = during, stale
        self.search = part == "opensearch"
        self.refuses = part in ("redis", "rabbitmq")

    def targets(self, ctx):
        return self.names or ctx.parts.responders()

    def inject(self, ctx):
        self.pids = {name: ctx.parts.pid(name) for name in self.targets(ctx)}
        for name, pid in self.pids.items():
            if pid:
                kill_now(pid)
        assert any(self.pids.values()), f"{self.name}: nothing to kill"

    def proof(self, ctx):
        now = {name: ctx.parts.pid(name) for name in self.pids}
        for name, pid in self.pids.items():
            assert now[name] and now[name] != pid, f"{name} is {now[name]}"
        return "pids " + ", ".join(f"{name} {pid} -> {now[name]}"
                                   for name, pid in self.pids.items())


class Pause(Fault):
    """SIGSTOP, later SIGCONT."""

    def __init__(self, name, part, names, during=0, stale=False):
        self.name, self.part, self.names = name, part, names
        self.during, self.stale = during, stale
        self.search = part == "opensearch"
        self.refuses = part in ("redis", "rabbitmq")
        self.hangs = part in ("responders", "lighttpd")

    def inject(self, ctx):
        self.pids = [ctx.parts.pid(name)
                     for name in self.names or ctx.parts.responders()]
        self.pids = [pid for pid in self.pids if pid]
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in self.pids:
            wait_until(lambda p=pid: state_of(p) in ("T", None), 5)
        self.stopped = sum(state_of(pid) == "T" for pid in self.pids)

    def undo(self, ctx):
        for pid in self.pids:
            if state_of(pid) == "T":
                os.kill(pid, signal.SIGCONT)

    def proof(self, ctx):
        assert self.stopped, f"{self.name}: nothing was stopped"
        return f"{self.stopped} processes in state T"


for _name, _part, _names, _during, _stale in (
        ("responder", "responders", ["messages-1"], 20, False),
        ("responders", "responders", None, 0, False),
        ("lighttpd", "lighttpd", ["lighttpd"], 0, False),
        ("jobs", "jobs", ["parley-jobs"], 50, False),
        ("redis", "redis", ["redis"], 0, True),
        ("rabbitmq", "rabbitmq", ["rabbitmq"], 0, False),
        ("mariadb", "mariadb", ["mariadb"], 0, False),
        ("opensearch", "opensearch", ["opensearch"], 50, False)):
    register(Kill(f"{_name}-kill", _part, _names, _during, _stale))
    register(Pause(f"{_name}-stop", _part, _names, 0 if _part ==
                   "responders" else _during, _stale))
