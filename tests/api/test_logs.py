# The log: a line for each request, traces, slow ones, what SIGHUP changes, tokens left out.
# SPDX-License-Identifier: BSD-2-Clause
import collections
import contextlib
import hashlib
import http.server
import json
import os
import signal
import subprocess
import threading
import urllib.request

import pymysql
import pytest

from client import query
from stack import others, wait_until

API = "/api/v1/applications"
CHATS = API + "/:token/chats"
MESSAGES = CHATS + "/:chat/messages"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARTS = ["own_us", "web_us", "turn_us", "redis_us", "rabbitmq_us", "mysql_us",
         "search_us"]


class Logs:
    """The lines that the stack's programs write while a test runs."""

    def __init__(self, stack):
        self.stack = stack
        self.seen = {path: path.stat().st_size for path in self.files()}

    def files(self):
        return [path for path in self.stack.run.glob("*.log")
                if path.stem in ("parley-jobs", "all") or
                path.stem.rsplit("-", 1)[-1].isdigit()]

    def lines(self, name=None):
        """Every line, as an object; each must be one."""
        found = []
        for path in self.files():
            if name is not None and path.stem != name:
                continue
            with path.open("rb") as file:
                file.seek(self.seen.get(path, 0))
                whole = file.read().rpartition(b"\n")[0]
            found += [json.loads(line) for line in whole.splitlines()]
        return found

    def of(self, request_id, name=None):
        return [line for line in self.lines(name)
                if line.get("request_id") == request_id]


@pytest.fixture
def logs(stack):
    return Logs(stack)


@pytest.fixture
def hangup(stack, logs):
    """hangup(key=value, ...): all programs read a configuration that has it."""
    conf = stack.run / "parley.conf"
    before = conf.read_text()
    names = stack.responders() + ["parley-jobs"]

    def said():
        """How often each process has said that it read it."""
        return collections.Counter(
            line["pid"] for line in logs.lines()
            if line["message"].startswith("SIGHUP: ") and
            "restart" not in line["message"])

    def send(**keys):
        conf.write_text(before + "".join(
            f"{key} = {value}\n" for key, value in keys.items()))
        pids = {stack.pid(name) for name in names}
        before_this = said()
        for pid in pids:
            os.kill(pid, signal.SIGHUP)

        def all_said():
            """each has said that it has read it"""
            now = said()
            return all(now[pid] > before_this[pid] for pid in pids)
        wait_until(all_said)
    yield send
    send()


def short(token):
    return "#" + hashlib.sha256(token.encode()).hexdigest()[:8]


def trace_of(line):
    return {name: line[name] for name in ("trace_id", "span_id", "parent_id")
            if name in line}


# --- a line for each request --------------------------------------------------

# method, what follows the application's path, body, route, status, numbers
REQUESTS = [
    ("GET", "", None, API + "/:token", 200, {}),
    ("PUT", "", {"name": "n"}, API + "/:token", 200, {}),
    ("PUT", "", {"name": " "}, API + "/:token", 422, {}),
    ("GET", "/chats", None, CHATS, 200, {}),
    ("POST", "/chats", {"name": "c"}, CHATS, 201, {"chat": 2}),
    ("GET", "/chats/9", None, CHATS + "/:chat", 404, {"chat": 9}),
    ("HEAD", "/chats/1", None, CHATS + "/:chat", 200, {"chat": 1}),
    ("PATCH", "/chats/1", {"name": "x" * 256}, CHATS + "/:chat", 422,
     {"chat": 1}),
    ("POST", "/chats/1/messages", {"body": "Grüße"}, MESSAGES, 201,
     {"chat": 1, "message_number": 2}),
    ("POST", "/chats/1/messages", {"text": "x"}, MESSAGES, 422, {"chat": 1}),
    ("PUT", "/chats/1/messages/1", {"body": "b"}, MESSAGES + "/:message", 200,
     {"chat": 1, "message_number": 1}),
    ("GET", "/chats/1/messages/1", None, MESSAGES + "/:message", 200,
     {"chat": 1, "message_number": 1}),
    ("GET", "/chats/1/messages", None, MESSAGES, 200, {"chat": 1}),
    ("GET", "/chats/1/messages?limit=999", None, MESSAGES, 400, {"chat": 1}),
    ("DELETE", "/chats/1/messages", None, MESSAGES, 405, {"chat": 1}),
    ("GET", "/chats/1/messages/search?q=gr", None, MESSAGES + "/search", 200,
     {"chat": 1}),
    ("GET", "/chats/1/messages/search", None, MESSAGES + "/search", 422,
     {"chat": 1}),
    ("GET", "/nothing/there", None, "none", 404, {}),
]


