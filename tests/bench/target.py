# A stack under measurement: its API, its database, its jobs.
# SPDX-License-Identifier: BSD-2-Clause
import concurrent.futures
import contextlib
import json
import os
import pwd
import urllib.request

import pymysql

from load import wait

API = "/api/v1/applications"


class Target:
    """One application for all benchmarks."""

    def __init__(self, stack):
        self.stack = stack
        self.url = stack.env["PARLEY_URL"]
        self.token = self.send("POST", API, {"name": "bench"})["token"]
        self.chats = f"{API}/{self.token}/chats"
        self.application = self.sql(
            "select id from applications where token = %s", self.token)[0][0]

    def send(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def send_all(self, method, paths, body):
        """Several at a time; every one is answered well."""
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda path: self.send(method, path, body), paths))

    def new_chat(self, name):
        """Its number; it is stored."""
        number = self.send("POST", self.chats, {"name": name})["number"]
        wait(lambda: self.sql("select 1 from chats where application_id = %s "
                              "and number = %s", self.application, number),
             60)
        return number

    def messages(self, chat):
        return f"{self.chats}/{chat}/messages"

    # --- the database ---

    def sql(self, sql, *values):
        with pymysql.connect(
                unix_socket=self.stack.env["PARLEY_DB_SOCKET"],
                user=pwd.getpwuid(os.getuid()).pw_name, autocommit=True,
                database=self.stack.env["PARLEY_DB_NAME"]) as connection:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()

    def fill(self, chat, count, indexed=False):
        """Stores messages 1 to count as the jobs would have, at once."""
        self.sql(
            "insert into messages (application_id, chat_number, number, "
            "version, origin, created_at, updated_at, body) select %s, %s, "
            "seq, 1, unhex(md5(concat(%s, ' ', seq))), utc_timestamp(3), "
            "utc_timestamp(3), concat('Message ', seq, ' of many, long "
            f"enough') from seq_1_to_{count}", self.application, chat, chat)
        if indexed:
            self.sql(
                "insert into index_pending (application_id, chat_number, "
                "number, since, not_before) select %s, %s, seq, "
                "utc_timestamp(3), utc_timestamp(3) from "
                f"seq_1_to_{count}", self.application, chat)
            wait(lambda: self.owed() == 0, 300)

    def owed(self):
        return self.sql("select count(*) from index_pending")[0][0]

    def stored(self, chat):
        return self.of_chat("count(*)", chat)

    def highest(self, chat):
        return self.of_chat("coalesce(max(number), 0)", chat)

    def is_whole(self, chat, last):
        """every number is stored, once, up to this one at least"""
        return self.of_chat(f"count(*) >= {last} and count(*) = max(number)",
                            chat) == 1

    def of_chat(self, what, chat):
        return self.sql(
            f"select {what} from messages where application_id = %s and "
            "chat_number = %s", self.application, chat)[0][0]

    # --- the jobs ---

    @contextlib.contextmanager
    def jobs_stopped(self):
        self.stack.stop_process("parley-jobs")
        try:
            yield
        finally:
            self.stack.continue_process("parley-jobs")

    @contextlib.contextmanager
    def index_stopped(self):
        """OpenSearch, that is; MariaDB as the index can't be told apart."""
        if self.stack.search != "opensearch":
            yield
            return
        self.stack.stop_process("opensearch")
        try:
            yield
        finally:
            self.stack.continue_process("opensearch")
            wait(lambda: self.owed() == 0, 120)
