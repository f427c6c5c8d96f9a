# Two versions side by side: what today's programs do with the events, rows and entries of a newer one, and of an older one.
# SPDX-License-Identifier: BSD-2-Clause
import json
import os
import pwd
import time
import uuid

import pymysql
import pytest

import amqp
from stack import TREE, wait_until

SQL = TREE / "sql"
TABLES = ("applications", "chats", "messages", "index_pending",
          "count_pending", "epochs", "leases", "search_texts",
          "idempotency_keys", "token_rotations")


@pytest.fixture
def events(stack, chat, db):
    """events(line...): one AMQP message; event(**members) makes a line."""
    found = db("""select a.id, max(e.epoch) as epoch from applications a, epochs e
        where a.token = %s group by a.id""", chat.token)[0]

    class Events:
        count = 0

        def line(self, **members):
            Events.count += 1
            made = str(uuid.uuid4())
            now = int(time.time() * 1000)
            return {"app": found["id"], "number": 5000 + Events.count,
                    "version": (found["epoch"] << 44) + 10 ** 9
                    + Events.count, "v": 1, "type": "message",
                    "op": "create", "id": made, "origin": made,
                    "chat": chat.number, "text": "by hand",
                    "created_at": now, "updated_at": now, **members}

        def publish(self, *lines):
            with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
                broker.publish("parley", "write", "".join(
                    json.dumps(line) + "\n" for line in lines).encode())
    return Events()


@pytest.fixture
def dead(stack, admin):
    """The dead letters' bodies; none are left when the test has ended."""
    admin("admin", "dead", "drop", "--all", "--yes")

    def bodies():
        with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
            if broker.length("parley.dead")[0] == 0:
                return []
        letters = json.loads(admin("admin", "dead", "list", "--json").stdout)
        return [admin("admin", "dead", "show", letter["id"]).stdout
                for letter in letters]
    yield bodies
    admin("admin", "dead", "drop", "--all", "--yes")


# --- events ---

def test_members_of_events_that_are_not_known_are_passed_over(
        events, rows, chat):
    line = events.line(text="from a newer version", reactions=["+1"],
                       thread={"root": 4, "depth": 2}, pinned=None)
    events.publish(line)
    wait_until(lambda: [row["body"] for row in rows(chat)]
               == ["from a newer version"])


def test_members_that_older_versions_did_not_write_may_be_missing(
        events, rows, chat):
    """As the first version wrote it: no request_id, key, print, count."""
    line = events.line()
    assert not {"request_id", "key", "trace"} & line.keys()
    events.publish(line)
    wait_until(lambda: len(rows(chat)) == 1)


@pytest.mark.parametrize("newer", [{"type": "reaction"}, {"v": 2}],
                         ids=["a type", "a format"])
def test_what_is_not_known_is_parked_whole_and_its_neighbours_are_stored(
        events, rows, chat, dead, newer):
    strange = events.line(**newer, emoji="\u2764")
    before, after = events.line(text="before"), events.line(text="after")
    events.publish(before, strange, after)
    wait_until(lambda: [row["body"] for row in rows(chat)]
               == ["before", "after"])
    letters = wait_until(dead)
    assert len(letters) == 1
    assert strange["id"] in letters[0] and "emoji" in letters[0]


def test_what_was_parked_is_stored_by_the_version_that_knows_it(
        events, rows, chat, dead, stack, admin):
    """Only today's is here; so the letter is what an older one would park."""
    line = events.line(text="known by now")
    with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
        broker.publish("parley", "dead", json.dumps(line).encode())
    wait_until(dead)
    admin("admin", "dead", "replay", "--all")
    wait_until(lambda: [row["body"] for row in rows(chat)]
               == ["known by now"])


# --- Redis ---

def test_a_fresh_write_with_members_that_are_not_known_is_read(
        client, chat, redis, paused_jobs, db):
    chat.write("fresh")
    app = db("select id from applications where token = %s", chat.token)
    key = f"p:v:{app[0]['id']}:{chat.number}:1"
    value = redis.get(key)
    assert value[16:].startswith(b'"v":1,')
    redis.set(key, value[:16] + value[16:].replace(
        b'"v":1,', b'"v":1,"reactions":["+1"],', 1))
    assert client.get(chat.message(1)).json["body"] == "fresh"
    assert [m["body"] for m in client.get(chat.messages).json] == ["fresh"]
    assert client.put(chat.message(1), {"body": "changed"}).status == 200
    assert client.get(chat.message(1)).json["body"] == "changed"


