# The fixtures of the API tests, which other tests take over: client, application, chat, database, stack.
# SPDX-License-Identifier: BSD-2-Clause
import concurrent.futures
import os
import pwd
import time

import pymysql
import pytest
import redis as redis_client

import stack as stack_module
from client import JSON, Client

API = "/api/v1/applications"


@pytest.fixture(scope="session")
def stack():
    env = stack_module.environment()
    if env is None:
        pytest.skip("no stack runs: scripts/stack up, or set STACK_DIR")
    return stack_module.Stack(env)


@pytest.fixture(scope="session")
def client(stack):
    return Client(stack.env["PARLEY_URL"], stack.server)


@pytest.fixture(scope="session")
def operator(stack):
    """The headers of a request by the operator."""
    return {"Authorization": "Bearer " + stack.env["PARLEY_ADMIN_KEY"]}


@pytest.fixture
def wait_until():
    return stack_module.wait_until


@pytest.fixture(scope="session")
def threads():
    """threads(n, function, items): runs them n at a time, in order given."""
    def run(count, function, items):
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return list(pool.map(function, items))
    return run


@pytest.fixture(scope="session")
def db(stack):
    """Rows as dicts: db("select ...", value, ...). Connects each time."""
    def execute(sql, *values):
        with pymysql.connect(
                unix_socket=stack.env["PARLEY_DB_SOCKET"],
                user=pwd.getpwuid(os.getuid()).pw_name,
                database=stack.env["PARLEY_DB_NAME"], charset="utf8mb4",
                cursorclass=pymysql.cursors.DictCursor,
                autocommit=True) as connection:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()
    return execute


@pytest.fixture
def redis(stack):
    host, port = stack.env["PARLEY_REDIS"].rsplit(":", 1)
    with redis_client.Redis(host=host, port=int(port)) as connection:
        yield connection


class Chat:
    """A chat of its own for a test, and the paths under it."""

    def __init__(self, client, application, number):
        self.client = client
        self.token = application["token"]
        self.number = number
        self.path = f"{API}/{self.token}/chats/{number}"
        self.messages = self.path + "/messages"
        self.search = self.messages + "/search"

    def write(self, body):
        answer = self.client.post(self.messages, {"body": body})
        assert answer.status == 201, answer
        return answer.json

    def message(self, number):
        return f"{self.messages}/{number}"


@pytest.fixture
def new_application(client):
    def create(name="A test's application"):
        answer = client.post(API, {"name": name})
        assert answer.status == 201, answer
        return answer.json
    return create


@pytest.fixture
def application(new_application):
    return new_application()


@pytest.fixture
def chats_path(application):
    return f"{API}/{application['token']}/chats"


@pytest.fixture
def new_chat(client):
    def create(application, name="A test's chat"):
        answer = client.post(f"{API}/{application['token']}/chats",
                             {"name": name})
        assert answer.status == 201, answer
        return Chat(client, application, answer.json["number"])
    return create


@pytest.fixture
def chat(new_chat, application):
    return new_chat(application)


@pytest.fixture
def rows(db):
    """The stored messages of a chat, by number: rows(chat)."""
    def stored(chat):
        return db("""select m.* from messages m join applications a
            on m.application_id = a.id where a.token = %s
            and m.chat_number = %s order by m.number""",
                  chat.token, chat.number)
    return stored


@pytest.fixture
def stored(rows):
    """Waits until as many messages of the chat are stored; the rows."""
    def wait(chat, count, seconds=20):
        def so_many():
            """the messages are stored"""
            found = rows(chat)
            return found if len(found) >= count else None
        found = stack_module.wait_until(so_many, seconds)
        assert len(found) == count
        return found
    return wait


@pytest.fixture
def paused_jobs(stack):
    """Nothing is persisted while this test runs."""
    stack.stop_process("parley-jobs")
    yield
    stack.continue_process("parley-jobs")


@pytest.fixture
def readiness(client):
    """
    readiness(): what /readyz says of now. It asks a part once a second, so it
    is asked again until every answer is younger than this call.
    """
    def look():
        began = time.monotonic()

        def fresh():
            """/readyz has asked every part anew"""
            since = time.monotonic() - began
            answer = client.raw("GET", "/readyz")
            ages = [part["checked_ms_ago"] + part["ms"]
                    for part in answer.json["dependencies"].values()]
            return answer if max(ages) < since * 1000 else None
        return stack_module.wait_until(fresh, 10)
    return look


@pytest.fixture
def ready(stack, client):
    """
    Waits until the service is ready and every process takes writes: each
    finds out for itself, within a second, that a part is back.
    """
    def says_so():
        """a status responder of our own, which asks at once, is content"""
        parts, _ = stack.asked_by_hand()
        return all(part["status"] == "ok" or name == "jobs" and settled(part)
                   for name, part in parts.items())

    def settled(jobs):
        """Tests make entries that nobody indexes or counts: only late."""
        return jobs["status"] == "degraded" and jobs.get("consumers", 0) > 0

    def takes_writes():
        """many writes in a row are accepted"""
        def write(path):    # what is refused may be the web server's answer
            return client.raw("POST", path, b'{"name":"Ready?"}',
                              {"Content-Type": JSON})
        made = write(API)
        if made.status != 201:
            return False
        chats = f"{API}/{made.json['token']}/chats"
        return all(write(path).status == 201
                   for path in [chats, chats + "/1/messages"] * 8)

    def wait(seconds=30):
        stack_module.wait_until(says_so, seconds)
        stack_module.wait_until(takes_writes, 10)
    return wait
