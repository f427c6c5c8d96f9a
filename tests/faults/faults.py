# The faults of the services themselves: what they forget, refuse or make wait.
# SPDX-License-Identifier: BSD-2-Clause
import os
import shutil
import signal
import threading
import time

import pymysql

from fault import Fault, Kill, kill_now, register
from parts import INDEX, wait_until

# --- Redis forgets ---


class RedisKilled(Kill):
    """kill -9, and something happens to its files before it comes back."""

    def __init__(self, name, tamper):
        super().__init__(name, "redis", ["redis"], stale=True)
        self.tamper = tamper

    def arm(self, ctx):
        self.files = ctx.parts.run / "redis"
        self.copy = ctx.parts.run / "redis.older"
        self.epoch = ctx.parts.epoch()

    def inject(self, ctx):
        if self.tamper == "older":
            shutil.rmtree(self.copy, ignore_errors=True)
            shutil.copytree(self.files, self.copy)
            time.sleep(1.5)         # so that there is something to forget
        super().inject(ctx)
        shutil.rmtree(self.files)
        if self.tamper == "older":
            shutil.copytree(self.copy, self.files)

    def proof(self, ctx):
        epoch = ctx.parts.epoch()
        assert epoch > self.epoch, "no new life was met"
        return f"{super().proof(ctx)}, epoch {self.epoch} -> {epoch}"


register(RedisKilled("redis-wiped", "wiped"))
register(RedisKilled("redis-older", "older"))


@register
class RedisFlushed(Fault):
    """FLUSHALL under load, three times."""
    name, part, stale, during = "redis-flushed", "redis", True, 20

    def arm(self, ctx):
        self.epoch = ctx.parts.epoch()

    def inject(self, ctx):
        with ctx.parts.redis() as redis:
            for _ in range(3):
                redis.flushall()
                time.sleep(0.4)

    def proof(self, ctx):
        epoch = ctx.parts.epoch()
        assert epoch >= self.epoch + 1, "no new life was met"
        return f"epoch {self.epoch} -> {epoch}"


@register
class RedisFull(Fault):
    """It has no room for another fresh write."""
    name, part, stale = "redis-full", "redis", True

    @staticmethod
    def refused(redis):
        return redis.info("errorstats").get("errorstat_OOM", {}).get(
            "count", 0)

    def inject(self, ctx):
        with ctx.parts.redis() as redis:
            self.before = self.refused(redis)
            redis.config_set("maxmemory", 1000000)

            def met():
                """a write is refused"""
                return self.refused(redis) > self.before
            wait_until(met, 10)

    def undo(self, ctx):
        with ctx.parts.redis() as redis:
            self.count = self.refused(redis) - self.before
            redis.config_set("maxmemory", 512 << 20)

    def proof(self, ctx):
        return f"{self.count} commands refused for lack of memory"


@register
class RedisDemoted(Fault):
    """It is made a replica, of nobody who answers, and a master again."""
    name, part, stale = "redis-demoted", "redis", True

    def arm(self, ctx):
        self.epoch = ctx.parts.epoch()

    def inject(self, ctx):
        with ctx.parts.redis() as redis:
            redis.replicaof("127.0.0.1", 1)

    def undo(self, ctx):
        with ctx.parts.redis() as redis:
            redis.replicaof("NO", "ONE")

    def proof(self, ctx):
        epoch = ctx.parts.epoch()
        assert epoch > self.epoch, "no new life was met"
        return f"epoch {self.epoch} -> {epoch}"


# --- RabbitMQ refuses ---

class Alarm(Fault):
    """A resource alarm: the broker takes no more messages."""
    part = "rabbitmq"

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
            wait_until(empty, 3, pause=0.1)
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
    name, part = "rabbitmq-restart", "rabbitmq"

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


# --- MariaDB refuses, or makes wait ---

@register
class ReadOnly(Fault):
    name, part = "mariadb-read-only", "mariadb"

    def inject(self, ctx):
        self.before = ctx.parts.log("parley-jobs").count(b"1290")
        ctx.parts.sql("set global read_only = 1")

        def met():
            """the jobs are refused"""
            return ctx.parts.log("parley-jobs").count(b"1290") > self.before
        wait_until(met, 10)

    def undo(self, ctx):
        ctx.parts.sql("set global read_only = 0")

    def proof(self, ctx):
        return "error 1290 in parley-jobs.log"


