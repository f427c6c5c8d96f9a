# Redis forgets, is full, is another one.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import shutil
import subprocess
import time

from redis import RedisError

from fault import Fault, Kill, Proxied, register
from parts import wait_until

TREE = pathlib.Path(__file__).resolve().parents[2]


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
            self.room = redis.config_get("maxmemory")["maxmemory"]
            redis.config_set("maxmemory", 1000000)

            def met():
                """a write is refused"""
                return self.refused(redis) > self.before
            wait_until(met, 10)

    def undo(self, ctx):
        with ctx.parts.redis() as redis:
            self.count = self.refused(redis) - self.before
            redis.config_set("maxmemory", self.room)

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


class SecondRedis(Proxied):
    """
    Another Redis, empty, is what new connections meet; the first still
    answers those that it has. Later it is the first again for everybody.
    split: for a while half of the connections are with each.
    """
    part, stale, during = "redis", True, 20

    def __init__(self, name, split):
        super().__init__(name, "redis")
        self.split = self.unordered = split

    def arm(self, ctx):
        self.epoch = ctx.parts.epoch()

    def inject(self, ctx):
        ports = ctx.parts.ports
        port, home = int(ports["dist"]) + 1, ctx.parts.run / "redis.second"
        home.mkdir(exist_ok=True)
        for name in home.iterdir():
            shutil.rmtree(name) if name.is_dir() else name.unlink()
        self.second = subprocess.Popen(
            ["redis-server", TREE / "conf/redis/parley.conf", "--bind",
             "127.0.0.1", "--port", str(port), "--dir", home,
             "--aclfile", ctx.parts.run / "redis" / "users.acl"],
            stdout=subprocess.DEVNULL)
        wait_until(lambda: answers(ctx.parts, port), 10)
        ctx.network.tell(do="retarget", link="redis",
                         to=f"127.0.0.1:{port}")
        if self.split:
            ctx.network.tell(do="cut", link="redis", every=2)
            time.sleep(1.5)
        ctx.network.tell(do="cut", link="redis", every=1)
        self.port = port

    def undo(self, ctx):
        with ctx.parts.redis(self.port) as redis:
            self.life = redis.get("p:life")
        ctx.network.tell(do="retarget", link="redis",
                         to=f"127.0.0.1:{ctx.parts.ports['redis']}")
        if self.split:
            ctx.network.tell(do="cut", link="redis", every=2)
            time.sleep(1.0)
        ctx.network.tell(do="cut", link="redis", every=1)
        self.second.kill()
        self.second.wait()

    def proof(self, ctx):
        assert self.life, "nobody wrote to the second Redis"
        return (f"the second's life {self.life[:12]}, epoch {self.epoch} "
                f"-> {ctx.parts.epoch()}")


def answers(parts, port):
    try:
        with parts.redis(port) as redis:
            return redis.ping()
    except RedisError:
        return False


register(SecondRedis("redis-second-and-back", split=False))
register(SecondRedis("redis-second-beside", split=True))
