# MariaDB refuses, makes wait, and has no room.
# SPDX-License-Identifier: BSD-2-Clause
import os
import shutil
import subprocess
import threading
import time

import pymysql

from clients import Connection
from fault import Fault, kill_now, register
from history import ACCEPTED
from parts import wait_until


@register
class ReadOnly(Fault):
    """Nothing is stored, whatever is answered meanwhile."""
    name, part = "mariadb-read-only", "mariadb"

    def rows(self, ctx):
        return ctx.parts.sql_one("select count(*) from messages")

    def inject(self, ctx):
        ctx.parts.sql("set global read_only = 1")
        self.stored = self.rows(ctx)
        before = ctx.world.history.accepted()

        def met():
            """writes are answered that cannot be stored"""
            self.answered = ctx.world.history.accepted() - before
            return self.answered > 50
        wait_until(met, 10)
        self.grown = self.rows(ctx) - self.stored

    def undo(self, ctx):
        ctx.parts.sql("set global read_only = 0")

    def proof(self, ctx):
        assert not self.grown, f"{self.grown} rows were stored"
        return f"{self.answered} writes answered, no row stored"


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
            "where user like 'parley%'") if number not in ours]
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
                "user like 'parley%%' and (state like '%%lock%%' or "
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


@register
class DiskFull(Fault):
    """
    ENOSPC: the data directory is a small tmpfs, which is full but for a few
    kilobytes. Long messages soon need another extent.
    """
    name, part, root = "mariadb-disk-full", "mariadb", True
    words = (b"Disk full", b"is full", b"No space left", b"errno: 28")

    def errors(self, ctx):
        logs = ctx.parts.log("parley-jobs") + ctx.parts.log("mariadb")
        return sum(logs.count(words) for words in self.words)

    def inject(self, ctx):
        self.place = ctx.parts.run / "mariadb"
        self.disk = ctx.parts.run / "mariadb.disk"
        self.stop(ctx)
        self.place.rename(self.disk)
        self.place.mkdir()
        self.mount(ctx)
        self.before = self.errors(ctx)
        client = Connection(ctx.world.url)

        def met():
            """the disk is full"""
            ctx.world.attempt(client, "filler", "create-message",
                              ctx.world.chats[0], 0, ctx.world.text("filler")
                              + " long" * 3000)
            return self.errors(ctx) > self.before
        wait_until(met, 25, pause=0.01)
        client.close()

    def stop(self, ctx):
        pid = ctx.parts.pid("mariadb")
        if pid:
            kill_now(pid)

    def mount(self, ctx):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4G", "tmpfs",
                        self.place], check=True)
        shutil.copytree(self.disk, self.place, dirs_exist_ok=True)
        ctx.parts.up()
        disk = os.statvfs(self.place)
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        subprocess.run(["mount", "-o", f"remount,size={used + 65536}",
                        self.place], check=True)

    def undo(self, ctx):
        """Room again, and then back to where it was."""
        if not os.path.ismount(self.place):
            return
        self.count = self.errors(ctx) - self.before
        self.stop(ctx)
        back = self.disk.with_name("mariadb.back")
        shutil.copytree(self.place, back)
        subprocess.run(["umount", self.place], check=True)
        self.place.rmdir()
        back.rename(self.place)
        shutil.rmtree(self.disk)

    def proof(self, ctx):
        return f"{self.count} times no space left"


@register
class Poison(Fault):
    """
    Events that cannot be stored: MySQL refuses creations and updates by a
    trigger, some are no JSON or of no known format. What is mended in time
    is stored by a later try; the others end as dead letters.
    """
    name, part, during = "poison", "mariadb", 50
    trigger = ("create trigger poison before insert on messages for each "
               "row if new.body like '%%unstorable%%' then "
               "signal sqlstate '45000'; end if")
    unreadable = (b'{"no json\n', b'{"v": 99, "type": "message"}\n', b"\xff\n")

    def inject(self, ctx):
        self.client = Connection(ctx.world.url)
        self.chat = ctx.world.chats[0]
        self.words = b"to be tried again"
        self.before = ctx.parts.log("parley-jobs").count(self.words)
        good = [self.write(ctx, "good") for _ in range(3)]
        ctx.parts.sql(self.trigger)
        for number in good:
            self.write(ctx, "unstorable", number)
        for _ in range(3):
            self.write(ctx, "unstorable")
        with ctx.parts.broker() as broker:
            for letter in self.unreadable:
                self.letters += 1
                broker.publish("parley", "write", letter)
        self.delay = self.time_of_neighbour(ctx)

    def write(self, ctx, what, number=0):
        """An update of that message, or a new one; it must be stored."""
        op = "update-message" if number else "create-message"
        a = ctx.world.attempt(self.client, what, op, self.chat, number,
                              f"{ctx.world.text('fault')} {what}")
        if a.outcome == ACCEPTED:
            ctx.world.awaited[a.thing] = a.text
            ctx.world.attempt(self.client, what, "read", *a.thing)
        return a.number

    def time_of_neighbour(self, ctx):
        """From the answer to the row, of one that is good."""
        number = self.write(ctx, "good")
        began = time.monotonic()

        def stored():
            """the neighbour is stored"""
            return ctx.parts.sql_one(
                "select count(*) from messages join applications a on "
                "a.id = application_id where token = %s and chat_number = "
                "%s and number = %s", ctx.world.token, self.chat, number)
        wait_until(stored, 10)
        return time.monotonic() - began

    def undo(self, ctx):
        ctx.parts.sql("drop trigger if exists poison")
        self.client.close()

    def proof(self, ctx):
        tried = ctx.parts.log("parley-jobs").count(self.words) - self.before
        assert tried, "nothing was refused"

        def parked():
            """what is no event has become dead letters"""
            return ctx.parts.queue("parley.dead") >= self.letters
        wait_until(parked, 10)
        return f"{tried} refusals, a neighbour was stored in {self.delay:.2f} s"
