# RabbitMQ refuses, and its queues are not there.
# SPDX-License-Identifier: BSD-2-Clause
import os
import signal
import time

from fault import Fault, register
from parts import wait_until


class Alarm(Fault):
    """A resource alarm: the broker takes no more messages."""
    part, refuses = "rabbitmq", True

    def __init__(self, name, begin, end, words):
        self.name = name
        self.begin, self.end, self.words = begin, end, words

    def inject(self, ctx):
        self.before = ctx.parts.log("rabbitmq").count(self.words)
        ctx.parts.rabbitmqctl(*self.begin)

        def raised():
            """the alarm is raised"""
            return ctx.parts.log("rabbitmq").count(self.words) > self.before
        wait_until(raised, 15)

    def undo(self, ctx):
        ctx.parts.rabbitmqctl(*self.end)

    def proof(self, ctx):
        return f"{self.words.decode()} in rabbitmq.log"


register(Alarm("rabbitmq-memory-alarm",
               ["set_vm_memory_high_watermark", "absolute", "1"],
               ["set_vm_memory_high_watermark", "absolute", "1GB"],
               b"memory resource limit alarm set"))
register(Alarm("rabbitmq-disk-alarm",
               ["set_disk_free_limit", "999GB"],
               ["set_disk_free_limit", "200MB"],
               b"disk resource limit alarm set"))


@register
class QueueFull(Fault):
    """Nobody consumes, and the queue is soon at its limit."""
    name, part = "rabbitmq-queue-full", "rabbitmq"

    def words(self, ctx):
        return sum(ctx.parts.log(name).count(b"queue is full")
                   for name in ctx.parts.responders())

    def inject(self, ctx):
        self.before = self.words(ctx)
        ctx.parts.rabbitmqctl(
            "set_policy", "--apply-to", "queues", "small", "^parley.writes$",
            '{"max-length-bytes":20000}')
        self.jobs = ctx.parts.pid("parley-jobs")
        if self.jobs:
            os.kill(self.jobs, signal.SIGSTOP)

        def full():
            """a write is turned away because the queue is full"""
            return self.words(ctx) > self.before
        wait_until(full, 15)

    def undo(self, ctx):
        ctx.parts.rabbitmqctl("clear_policy", "small")
        if self.jobs and ctx.parts.pid("parley-jobs") == self.jobs:
            os.kill(self.jobs, signal.SIGCONT)

    def proof(self, ctx):
        return f"{self.words(ctx) - self.before} groups turned away as full"


@register
class BindingMissing(Fault):
    """The queue is unbound while writes come."""
    name, part = "rabbitmq-unbound", "rabbitmq"
    words = b"no queue is bound"

    def count(self, ctx):
        return sum(ctx.parts.log(name).count(self.words)
                   for name in ctx.parts.responders())

    def inject(self, ctx):
        self.before = self.count(ctx)
        for _ in range(5):
            with ctx.parts.broker() as broker:
                broker.unbind("parley.writes", "parley", "write")
            time.sleep(0.3)

    def proof(self, ctx):
        returned = self.count(ctx) - self.before
        assert returned, "no write met it"
        return f"{returned} groups returned"


@register
class QueueDeleted(Fault):
    """The queue goes, empty, between two writes."""
    name, part = "rabbitmq-queue-deleted", "rabbitmq"
    gone = False

    def inject(self, ctx):
        paused = [ctx.parts.pid(n) for n in ctx.parts.responders()]
        paused = [pid for pid in paused if pid]
        for pid in paused:
            os.kill(pid, signal.SIGSTOP)
        try:
            def empty():
                """the queue holds nothing, delivered or not"""
                lines = ctx.parts.rabbitmqctl(
                    "--no-table-headers", "list_queues", "name",
                    "messages").split("\n")
                return "parley.writes\t0" in lines
            wait_until(empty, 6, pause=0.1)
            with ctx.parts.broker() as broker:
                broker.delete("parley.writes")
            self.gone = ctx.parts.queue("parley.writes") is None
        finally:
            for pid in paused:
                os.kill(pid, signal.SIGCONT)

    def proof(self, ctx):
        assert self.gone and ctx.parts.queue("parley.writes") is not None
        return "it was gone, and is there again"


@register
class BrokerApplication(Fault):
    """stop_app and start_app: an orderly restart within the process."""
    name, part, refuses = "rabbitmq-restart", "rabbitmq", True

    def inject(self, ctx):
        ctx.parts.rabbitmqctl("stop_app")
        try:
            ctx.parts.queue("parley.writes")
            self.gone = False
        except OSError:
            self.gone = True

    def undo(self, ctx):
        ctx.parts.rabbitmqctl("start_app")

    def proof(self, ctx):
        assert self.gone, "it went on listening"
        return "it did not listen"
