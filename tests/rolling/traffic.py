# A steady load of reads and writes over every family of routes, of which nothing may fail.
# SPDX-License-Identifier: BSD-2-Clause
import collections
import http.client
import json
import uuid

from client import JSON
from crowd import Crowd
from stack import wait_until

API = "/api/v1/applications"
PAUSE_S = 0.01          # between two requests of a client

Bad = collections.namedtuple("Bad", "method path answer")


class Traffic(Crowd):
    """
    `count` clients that ask for everything, one after the other, until told
    to stop. Whatever is not a 2xx is in `bad`, and so is a connection that
    was cut or silent; written is {(path of the list, number): text}.
    """

    def __init__(self, client, application, chat, count=16):
        super().__init__(count, patience=60)
        self.client, self.chat = client, chat
        self.application = f"{API}/{application['token']}"
        self.chats = self.application + "/chats"
        self.done, self.bad = collections.Counter(), []
        self.written, self.twice = {}, []
        self.ids = []           # of requests that were answered

    def run(self, number):
        turns = [self.write_message, self.read_message, self.change_message,
                 self.list_messages, self.search, self.write_chat,
                 self.read_chat, self.list_chats, self.write_application,
                 self.read_application, self.live]
        own = {}                # this client's newest message and chat
        while not self.enough.is_set():
            for i in range(len(turns)):
                turns[(i + number) % len(turns)](own)
                self.enough.wait(PAUSE_S)

    def ask(self, method, path, body=None):
        """The answer's JSON; None if that was not a 2xx."""
        try:
            answer = self.client.raw(
                method, path,
                None if body is None else json.dumps(body).encode(),
                {} if body is None else {"Content-Type": JSON})
            content = answer.json if answer.status in (200, 201) else None
        except (OSError, http.client.HTTPException) as error:
            answer, content = error, None
        with self.lock:
            self.done[method, path.count("/")] += 1
            if content is None:
                self.bad.append(Bad(method, path, answer))
            else:
                self.ids.append(answer.headers["X-Request-Id"])
        return content

    def write(self, method, path, field):
        text = str(uuid.uuid4())
        made = self.ask(method, path, {field: text})
        if made is None:
            return None
        where = path if method == "POST" else path.rsplit("/", 1)[0]
        with self.lock:
            if method == "POST" and (where, made["number"]) in self.written:
                self.twice.append((where, made["number"]))
            self.written[where, made["number"]] = text
        return made["number"]

    def write_message(self, own):
        own["message"] = self.write("POST", self.chat.messages, "body")

    def change_message(self, own):
        if own.get("message"):
            self.write("PUT", self.chat.message(own["message"]), "body")

    def read_message(self, own):
        if own.get("message"):
            path = self.chat.message(own["message"])
            got = self.ask("GET", path)
            expected = self.written[self.chat.messages, own["message"]]
            if got is not None and got["body"] != expected:
                self.bad.append(Bad("GET", path, got))

    def list_messages(self, _):
        self.ask("GET", self.chat.messages + "?order=desc&limit=5")

    def search(self, _):
        self.ask("GET", self.chat.search + "?q=abc")

    def write_chat(self, own):
        own["chat"] = self.write("POST", self.chats, "name")

    def read_chat(self, own):
        if own.get("chat"):
            self.ask("GET", f"{self.chats}/{own['chat']}")

    def list_chats(self, _):
        self.ask("GET", self.chats + "?limit=5")

    def write_application(self, _):
        self.ask("POST", API, {"name": "one more"})

    def read_application(self, _):
        self.ask("GET", self.application)

    def live(self, _):
        self.ask("GET", "/livez")
        self.ask("GET", "/readyz")

    def more(self, count, seconds=60):
        """Waits until so many more requests were answered, or one failed."""
        goal = self.done.total() + count

        def answered():
            """the clients are answered"""
            return self.bad or self.done.total() >= goal
        wait_until(answered, seconds)

    def nothing_failed(self):
        assert not self.bad, (len(self.bad), self.done.total(), self.bad[:5])
        assert not self.twice

    def every_request_left_one_line(self, stack):
        """In the log of the process that answered it, whatever became of it."""
        def lines():
            for name in stack.responders():
                log = (stack.run / f"{name}.log").read_text()
                # A program's --test says what is wrong in plain words.
                yield from (json.loads(line) for line in log.splitlines()
                            if line.startswith("{") and line.endswith("}"))

        def all_there():
            """each answered request has left its line"""
            count = collections.Counter(
                line["request_id"] for line in lines()
                if line["message"] in ("request", "slow request"))
            assert max(count[name] for name in self.ids) <= 1
            return all(count[name] for name in self.ids)
        wait_until(all_there)

    def every_write_is_there_once(self, db, seconds=30):
        """In MySQL, as it was last written; and no text of a POST twice."""
        token = self.application.rsplit("/", 1)[1]

        def rows():
            found = {}
            for row in db("""select m.number, m.body from messages m
                    join applications a on m.application_id = a.id
                    where a.token = %s and m.chat_number = %s""",
                          token, self.chat.number):
                found[self.chat.messages, row["number"]] = row["body"]
            for row in db("""select c.number, c.name from chats c
                    join applications a on c.application_id = a.id
                    where a.token = %s""", token):
                found[self.chats, row["number"]] = row["name"]
            return found

        def all_there():
            """every answered write is stored"""
            found = rows()
            return all(found.get(key) == text
                       for key, text in self.written.items())
        wait_until(all_there, seconds, pause=0.2)
        found = rows()
        # Nothing failed, so there is nothing that was not answered.
        assert found.keys() - self.written.keys() == {
            (self.chats, self.chat.number)}
        assert len(set(found.values())) == len(found)