def the_line(logs, request_id):
    def written():
        """the request has left its line"""
        return logs.of(request_id)
    line, = wait_until(written)
    return line


def test_each_request_leaves_a_line_that_agrees_with_what_was_sent(
        client, logs, chat, hangup):
    hangup(log_slow_ms=0)       # whatever else this machine does
    chat.write("the first")

    def searches():
        """the search node, whose first answer is a late one, answers"""
        return client.raw("GET", query(chat.search, q="x")).status == 200
    wait_until(searches)
    for i, (method, rest, body, route, status, numbers) in enumerate(REQUESTS):
        sent = b"" if body is None else json.dumps(body).encode()
        answer = client.raw(
            method, f"{API}/{chat.token}{rest}", sent or None,
            {"X-Request-Id": f"row-{i}", "Content-Type": "application/json"})
        assert answer.status == status, answer
        line = the_line(logs, f"row-{i}")
        expected = {
            "message": "request", "level": "info", "route": route,
            "method": "?" if method == "DELETE" else method,
            "status": status, "bytes_in": len(sent),
            "bytes_out": len(answer.body), **numbers}
        if route != "none":
            expected["token"] = short(chat.token)
        if answer.problem:
            expected["problem"] = answer.problem
            expected["why"] = answer.json["detail"]
        kept = {name: value for name, value in line.items()
                if name in expected or name in (
                    "token", "chat", "message_number", "problem", "why",
                    "slow", "trace_id")}
        assert kept == expected
        assert sum(line.get(part, 0) for part in PARTS) == line["total_us"]
        assert 0 < line["total_us"] <= answer.seconds * 1e6


def test_a_write_says_how_long_redis_and_the_broker_took(client, logs, chat):
    client.post(chat.messages, {"body": "x"}, headers={
        "X-Request-Id": "a-timed-write"})
    line = the_line(logs, "a-timed-write")
    assert line["redis_us"] > 0 and line["rabbitmq_us"] > 0


def test_no_line_has_a_token_or_a_text(client, logs, chat, hangup, threads):
    hangup(log_level="debug")
    words = "words-of-a-message-that-nobody-logs"
    for path in (chat.path, chat.messages, chat.path.upper(), chat.path + "x",
                 query(chat.search, q=words), query(chat.path, token=chat.token)):
        client.raw("GET", path)
        client.raw("POST", path, json.dumps({"body": words}).encode(), {
            "Content-Type": "application/json", "X-Request-Id": "the-last"})
    the_last = [line for line in logs.lines()]
    assert any(line.get("token") == short(chat.token) for line in the_last)
    everything = json.dumps(the_last).lower()
    assert chat.token not in everything and chat.token[1:] not in everything
    assert words not in everything


# --- traces --------------------------------------------------------------------

def test_a_trace_and_the_id_go_with_a_write_into_the_jobs_lines(
        client, logs, chat, hangup):
    hangup(log_level="debug")
    client.post(chat.messages, {"body": "x"}, headers={
        "X-Request-Id": "a-traced-write",
        "traceparent": f"00-{TRACE}-{SPAN}-01"})

    def stored():
        """the jobs have logged that it is stored"""
        return logs.of("a-traced-write", "parley-jobs")
    done, = wait_until(stored)
    assert done["message"].startswith("stored: ")
    assert done["level"] == "debug" and done["trace_id"] == TRACE
    line, = [line for line in logs.of("a-traced-write")
             if line["program"] != "parley-jobs"]
    assert trace_of(line) == {"trace_id": TRACE, "parent_id": SPAN,
                              "span_id": line["span_id"]}
    assert line["span_id"] != SPAN


