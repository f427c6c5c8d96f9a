# The benchmarks of single routes: what each sends, what it needs before, and what must hold after.
# SPDX-License-Identifier: BSD-2-Clause
import contextlib
import random
import threading

from load import wait
from target import API

BODY = {"body": "Forty-two characters are quite enough here"}
MANY = 10000            # messages that reads are spread over
UPDATES_S = 50          # updates of them a second, meanwhile


class Route:
    """Its name is that of its row in the table."""

    def __init__(self, name):
        self.name = name

    def prepare(self, target):
        """Once, before all rounds."""

    def request(self):
        """paths, and method and body if it is no GET."""
        raise NotImplementedError

    def around(self, target):
        """A context for one round."""
        return contextlib.nullcontext()

    def check(self, target, result):
        """After one round: AssertionError if an answer was not true."""


class Hello(Route):
    """The ceiling: a bare libfcgi program behind the same web server."""

    def request(self):
        return {"paths": ["/hello"]}


class Updates:
    """with Updates(...): somebody updates messages at random meanwhile."""

    def __init__(self, target, paths):
        self.target, self.paths = target, paths
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        number = 0
        while not self.stop.wait(1 / UPDATES_S):
            number += 1
            self.target.send("PUT", random.choice(self.paths),
                           {"body": f"Updated for the {number}th time"})

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


class Get(Route):
    """One message of many. fresh: all are in Redis, and not stored yet."""

    def __init__(self, name, fresh):
        super().__init__(name)
        self.fresh = fresh

    def prepare(self, target):
        chat = target.new_chat(self.name)
        target.fill(chat, MANY)
        path = target.messages(chat)
        self.paths = [f"{path}/{n}" for n in range(1, MANY + 1)]

    def request(self):
        return {"paths": self.paths}

    @contextlib.contextmanager
    def around(self, target):
        with contextlib.ExitStack() as stack:
            if self.fresh:
                stack.enter_context(target.jobs_stopped())
                target.send_all("PUT", self.paths, BODY)
            stack.enter_context(Updates(target, self.paths))
            yield

    def check(self, target, result):
        for path in random.sample(self.paths, 20):
            message = target.send("GET", path)
            assert path.endswith(f"/{message['number']}"), path


class List(Route):
    """Pages of a chat. again: the same few; else each another one."""

    def __init__(self, name, limit, again):
        super().__init__(name)
        self.limit, self.again = limit, again

    def prepare(self, target):
        chat = target.messages(target.new_chat(self.name))
        count = 20 * self.limit if self.again else 400000
        target.fill(int(chat.split("/")[-2]), count)
        after = range(0, count, self.limit) if self.again else \
            random.sample(range(count - self.limit), 50000)
        self.paths = [f"{chat}?limit={self.limit}&after={n}" for n in after]

    def request(self):
        return {"paths": self.paths}

    def check(self, target, result):
        for path in random.sample(self.paths, 10):
            after = int(path.rsplit("=", 1)[1])
            numbers = [m["number"] for m in target.send("GET", path)]
            assert numbers == list(range(after + 1,
                                         after + self.limit + 1)), path


class Post(Route):
    """
    Messages into one chat; jobs: whether they store meanwhile. They do not
    index if that is for OpenSearch. What wrk has sent and not seen answered
    when it ended may be there too.
    """

    def __init__(self, name, jobs):
        super().__init__(name)
        self.jobs = jobs

    def prepare(self, target):
        self.number = target.new_chat(self.name)
        self.path = target.messages(self.number)

    def request(self):
        return {"paths": [self.path], "method": "POST", "body": BODY}

    @contextlib.contextmanager
    def around(self, target):
        self.before = target.stored(self.number)
        with target.index_stopped() if self.jobs else target.jobs_stopped():
            yield

    def check(self, target, result):
        last = target.send("POST", self.path, BODY)["number"]
        wait(lambda: target.is_whole(self.number, last), 120)
        count = target.stored(self.number) - self.before - 1
        least = result["requests"] - result["errors"]
        assert least <= count <= least + result["clients"], (least, count)


class PostOther(Route):
    """Chats of one application, or applications."""

    def __init__(self, name, body):
        super().__init__(name)
        self.body = body

    def request(self):
        return {"paths": [self.path], "method": "POST", "body": self.body}

    def prepare(self, target):
        self.path = target.chats if self.name == "POST chat" else API


class Search(Route):
    """A chat of many messages, by words that few or many have."""

    def prepare(self, target):
        number = target.new_chat(self.name)
        target.fill(number, MANY, indexed=True)
        self.paths = [f"{target.messages(number)}/search?q={n}"
                      for n in range(1000, MANY)]

    def request(self):
        return {"paths": self.paths}

    def check(self, target, result):
        for path in random.sample(self.paths, 5):
            wanted = path.rsplit("=", 1)[1]
            found = [m["number"] for m in target.send("GET", path)]
            assert int(wanted) in found, (path, found)


ROUTES = (
    Hello("hello"),
    Get("GET message, fresh", fresh=True),
    Get("GET message, old", fresh=False),
    List("GET 20 messages, first", 20, again=False),
    List("GET 20 messages, again", 20, again=True),
    List("GET 50 messages, first", 50, again=False),
    List("GET 200 messages, first", 200, again=False),
    Post("POST message, jobs paused", jobs=False),
    Post("POST message, jobs running", jobs=True),
    PostOther("POST chat", {"name": "A chat of the benchmark"}),
    PostOther("POST application", {"name": "Of the benchmark"}),
    Search("search"),
)
