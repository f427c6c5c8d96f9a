# Concurrent clients that write, and read back what they wrote, until told to stop.
# SPDX-License-Identifier: BSD-2-Clause
import http.client
import itertools
import json
import random
import threading
import urllib.parse
import uuid

import history as h

API = "/api/v1/applications"
DEADLINE = 10               # s: whatever takes longer has hung
PAUSE = 0.02                # s between a client's requests, on average
KEYED = 0.4                 # of the writes come with an Idempotency-Key
TRIES, RETRY_PAUSE = 12, 0.25


class Connection:
    """Keeps its connection; nothing is ever sent twice."""

    def __init__(self, url, deadline=DEADLINE):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.deadline = deadline
        self.http = None

    def close(self):
        if self.http is not None:
            self.http.close()
        self.http = None

    def send(self, method, path, body=None, key=""):
        """(status, content type, bytes); OSError or HTTPException."""
        if self.http is None:
            self.http = http.client.HTTPConnection(
                self.host, self.port, timeout=self.deadline)
        try:
            headers = {}
            if body is not None:
                body = json.dumps(body).encode()
                headers["Content-Type"] = "application/json"
            if key:
                headers["Idempotency-Key"] = f'"{key}"'
            self.http.request(method, path, body, headers)
            answer = self.http.getresponse()
            content = answer.read()
            if answer.will_close:
                self.close()
            return answer.status, answer.headers.get("Content-Type"), content
        except BaseException:
            self.close()
            raise


def text_of(item):
    return item["body"] if "body" in item else item["name"]


def judge(attempt, status, kind, content):
    """Sets what came of an attempt, from its answer."""
    attempt.status = status
    try:
        attempt.answer = json.loads(content)
    except ValueError:
        attempt.outcome = h.WRONG
        attempt.answer = content[:200].decode(errors="replace")
        return
    if status in (200, 201):
        attempt.outcome = h.ACCEPTED
        if attempt.op == "list":
            attempt.answer = [(item["number"], text_of(item))
                              for item in attempt.answer]
    elif status in (500, 502, 503, 504) \
            and "request_id" not in attempt.answer:
        attempt.outcome = h.LOST    # no responder said so, but lighttpd
        attempt.answer = "the web server's own"
    elif status == 503 and kind == "application/problem+json":
        attempt.answer = attempt.answer["type"].rsplit(":", 1)[1]
        attempt.outcome = h.UNKNOWN if attempt.answer == "outcome-unknown" \
            else h.REFUSED
    elif status == 409 and attempt.key:
        attempt.outcome = h.BUSY
    else:
        attempt.outcome = h.WRONG


def worst(outcomes):
    """What is known of a write that was sent several times with one key."""
    for outcome in h.WRONG, h.HUNG, h.LOST, h.BUSY, h.UNKNOWN:
        if outcome in outcomes:
            return h.UNKNOWN if outcome == h.BUSY else outcome
    return h.REFUSED


