#!/usr/bin/env python3
# Stands between Parley and a service: passes bytes on, and stalls, cuts or drops them when told.
# SPDX-License-Identifier: BSD-2-Clause
"""
A program of its own, so that it has a processor of its own. Commands are
JSON lines on standard input, answers JSON lines on standard output:

  {"do": "rule", "link": NAME, "who": "jobs"|"fcgi"|"any"|PID,
   "way": "up"|"down", "match": HEX, "act": ACT, "most": N,
   "put": HEX}                                               -> {"id": ID}
  {"do": "hits", "id": ID}                                   -> {"hits": N}
  {"do": "release", "id": ID, "drop": BOOL}                  -> {}
  {"do": "retarget", "link": NAME, "to": ADDRESS}            -> {}
  {"do": "cut", "link": NAME, "every": N}                    -> {}

A rule meets what goes up (to the service) or down and contains `match`
(empty: anything), of connections of that process. ACT:
  hold         keep it, and all that follows, until the rule is released;
               dropped then, or passed on
  hold-answer  pass it on, keep what comes back until the rule is released
  cut          end the connection, with a reset
  cut-half     pass on half of it, then cut
  damage       put other bytes, as many, in the place of those that match
`most`: how often it acts; 0 for always.
"""
import asyncio
import json
import os
import pathlib
import socket
import struct
import sys


class Rule:
    def __init__(self, command):
        self.link, self.who = command["link"], command.get("who", "any")
        self.way = command.get("way", "up")
        self.match = bytes.fromhex(command.get("match", ""))
        self.act, self.most = command["act"], command.get("most", 0)
        self.put = bytes.fromhex(command.get("put", ""))
        self.hits, self.drop = 0, False
        self.released = asyncio.Event()

    def meets(self, connection, way, data):
        return (not self.released.is_set() and way == self.way
                and self.link == connection.link.name
                and (not self.most or self.hits < self.most)
                and self.match in data and connection.is_of(self.who))


class Connection:
    """A pair of sockets, and what passes between them."""

    def __init__(self, link, reader, writer):
        self.link, self.peer = link, None
        self.client = (reader, writer)
        self.server = None
        self.holding_answers = None     # a rule
        self.dead = asyncio.Event()

    def is_of(self, who):
        if who == "any":
            return True
        if self.peer is None:
            self.peer = pid_of_peer(
                self.client[1].get_extra_info("socket"),
                self.link.proxy.pids())
        if who in ("jobs", "fcgi"):
            jobs = self.link.proxy.pids().get("parley-jobs")
            return (self.peer == jobs) == (who == "jobs")
        return self.peer == who

    async def run(self):
        try:
            self.server = await connect(self.link.target)
        except OSError:
            self.kill()
            return
        await asyncio.gather(self.pump("up", self.client[0], self.server[1]),
                             self.pump("down", self.server[0],
                                       self.client[1]))

    async def pump(self, way, reader, writer):
        try:
            while data := await reader.read(65536):
                data = await self.obey(way, data)
                if self.dead.is_set():
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        self.kill()

    async def obey(self, way, data):
        """Lets a rule act on what is to be passed on."""
        if way == "down" and self.holding_answers is not None:
            await self.wait_for(self.holding_answers)
        for rule in self.link.proxy.rules:
            if not rule.meets(self, way, data):
                continue
            rule.hits += 1
            if rule.act == "hold":
                await self.wait_for(rule)
            elif rule.act == "hold-answer":
                self.holding_answers = rule
            elif rule.act == "cut":
                self.kill()
            elif rule.act == "damage":
                data = data.replace(rule.match, rule.put, 1)
            elif rule.act == "cut-half":
                target = self.server if way == "up" else self.client
                target[1].write(data[:max(1, len(data) // 2)])
                await asyncio.sleep(0.01)
                self.kill()
            break
        return data

    async def wait_for(self, rule):
        await rule.released.wait()
        if rule.drop:
            self.kill()

    def kill(self):
        """Resets both ends; what was not passed on is lost."""
        self.dead.set()
        for pair in (self.client, self.server):
            if pair is None or pair[1].is_closing():
                continue
            raw = pair[1].get_extra_info("socket")
            if raw.family != socket.AF_UNIX:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
            pair[1].transport.abort()


async def connect(address):
    if ":" in address:
        host, port = address.rsplit(":", 1)
        return await asyncio.open_connection(host, int(port))
    return await asyncio.open_unix_connection(address)


def pid_of_peer(raw, pids):
    """The process at the other end of an accepted connection; 0 if gone."""
    try:
        if raw.family == socket.AF_UNIX:
            return struct.unpack("3i", raw.getsockopt(
                socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        inode = inode_of(raw.getpeername()[1], raw.getsockname()[1])
        return owner_of(inode, pids.values()) if inode else 0
    except OSError:
        return 0


def inode_of(local, remote):
    with open("/proc/net/tcp", encoding="ascii") as table:
        next(table)
        for line in table:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == local \
                    and int(fields[2].split(":")[1], 16) == remote:
                return fields[9]
    return None


def owner_of(inode, pids):
    wanted = f"socket:[{inode}]"
    for pid in pids:
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") == wanted:
                    return pid
        except OSError:
            continue
    return 0


class Link:
    def __init__(self, proxy, name, listen, target):
        self.proxy, self.name = proxy, name
        self.listen, self.target = listen, target
        self.connections = set()

    async def accept(self, reader, writer):
        connection = Connection(self, reader, writer)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    async def serve(self):
        if ":" in self.listen:
            host, port = self.listen.rsplit(":", 1)
            return await asyncio.start_server(self.accept, host, int(port))
        if os.path.exists(self.listen):
            os.unlink(self.listen)
        return await asyncio.start_unix_server(self.accept, self.listen)


class Proxy:
    def __init__(self, run):
        self.run, self.rules, self.links = run, [], {}

    def pids(self):
        """The stack's processes, by name."""
        found = {}
        for path in pathlib.Path(self.run).glob("*.pid"):
            try:
                found[path.stem] = int(path.read_text())
            except (OSError, ValueError):
                pass
        return found

    def obey(self, command):
        do = command["do"]
        if do == "rule":
            self.rules.append(Rule(command))
            return {"id": len(self.rules) - 1}
        if do == "retarget":
            self.links[command["link"]].target = command["to"]
            return {}
        if do == "cut":
            for connection in list(self.links[command["link"]].connections)[
                    ::command["every"]]:
                connection.kill()
            return {}
        rule = self.rules[command["id"]]
        if do == "release":
            rule.drop = command.get("drop", False)
            rule.released.set()
        return {"hits": rule.hits}

    async def main(self, links):
        for name, listen, target in links:
            self.links[name] = Link(self, name, listen, target)
            await self.links[name].serve()
        commands = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        print("{}", flush=True)
        while line := await commands.readline():
            print(json.dumps(self.obey(json.loads(line))), flush=True)
        os._exit(0)     # what still hangs in connections goes with it


if __name__ == "__main__":
    # proxy.py RUN NAME=LISTEN=TARGET...
    asyncio.run(Proxy(sys.argv[1]).main(
        [argument.split("=") for argument in sys.argv[2:]]))