@register
class TooManyConnections(Fault):
    """Others have all connections; Parley's own are ended."""
    name, part = "mariadb-connections", "mariadb"

    def inject(self, ctx):
        self.control = ctx.parts.database()
        self.held = []
        self.most = self.one("select @@global.max_connections")
        self.ask("set global max_connections = 10")
        while self.end_theirs():
            self.take_all(ctx)
        self.before = self.refused()

        def met():
            """Parley is refused a connection"""
            return self.refused() > self.before
        wait_until(met, 12)

    def ask(self, sql):
        with self.control.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def one(self, sql):
        return self.ask(sql)[0][-1]

    def refused(self):
        return int(self.one("show global status like "
                            "'Connection_errors_max_connections'"))

    def end_theirs(self):
        """Whether there were any left."""
        ours = [c.thread_id() for c in self.held]
        theirs = [number for (number,) in self.ask(
            "select id from information_schema.processlist "
            "where user = 'parley'") if number not in ours]
        for number in theirs:
            try:
                self.ask(f"kill {number}")
            except pymysql.Error:
                pass            # it ended by itself
        return theirs

    def take_all(self, ctx):
        try:
            while True:
                self.held.append(pymysql.connect(
                    unix_socket=ctx.parts.env["PARLEY_DB_SOCKET"],
                    user="parley"))
        except pymysql.Error:
            pass

    def undo(self, ctx):
        self.count = self.refused() - self.before
        self.ask(f"set global max_connections = {self.most}")
        for connection in [*self.held, self.control]:
            connection.close()

    def proof(self, ctx):
        return f"{self.count} connections refused"


class Locks(Fault):
    """Somebody holds locks that the persister needs."""
    part = "mariadb"

    def __init__(self, name, *statements):
        self.name, self.statements = name, statements

    def inject(self, ctx):
        self.connection = ctx.parts.database()
        with self.connection.cursor() as cursor:
            for statement in self.statements:
                cursor.execute(statement)

        def somebody_waits():
            """the persister waits for the lock"""
            return ctx.parts.sql_one(
                "select count(*) from information_schema.processlist where "
                "user = 'parley' and (state like '%%lock%%' or "
                "state in ('Sending data', 'Update', 'Statistics'))") > 0
        wait_until(somebody_waits, 10)

    def undo(self, ctx):
        self.connection.close()

    def proof(self, ctx):
        return "Parley waited for a lock"


register(Locks("mariadb-table-locked", "lock tables messages write"))
register(Locks("mariadb-rows-locked", "begin",
               "select count(*) from messages for update"))
register(Locks("mariadb-index-pending-locked",
               "lock tables index_pending write"))


@register
class Deadlocks(Fault):
    """Somebody locks the rows that are updated, in the other order."""
    name, part, during = "mariadb-deadlocks", "mariadb", 20

    def arm(self, ctx):
        self.application = ctx.parts.sql_one(
            "select id from applications where token = %s", ctx.world.token)

    def count(self, ctx):
        return int(ctx.parts.sql_one(
            "show global status like 'Innodb_deadlocks'"))

    def inject(self, ctx):
        self.before = self.count(ctx)
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ctx,))
        self.thread.start()

        def met():
            """a deadlock was found"""
            return self.count(ctx) > self.before
        wait_until(met, 20)

    def run(self, ctx):
        things = sorted(t for t in ctx.world.shared if t[1])
        lock = ("select 1 from messages where application_id = %s and "
                "chat_number = %s and number = %s for update")
        with ctx.parts.database() as connection:
            with connection.cursor() as cursor:
                while not self.enough.is_set():
                    try:
                        cursor.execute("begin")
                        for thing in reversed(things):
                            cursor.execute(lock,
                                           (self.application, *thing))
                            time.sleep(0.005)
                        cursor.execute("rollback")
                    except pymysql.Error:
                        pass        # we were chosen to give way

    def undo(self, ctx):
        self.enough.set()
        self.thread.join(20)

    def proof(self, ctx):
        return f"{self.count(ctx) - self.before} deadlocks"


# --- OpenSearch refuses ---

@register
class IndexReadOnly(Fault):
    name, part, search, during = "opensearch-read-only", "opensearch", \
        True, 50

    def block(self, ctx, blocked):
        ctx.parts.search_request("PUT", f"{INDEX}/_settings",
                                 {"index.blocks.write": blocked})

    def inject(self, ctx):
        self.block(ctx, True)

        def in_debt():
            """messages wait to be indexed"""
            return ctx.parts.sql_one(
                "select count(*) from index_pending") > 20
        wait_until(in_debt, 10)

    def undo(self, ctx):
        self.block(ctx, False)

    def proof(self, ctx):
        return "messages waited to be indexed"


# --- parley-jobs dies again and again ---

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