@pytest.mark.parametrize("given", [
    None, "", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE.upper()}-{SPAN}-01",
    f"ff-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-x",
])
def test_without_a_valid_one_there_is_no_trace(client, logs, chat, given):
    headers = {"X-Request-Id": "untraced"}
    if given is not None:
        headers["traceparent"] = given
    client.get(chat.path, headers=headers)
    assert trace_of(the_line(logs, "untraced")) == {}


class Forwarder(http.server.BaseHTTPRequestHandler):
    """Passes on to the real node what comes, and keeps the headers."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append(dict(self.headers))
        with urllib.request.urlopen(urllib.request.Request(
                self.server.node + self.path, body,
                {"Content-Type": self.headers["Content-Type"]})) as answer:
            content = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_the_search_node_is_told_the_id_and_the_trace(stack, chat, stored):
    if stack.search != "opensearch":
        pytest.skip("MySQL takes no headers")
    chat.write("findable")
    stored(chat, 1)
    with http.server.HTTPServer(("127.0.0.1", 0), Forwarder) as server:
        server.node, server.came = stack.env["PARLEY_SEARCH_URL"], []
        threading.Thread(target=server.serve_forever).start()
        done = subprocess.run([stack.run / "libexec" / "parley-search"], env={
            **others(), "PARLEY_CONFIG": stack.run / "accounts" / "web.conf",
            "PARLEY_SEARCH_URL": f"http://127.0.0.1:{server.server_port}",
            "PARLEY_PID_DIR": "", "REQUEST_METHOD": "GET",
            "REQUEST_URI": query(chat.search, q="find"),
            "HTTP_X_REQUEST_ID": "by-hand",
            "HTTP_TRACEPARENT": f"00-{TRACE}-{SPAN}-01",
            "HTTP_TRACESTATE": "congo=t61rcWkgMzE",
        }, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=True)
        server.shutdown()
    assert done.stdout.startswith("Status: 200"), done
    line = json.loads(done.stderr.splitlines()[-1])
    came, = server.came
    assert came["X-Opaque-Id"] == line["request_id"] == "by-hand"
    assert came["traceparent"] == f"00-{TRACE}-{line['span_id']}-01"
    assert came["tracestate"] == "congo=t61rcWkgMzE"
    assert line["search_us"] > 0


# --- slow ones -----------------------------------------------------------------

@pytest.fixture
def stuck(client, stack, application, db):
    """with stuck(request_id): that request waits for MySQL, then is answered."""
    def waiting():
        """the request waits for the table"""
        return db("""select 1 from information_schema.processlist
            where info like '%%applications%%' and time_ms > 150
            and state like 'Waiting for table%%'""")

    @contextlib.contextmanager
    def hold(request_id):
        answers = []
        asking = threading.Thread(target=lambda: answers.append(client.get(
            f"{API}/{application['token']}",
            headers={"X-Request-Id": request_id})))
        with pymysql.connect(unix_socket=stack.env["PARLEY_DB_SOCKET"],
                             database=stack.env["PARLEY_DB_NAME"]) as holder:
            with holder.cursor() as cursor:
                cursor.execute("lock tables applications write")
                asking.start()
                wait_until(waiting)
                yield
                cursor.execute("unlock tables")
        asking.join()
        assert answers[0].status == 200
    return hold


def test_a_slow_request_names_what_it_waited_for(client, logs, hangup, stuck):
    hangup(log_slow_ms=100, log_requests="none")
    with stuck("slow"):
        pass
    line = the_line(logs, "slow")
    assert line["level"] == "warn" and line["message"] == "slow request"
    assert line["slow"] == "mysql" and line["mysql_us"] > 100_000
    client.get("/livez", headers={"X-Request-Id": "quick"})
    assert logs.of("quick") == []


def test_a_request_that_is_stuck_keeps_no_others_line_back(
        client, logs, stuck):
    with stuck("slow"):
        client.raw("GET", API, headers={"X-Request-Id": "quick"})
        assert the_line(logs, "quick")["program"] == "parley-applications"
        assert logs.of("slow") == []
    assert the_line(logs, "slow")["program"] == "parley-applications"


# --- SIGHUP --------------------------------------------------------------------

class Load:
    """Reads and writes without end, each with an id of its own."""

    def __init__(self, client, chat, name):
        self.client, self.chat, self.name = client, chat, name
        self.answers, self.stop = [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(3)]

    def run(self, thread):
        number = 0
        while not self.stop.is_set():
            number += 1
            headers = {"X-Request-Id": f"{self.name}-{thread}-{number}"}
            answer = self.client.post(
                self.chat.messages, {"body": "x"}, headers=headers
            ) if number % 2 else self.client.get(self.chat.messages,
                                                 headers=headers)
            self.answers.append(answer)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def more(self):
        """Waits until more requests have been answered."""
        before = len(self.answers)
        wait_until(lambda: len(self.answers) >= before + 12)


def test_sighup_changes_the_log_under_load_and_no_request_fails(
        client, logs, chat, hangup):
    with Load(client, chat, "level") as load:
        for which in ("none", "errors", "all") * 2:
            hangup(log_requests=which, log_level="info")
            load.more()
        hangup(log_requests="none")
        load.more()
        client.get(chat.path, headers={"X-Request-Id": "unwanted"})
        hangup(log_requests="all")
        load.more()
    assert {answer.status for answer in load.answers} == {200, 201}
    assert logs.of("unwanted") == []
    last = load.answers[-1].headers["X-Request-Id"]
    assert the_line(logs, last)["status"] in (200, 201)


def test_a_broken_configuration_is_said_and_changes_nothing(
        client, stack, logs, hangup):
    hangup(log_requests="many")
    said = [line for line in logs.lines() if "SIGHUP" in line["message"]]
    assert all(line["level"] == "error" and
               "log_requests is \"many\"" in line["message"] for line in said)
    client.get("/livez", headers={"X-Request-Id": "still"})
    assert the_line(logs, "still")["status"] == 200


def test_what_needs_a_restart_is_named(logs, hangup):
    hangup(threads=3, body_limit=5000)
    said = [line["message"] for line in logs.lines() if line["level"] == "warn"]
    assert said.count("SIGHUP: only a restart changes body_limit, threads") == \
        len({line["pid"] for line in logs.lines()})


def test_a_log_file_that_is_renamed_loses_no_line(
        client, stack, logs, chat, hangup):
    path = stack.run / "all.log"
    moved = [stack.run / f"all-{i}.log" for i in range(3)]
    with Load(client, chat, "moved") as load:
        hangup(log_target=path)
        load.more()
        for to in moved:
            path.rename(to)
            hangup(log_target=path)
            load.more()
        hangup()
    programs = {line["program"] for line in map(
        json.loads, path.read_text().splitlines())}
    try:
        assert {"parley-jobs", "parley-messages"} <= programs
        assert {answer.status for answer in load.answers} == {200, 201}
        ids = [line.get("request_id") for line in logs.lines()]
        for answer in load.answers:
            assert ids.count(answer.headers["X-Request-Id"]) == 1, answer
        assert path.stat().st_mode & 0o777 == 0o640
    finally:
        for file in [path, *moved]:
            file.unlink()


def test_a_log_file_that_cannot_be_opened_ends_a_program_at_its_start(stack):
    done = subprocess.run([stack.run / "libexec" / "parley-status"], env={
        **others(), "PARLEY_CONFIG": stack.run / "accounts" / "web.conf",
        "PARLEY_LOG_TARGET": "/nowhere/at/all", "REQUEST_URI": "/livez",
    }, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False)
    assert done.returncode == 111 and done.stdout == ""
    assert "log_target /nowhere/at/all: No such file" in done.stderr
