# The parts of the stack as the harness reaches them: database, index, Redis, queues, rabbitmqctl.
# SPDX-License-Identifier: BSD-2-Clause
import json
import os
import pathlib
import pwd
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pymysql
import redis

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))
import stack as stack_module  # noqa: E402

from amqp import Broker, Refused  # noqa: E402

wait_until = stack_module.wait_until
RABBITMQCTL = next(iter(sorted(pathlib.Path("/usr/lib/rabbitmq/lib").glob(
    "rabbitmq_server-*/sbin/rabbitmqctl"))), None)
INDEX = "parley-messages"


class Parts(stack_module.Stack):
    """A stack, with hands on everything in it, past any proxy."""

    def __init__(self, env):
        super().__init__(env)
        self.starting = threading.Lock()
        self.ports = dict(
            line.split("=", 1)
            for line in (self.run / "ports").read_text().splitlines())

    @property
    def url(self):
        return self.env["PARLEY_URL"]

    def up(self):
        with self.starting:
            super().up()

    def log(self, name):
        """Everything a part has logged; b"" if nothing."""
        try:
            return (self.run / f"{name}.log").read_bytes()
        except OSError:
            return b""

    # --- MariaDB ---

    def database(self, **options):
        return pymysql.connect(
            unix_socket=self.env["PARLEY_DB_SOCKET"],
            user=pwd.getpwuid(os.getuid()).pw_name,
            database=self.env["PARLEY_DB_NAME"], charset="utf8mb4",
            autocommit=True, read_timeout=20, **options)

    def sql(self, sql, *values, rows=pymysql.cursors.DictCursor):
        with self.database(cursorclass=rows) as connection:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()

    def sql_one(self, sql, *values):
        return self.sql(sql, *values, rows=pymysql.cursors.Cursor)[0][-1]

    def epoch(self):
        return self.sql_one("select coalesce(max(epoch), 0) from epochs")

    # --- Redis ---

    def redis(self, port=None):
        return redis.Redis(port=int(port or self.ports["redis"]),
                           socket_timeout=5, decode_responses=True)

    def redis_answers(self):
        """Redis answers"""
        try:
            with self.redis() as connection:
                return connection.ping()
        except redis.RedisError:
            return False

    # --- RabbitMQ ---

    def broker(self):
        return Broker(self.env["PARLEY_AMQP"])

    def queue(self, name):
        """How many messages are ready in it; None if there is none."""
        try:
            with self.broker() as broker:
                return broker.length(name)[0]
        except Refused:
            return None

    def rabbitmqctl(self, *arguments):
        done = subprocess.run(
            [RABBITMQCTL, "-q", *arguments], capture_output=True, text=True,
            timeout=60, check=False, env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.run / "rabbitmq"),
                "ERL_EPMD_PORT": self.ports["epmd"],
                "RABBITMQ_CONF_ENV_FILE": "/dev/null",
                "RABBITMQ_NODENAME": "parley@localhost"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def admin(self, *arguments):
        """Runs parley-admin as an operator would; what it prints."""
        done = subprocess.run(
            [self.program("parley-admin"), "-c",
             self.run / "accounts" / "admin.conf", *arguments], env={"PATH": os.environ["PATH"]},
            capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def services_answer(self):
        """Redis, RabbitMQ and MariaDB answer, and lighttpd listens."""
        try:
            with socket.create_connection(
                    ("127.0.0.1", int(self.ports["http"])), timeout=1):
                self.sql("select 1")
                return self.redis_answers() and \
                    self.queue("parley.writes") is not None
        except (OSError, pymysql.Error):
            return False

    # --- the search index ---

    def search_request(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports['search']}/{path}",
            method=method, data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def flush_index(self):
        """A node that is killed reads back only what came after this."""
        if self.search == "opensearch":
            self.search_request("POST", f"{INDEX}/_flush")

    def index_status(self):
        """The status with which a write into the index is refused."""
        try:
            self.search_request("PUT", f"{INDEX}/_doc/nobody?routing=0",
                                {"number": 0})
        except urllib.error.HTTPError as error:
            return error.code
        return None

    def indexed(self, application):
        """{(chat, number): (version, body)}; with MySQL no body."""
        if self.search == "mysql":
            rows = self.sql("select * from search_texts "
                            "where application_id = %s", application)
            return {(r["chat_number"], r["number"]): (r["version"], None)
                    for r in rows}
        self.search_request("POST", f"{INDEX}/_refresh")
        found, after = {}, None
        while True:
            query = {"size": 5000, "version": True,
                     "query": {"prefix": {"chat": f"{application}:"}},
                     "sort": ["chat", "number"]}
            if after:
                query["search_after"] = after
            hits = self.search_request("POST", f"{INDEX}/_search",
                                       query)["hits"]["hits"]
            if not hits:
                return found
            for hit in hits:
                chat = int(hit["_source"]["chat"].split(":")[1])
                found[chat, hit["_source"]["number"]] = (
                    hit["_version"], hit["_source"]["body"])
            after = hits[-1]["sort"]


def find():
    env = stack_module.environment()
    assert env, "no stack runs: scripts/stack up, or set STACK_DIR"
    return Parts(env)
