# What each program's account may not do is refused by the server itself.
# SPDX-License-Identifier: BSD-2-Clause
import re
import urllib.parse

import pymysql
import pytest
import redis

import amqp
from programs import PROGRAMS
from stack import TREE

NEW_CHAT = ("INSERT INTO chats (application_id, number, version, origin, "
            "created_at, updated_at) VALUES (1, 999999, 1, '', now(), now())")
NEW_MESSAGE = ("INSERT INTO messages VALUES "
               "(1, 1, 999999, 1, '', now(), now(), 'x')")

# Statements that would each succeed with a right too many. What the programs
# do need is shown by every other suite: all stacks run with these accounts.
FORBIDDEN_SQL = {
    "web": (
        NEW_CHAT, NEW_MESSAGE,
        "UPDATE messages SET body = 'x'",
        "UPDATE chats SET name = 'x'",
        "UPDATE applications SET chats_count = 1",
        "UPDATE applications SET token = 'x'",
        "UPDATE epochs SET passed_at = now()",
        "DELETE FROM applications", "DELETE FROM chats",
        "DELETE FROM messages", "DELETE FROM leases", "DELETE FROM epochs",
        "SELECT * FROM index_pending", "SELECT * FROM count_pending",
        "SELECT * FROM token_rotations", "SELECT * FROM schema_migrations",
    ),
    "jobs": (
        "SELECT token FROM applications",
        "UPDATE applications SET name = 'x'",
        "UPDATE chats SET messages_count = 1",
        "UPDATE epochs SET life = 'x'",
        "INSERT INTO epochs VALUES (4000000, 'x', now(), now())",
        "INSERT INTO leases VALUES (1, 1, 99, 9, 1, now())",
        "UPDATE token_rotations SET retired = 'x'",
        "DELETE FROM chats", "DELETE FROM messages",
        "DELETE FROM search_texts", "DELETE FROM index_rebuild",
    ),
    "count": (
        "SELECT token FROM applications", "SELECT name FROM applications",
        "SELECT name FROM chats", "SELECT body FROM messages",
        "UPDATE applications SET name = 'x'",
        "UPDATE chats SET name = 'x'",
        "UPDATE messages SET body = 'x'",
        "INSERT INTO count_pending (application_id, chat_number) "
        "VALUES (1, 1)",
        "DELETE FROM applications", "DELETE FROM chats",
        "DELETE FROM messages", "SELECT * FROM leases",
    ),
    "admin": (
        NEW_CHAT, NEW_MESSAGE,
        "INSERT INTO applications (token, name, created_at, updated_at) "
        "VALUES ('x', 'x', now(), now())",
        "UPDATE applications SET name = 'x'",
        "UPDATE chats SET messages_count = 1",
        "UPDATE messages SET body = 'x'",
        "DELETE FROM applications", "DELETE FROM chats",
        "DELETE FROM messages", "DELETE FROM token_rotations",
        "UPDATE leases SET upto = 0",
    ),
    "migrate": (
        "GRANT SELECT ON messages TO parley_web@'%'",
        "CREATE DATABASE parley_other",
    ),
}
FORBIDDEN_TO_ALL = (
    "SELECT * FROM mysql.user", "CREATE USER parley_new@'%'",
    "SET GLOBAL max_connections = 1", "SELECT 'x' INTO OUTFILE '/tmp/x'",
    "SELECT LOAD_FILE('/etc/passwd') FROM mysql.user",
)
FORBIDDEN_BUT_TO_MIGRATE = (
    "CREATE TABLE extra (a INT)", "DROP TABLE count_pending",
    "ALTER TABLE messages ADD extra INT", "TRUNCATE TABLE count_pending",
)
# command, table, column, database, global, grant
DENIED = {1142, 1143, 1044, 1045, 1227, 1410}


def statements(program):
    others = () if program == "migrate" else FORBIDDEN_BUT_TO_MIGRATE
    return FORBIDDEN_SQL[program] + FORBIDDEN_TO_ALL + others


@pytest.fixture
def connect(stack, account):
    def open_connection(program, **settings):
        login = {"user": account(program)["db_user"],
                 "password": account(program)["db_password"], **settings}
        return pymysql.connect(
            unix_socket=stack.env["PARLEY_DB_SOCKET"],
            database=stack.env["PARLEY_DB_NAME"], **login)
    return open_connection


@pytest.mark.parametrize("program, sql", [
    (program, sql) for program in PROGRAMS for sql in statements(program)])
def test_the_database_refuses(connect, program, sql):
    with connect(program) as connection, connection.cursor() as cursor:
        with pytest.raises(pymysql.MySQLError) as caught:
            cursor.execute(sql)         # and is rolled back, if it is done
    assert caught.value.args[0] in DENIED, caught.value


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_account_of_the_database_is_open_without_its_password(
        connect, program):
    for password in ("", "parley", f"parley_{program}"):
        with pytest.raises(pymysql.MySQLError) as caught:
            connect(program, password=password)
        assert caught.value.args[0] == 1045