# --- MySQL ---

@pytest.fixture
def expanded(db):
    """The schema of a version to come: it only adds, as sql/ says."""
    try:
        for table in TABLES:
            db(f"alter table {table} add column of_the_next int not null "
               "default 7, add column of_the_next_too varchar(20) null")
        db("create table of_the_next (id int primary key)")
        db("insert into schema_migrations values "
           "('900-of-the-next.sql', repeat('0', 64), utc_timestamp(3))")
        yield
    finally:
        db("delete from schema_migrations where name like '900-%%'")
        db("drop table if exists of_the_next")
        for table in TABLES:
            db(f"alter table {table} drop column if exists of_the_next, "
               "drop column if exists of_the_next_too")


def test_today_s_programs_work_after_the_next_version_s_migration(
        stack, expanded, traffic, db, admin):
    with traffic:
        traffic.more(400)
    traffic.nothing_failed()
    traffic.every_write_is_there_once(db)
    stack.count()
    assert db("select count(*) as n from messages where of_the_next = 7"
              )[0]["n"] >= len(traffic.written) / 3
    admin("migrate", "migrate", "--sql", SQL)


# --- parley-admin migrate --dry-run ---

@pytest.fixture
def empty(stack, db):
    """An empty database, and the settings of one who may only read it."""
    db("create database parley_empty")
    db("create user parley_reader@localhost identified by 'reader'")
    db("grant select on parley_empty.* to parley_reader@localhost")
    yield {"PARLEY_DB_NAME": "parley_empty", "PARLEY_DB_USER":
           "parley_reader", "PARLEY_DB_PASSWORD": "reader"}
    db("drop user parley_reader@localhost")
    db("drop database parley_empty")


def tables_of(stack, database):
    with pymysql.connect(
            unix_socket=stack.env["PARLEY_DB_SOCKET"], database=database,
            user=pwd.getpwuid(os.getuid()).pw_name) as connection:
        with connection.cursor() as cursor:
            cursor.execute("show tables")
            return cursor.fetchall()


def test_a_dry_run_shows_every_statement_and_needs_no_right_to_write(
        stack, admin, empty):
    said = admin("admin", "migrate", "--dry-run", "--sql", SQL, status=1,
                 **empty).stdout
    files = ["schema.sql"] + sorted(
        path.name for path in SQL.glob("[0-9]*.sql"))
    assert [line[3:] for line in said.splitlines()
            if line.startswith("-- ")] == files
    assert said.count("CREATE TABLE IF NOT EXISTS ") == sum(
        path.read_text().count("\nCREATE TABLE IF NOT EXISTS ")
        for path in SQL.glob("*.sql"))
    assert not tables_of(stack, "parley_empty")
    told = json.loads(admin("admin", "migrate", "--dry-run", "--json",
                            "--sql", SQL, status=1, **empty).stdout)
    assert told == {"dry_run": True, "applied": files, "sql": said}
    # What it shows is what is to be done.
    with pymysql.connect(
            unix_socket=stack.env["PARLEY_DB_SOCKET"],
            database="parley_empty", user=pwd.getpwuid(os.getuid()).pw_name,
            client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS
            ) as connection:
        with connection.cursor() as cursor:
            cursor.execute(said)
            while cursor.nextset():
                pass
    assert len(tables_of(stack, "parley_empty")) > 10


def test_a_dry_run_finds_nothing_to_do_where_all_is_done(admin):
    done = admin("admin", "migrate", "--dry-run", "--sql", SQL)
    assert not done.stdout
    told = json.loads(admin("admin", "migrate", "--dry-run", "--json",
                            "--sql", SQL).stdout)
    assert told == {"dry_run": True, "applied": [], "sql": ""}


def test_a_dry_run_says_what_is_new(admin, tmp_path):
    for path in SQL.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "901-next.sql").write_text(
        "-- A comment.\nALTER TABLE chats ADD COLUMN topic TEXT NULL;\n"
        "CREATE TABLE more (a INT);\n")
    done = admin("admin", "migrate", "--dry-run", "--sql", tmp_path,
                 status=1)
    assert done.stdout == (
        "-- 901-next.sql\nALTER TABLE chats ADD COLUMN topic TEXT NULL;\n"
        "CREATE TABLE more (a INT);\n\n")