class World:
    """What the clients share: the application, its chats, the history."""

    def __init__(self, url, seed):
        self.url, self.seed = url, seed
        self.history = h.History()
        self.connection = Connection(url)
        self.token = self.must("POST", API, {"name": f"faults {seed}"})[
            "token"]
        self.root = f"{API}/{self.token}/chats"
        self.chats = []         # numbers that were answered
        self.messages = []      # (chat, number) that were answered
        self.shared = []        # things that several clients update
        self.awaited = {}       # texts that quiet waits for, by their things
        self.counter = itertools.count(1)

    def text(self, who):
        """One that nobody has written before."""
        return f"{self.seed} {who} text{next(self.counter)}"

    def must(self, method, path, body=None):
        status, _, content = self.connection.send(method, path, body)
        assert status in (200, 201), (method, path, status, content)
        return json.loads(content)

    def path(self, chat, number=0):
        return f"{self.root}/{chat}" + (f"/messages/{number}" if number
                                        else "")

    def attempt(self, connection, client, op, chat, number, text=""):
        """Does it and records it."""
        method, path, body = self.request_of(op, chat, number, text)
        a = h.Attempt(client, op, chat, number, text, self.history.now())
        try:
            answer = connection.send(method, path, body)
            a.ended = self.history.now()
            judge(a, *answer)
        except TimeoutError:
            a.ended = self.history.now()
            a.outcome = h.HUNG if connection.deadline >= DEADLINE \
                else h.LOST
        except (OSError, http.client.HTTPException) as error:
            a.ended = self.history.now()
            a.answer = repr(error)
        if a.outcome == h.ACCEPTED and op in h.CREATES:
            self.learn(a)
        self.history.attempts.append(a)
        return a

    def persist(self, connection, client, op, chat, number, text, stopped):
        """
        Sends it with a key of its own until it is answered, at most TRIES
        times; recorded as one attempt.
        """
        method, path, body = self.request_of(op, chat, number, text)
        a = h.Attempt(client, op, chat, number, text, self.history.now(),
                      key=str(uuid.uuid4()), tries=0)
        outcomes = set()
        while a.tries < TRIES and not outcomes & {h.ACCEPTED, h.WRONG,
                                                  h.HUNG}:
            if a.tries and stopped.wait(RETRY_PAUSE):
                break
            a.tries += 1
            a.outcome = h.LOST
            try:
                judge(a, *connection.send(method, path, body, a.key))
            except TimeoutError:
                a.outcome = h.HUNG
            except (OSError, http.client.HTTPException) as error:
                a.answer = repr(error)
            outcomes.add(a.outcome)
        if a.outcome != h.ACCEPTED:
            a.outcome = worst(outcomes)
        a.ended = self.history.now()
        if a.outcome == h.ACCEPTED and op in h.CREATES:
            self.learn(a)
        self.history.attempts.append(a)
        return a

    def request_of(self, op, chat, number, text):
        if op == "create-chat":
            return "POST", self.root, {"name": text}
        if op == "create-message":
            return "POST", self.path(chat) + "/messages", {"body": text}
        if op == "update-chat":
            return "PUT", self.path(chat), {"name": text}
        if op == "update-message":
            return "PUT", self.path(chat, number), {"body": text}
        if op == "read":
            return "GET", self.path(chat, number), None
        if chat:                # a list: the newest first
            return "GET", self.path(chat) + "/messages?order=desc", None
        return "GET", self.root + "?order=desc", None

    def learn(self, a):
        if a.op == "create-chat":
            a.chat = a.answer["number"]
            self.chats.append(a.chat)
        else:
            a.number = a.answer["number"]
            self.messages.append((a.chat, a.number))

    def prepare(self):
        """Some chats, and things for several clients to update."""
        for i in range(4):
            a = self.attempt(self.connection, "setup", "create-chat", 0, 0,
                             f"{self.seed} chat {i}")
            assert a.outcome == h.ACCEPTED, a
            if i < 2:
                self.shared.append(a.thing)
        for i in range(4):
            a = self.attempt(self.connection, "setup", "create-message",
                             self.chats[0], 0, f"{self.seed} shared {i}")
            assert a.outcome == h.ACCEPTED, a
            self.shared.append(a.thing)


class Client(threading.Thread):
    """One of four kinds: creates in many chats, creates in the busy one,
    updates what is its own alone, updates what others update too."""

    def __init__(self, world, index, stop):
        super().__init__(name=f"client {index}", daemon=True)
        self.world, self.index, self.stopped = world, index, stop
        self.random = random.Random(f"{world.seed}/{index}")
        self.connection = Connection(world.url)
        self.own = []

    def run(self):
        act = (self.create, self.create_busy, self.update_own,
               self.update_shared)[self.index % 4]
        while not self.stopped.is_set():
            pause = self.random.expovariate(1 / PAUSE)
            a = act()
            if a.outcome == h.ACCEPTED:
                self.read_back(a)
            else:
                pause += PAUSE
                self.read_any(0.3)
            self.stopped.wait(min(pause, 5 * PAUSE))
        self.connection.close()

    def do(self, op, chat, number=0, text=None):
        if text is None and op not in h.READS:
            text = self.world.text(self.name)
            if self.random.random() < KEYED:
                return self.world.persist(self.connection, self.name, op,
                                          chat, number, text, self.stopped)
        return self.world.attempt(self.connection, self.name, op, chat,
                                  number, text or "")

    def create(self):
        if self.random.random() < 0.15:
            return self.do("create-chat", 0)
        return self.do("create-message", self.random.choice(
            self.world.chats))

    def create_busy(self):
        return self.do("create-message", self.world.chats[1])

    def update_own(self):
        dice = self.random.random()
        if not self.own or dice < 0.2:
            a = self.create()
            if a.outcome == h.ACCEPTED:
                self.own.append(a.thing)
            return a
        return self.update(self.random.choice(self.own[-6:]))

    def update_shared(self):
        return self.update(self.random.choice(self.world.shared))

    def update(self, thing):
        op = "update-message" if thing[1] else "update-chat"
        return self.do(op, *thing)

    def read_back(self, a):
        """What was just answered, or what somebody was answered before."""
        dice = self.random.random()
        if dice < 0.3:
            self.do("read", *a.thing)
        elif dice < 0.38:
            self.do("list", a.chat if a.number else 0)
        else:
            self.read_any(0.06)

    def read_any(self, often):
        if self.world.messages and self.random.random() < often:
            self.do("read", *self.random.choice(self.world.messages))


class Load:
    """with Load(world): clients write until the block ends."""

    def __init__(self, world, count=16):
        self.stop = threading.Event()
        self.clients = [Client(world, i, self.stop) for i in range(count)]

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for client in self.clients:
            client.join(2 * DEADLINE)
            assert not client.is_alive(), f"{client.name} does not end"