def test_new_accounts_let_nobody_in_before_they_have_a_password(
        connect, db):
    text = (TREE / "conf/mariadb/accounts.sql").read_text("utf-8")
    made = re.findall(r"CREATE USER IF NOT EXISTS parley_(\w+)@'%' (.*);",
                      text)
    assert [name for name, _ in made] == list(PROGRAMS)
    for name, how in made:
        try:
            db(f"CREATE USER fresh_{name}@'%%' {how}")
            with pytest.raises(pymysql.MySQLError, match="locked"):
                connect(name, user=f"fresh_{name}", password="")
        finally:
            db(f"DROP USER fresh_{name}@'%%'")


# ---- Redis ----

FORBIDDEN_REDIS = {
    "web": ("ZRANGE p:pending 0 -1", "CONFIG GET *"),
    "jobs": ("INCRBY p:seq 1", "HINCRBY p:n:1:1 n 1", "ZADD p:pending 1 x",
             "DEL p:life", "MSETNX p:x 1", "CONFIG GET *"),
    "admin": ("INCRBY p:seq 1", "HSET p:n:1:1 n 1", "ZADD p:pending 1 x",
              "DEL p:life", "MSETNX p:x 1"),
}
FORBIDDEN_REDIS_TO_ALL = (
    "FLUSHALL", "FLUSHDB", "KEYS *", "SCAN 0", "ACL LIST",
    "CONFIG SET maxmemory 1", "CONFIG RESETSTAT",
    "SCRIPT FLUSH", "SHUTDOWN NOSAVE", "MONITOR",
    "REPLICAOF NO ONE", "CLIENT LIST", "EVAL return(1) 0",
    "GET q:other", "SET other x",
)


@pytest.fixture
def redis_as(stack, account):
    host, port = stack.env["PARLEY_REDIS"].rsplit(":", 1)

    def login(program):
        settings = account(program)
        return redis.Redis(host=host, port=int(port),
                           username=settings["redis_user"],
                           password=settings["redis_password"])
    return login


@pytest.mark.parametrize("program, command", [
    (program, command) for program, own in FORBIDDEN_REDIS.items()
    for command in own + FORBIDDEN_REDIS_TO_ALL])
def test_redis_refuses(redis_as, program, command):
    with redis_as(program) as connection:
        with pytest.raises(redis.exceptions.NoPermissionError):
            connection.execute_command(*command.split(" "))


@pytest.mark.parametrize("program", FORBIDDEN_REDIS)
def test_a_script_may_do_no_more_than_who_runs_it(redis_as, program):
    with redis_as(program) as connection:
        for command in ("'FLUSHALL'", "'SET', 'other', 'x'", "'KEYS', '*'"):
            script = connection.script_load(f"return redis.call({command})")
            with pytest.raises(redis.exceptions.ResponseError,
                               match="user executing the script can't"):
                connection.evalsha(script, 0)


# ---- RabbitMQ ----

def declare(broker, queue):
    broker.method(1, 50, 10, b"\0\0" + amqp.short(queue) + b"\x02" + b"\0" * 4)
    broker.wait(1, 50, 11)


FORBIDDEN_AMQP = {
    "reading what is to be written": (
        ("web", "admin"), lambda broker: broker.get("parley.writes")),
    "reading what is tried again": (
        ("web", "admin"), lambda broker: broker.get("parley.retry")),
    "reading dead letters": (
        ("web", "jobs"), lambda broker: broker.get("parley.dead")),
    "publishing past our exchange": (
        ("web", "jobs", "admin"),
        lambda broker: broker.publish("", "parley.writes", b"x")),
    "unbinding a queue": (
        ("web", "admin"),
        lambda broker: broker.unbind("parley.writes", "parley", "write")),
    "deleting a queue": (
        ("web", "admin"), lambda broker: broker.delete("parley.dead")),
    "declaring a queue of one's own": (
        ("web", "jobs", "admin"), lambda broker: declare(broker, "own")),
}


@pytest.mark.parametrize("program, what", [
    (program, what) for what, (programs, _) in FORBIDDEN_AMQP.items()
    for program in programs])
def test_rabbitmq_refuses(stack, account, program, what):
    place = urllib.parse.urlsplit(stack.env["PARLEY_AMQP"])
    login = account(program)
    uri = (f"amqp://{login['amqp_user']}:{login['amqp_password']}"
           f"@{place.hostname}:{place.port}/%2f")
    with amqp.Broker(uri) as broker:
        with pytest.raises(amqp.Refused, match="ACCESS_REFUSED"):
            FORBIDDEN_AMQP[what][1](broker)
