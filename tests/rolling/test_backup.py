# The database is dumped under load, lost and put back as doc/backup.md says: no number comes twice.
# SPDX-License-Identifier: BSD-2-Clause
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request

import pytest

import amqp
from client import JSON
from stack import TREE, others, wait_until
from writers import Writers

API = "/api/v1/applications"
DOCUMENT = TREE / "doc" / "backup.md"
DATA = ("rabbitmq", "redis", "mariadb")


def commands(title):
    """The commands of a section of doc/backup.md, a line each."""
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)",
                        DOCUMENT.read_text("utf-8"), re.M | re.S)[1]
    return [line for block in re.findall(r"^```sh\n(.*?)^```", section,
                                         re.M | re.S)
            for line in re.sub(r"\\\n\s*", "", block).splitlines()]


@pytest.fixture
def do(stack, tmp_path):
    """do(command): one of the document's, with the places of this stack."""
    database = f"--no-defaults -u root -S {stack.env['PARLEY_DB_SOCKET']}"
    host, port = stack.env["PARLEY_REDIS"].split(":")
    for name, arguments in (
            ("mariadb", database), ("mariadb-dump", database),
            ("redis-cli", f"-h {host} -p {port}")):
        (tmp_path / name).write_text(
            f'#!/bin/sh\nexec {shutil.which(name)} {arguments} "$@"\n')
    (tmp_path / "parley-admin").write_text(
        f'#!/bin/sh\n[ "$3" != migrate ] || set -- "$@" --sql {TREE}/sql\n'
        f'exec {stack.program("parley-admin")} "$@"\n')
    for program in tmp_path.iterdir():
        program.chmod(0o755)

    def run(command):
        for place, ours in (("/usr/local/etc/parley", stack.run / "accounts"),
                            ("/usr/local/share/parley", TREE),
                            ("/var/backups", tmp_path)):
            command = command.replace(place, str(ours))
        done = subprocess.run(
            ["bash", "-euc", command], capture_output=True, text=True,
            timeout=100, check=False,
            env={**others(), "PATH": f"{tmp_path}:{os.environ['PATH']}"})
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    return run


@pytest.fixture
def end(stack):
    """end(part...): with SIGTERM, those that run."""
    def run(*parts):
        for part in parts:
            if stack.pid(part):
                stack.kill(part, signal.SIGTERM)
    return run


@pytest.fixture
def lose(stack, end, db):
    """lose(what): Parley is ended, and that data is gone."""
    def ask(method, path):
        request = urllib.request.Request(
            f"{stack.env['PARLEY_SEARCH_URL']}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    def indices():
        return ask("GET", "_cat/indices/parley*?h=index").split()

    def run(what):
        end(stack.web)
        end(*stack.responders(), "parley-jobs")
        if what == "the database":
            db("drop database parley")
            return
        for part in DATA:
            stack.kill(part)
        for part in DATA:
            shutil.rmtree(stack.run / part)
        for path in ("_index_template/parley-messages", *indices()):
            ask("DELETE", path)
        stack.up()              # services without any data
        end(stack.web)
        end(*stack.responders(), "parley-jobs")
    return run


@pytest.fixture
def put_back(stack, do, started):
    """Does what the document says; systemd's part is done here."""
    def queued():
        with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
            return broker.length("parley.writes")[0]

    def run():
        jobs = None
        for command in commands("Putting it back"):
            if command == "systemctl start parley-jobs":
                jobs = started(stack.program("parley-jobs"), "-c",
                               str(stack.run / "accounts" / "jobs.conf"))
                wait_until(lambda: queued() == 0)
            elif not command.startswith("systemctl"):
                do(command)
        jobs.terminate()
        assert jobs.wait(30) == 0
        stack.up()
    return run


def keyed(client, path, body, key):
    return client.raw("POST", path, json.dumps({"body": body}).encode(),
                      {"Content-Type": JSON, "Idempotency-Key": f'"{key}"'})


def newest(db):
    return db("""select max(epoch) as epoch, (select max(id) from
        applications) as id from epochs""")[0]


def hits(client, chat, text):
    """The numbers of the first 200; None if there is no answer to be had."""
    answer = client.raw("GET", f"{chat.search}?q={text}&limit=200")
    return sorted(hit["number"] for hit in answer.json) \
        if answer.status == 200 else None


@pytest.mark.parametrize("lost", ["the database", "everything"])
def test_after_an_older_dump_is_put_back_no_number_comes_twice(
        stack, client, application, new_chat, db, rows, do, end, lose,
        put_back, ready, lost):
    chat, quiet = new_chat(application), new_chat(application)
    quiet.write("kept quiet")
    kept = keyed(client, chat.messages, "kept kestrel", "kept").json["number"]

    # A dump under load, and then much that it lacks.
    with Writers(client, chat) as writers:
        writers.more(100)
        wait_until(lambda: kept in {row["number"] for row in rows(chat)})
        for command in commands("Making one"):
            do(command)
        dumped = newest(db)
        writers.more(200)
        gone = keyed(client, chat.messages, "lost lapwing", "gone").json
        stack.kill("redis")             # so there is another epoch
        stack.up()
        ready()
        writers.more(100)
    late = client.post(API, {"name": "lost"}).json
    new = new_chat(application)
    assert client.put(chat.message(kept), {"body": "lost lark"}).status == 200
    highest = chat.write("lost last")["number"]
    wait_until(lambda: highest in {row["number"] for row in rows(chat)})
    wait_until(lambda: hits(client, chat, "lark") == [kept], 30)
    last = newest(db)
    assert last["epoch"] > dumped["epoch"] and last["id"] > dumped["id"]
    if lost == "the database":          # the queue has what it does not
        end("parley-jobs")
        highest = chat.write("queued quail")["number"]

    lose(lost)
    put_back()
    ready()

    # What the dump had is there, what it lacked is not.
    assert client.get(quiet.message(1)).json["body"] == "kept quiet"
    assert client.get(chat.message(kept)).json["body"] == "kept kestrel"
    assert client.get(f"{API}/{late['token']}").status == 404
    stored = {row["number"]: row["body"] for row in rows(chat)}
    assert 100 < len(stored) < len(writers.answered)
    assert (stored.get(highest) == "queued quail") == (lost == "the database")
    # Numbers, epochs and ids go on above all that ever were.
    assert chat.write("new nuthatch")["number"] > highest
    assert quiet.write("new nuthatch")["number"] > 1
    assert new_chat(application).number > new.number
    assert newest(db)["epoch"] > last["epoch"]
    assert newest(db)["id"] > last["id"]
    # A key that the dump has brings its answer; of any other nothing is known.
    again = keyed(client, chat.messages, "kept kestrel", "kept")
    assert (again.status, again.json["number"]) == (201, kept)
    anew = keyed(client, chat.messages, "lost lapwing", "gone")
    assert anew.status == 201
    assert anew.json["number"] > highest >= gone["number"]
    # The index follows, though it had newer versions of what there is.
    assert client.put(chat.message(kept), {"body": "now nightjar"}
                      ).status == 200

    def found():
        """search knows what is there, as it is now"""
        return (hits(client, chat, "nightjar") == [kept]
                and hits(client, chat, "lapwing") == [anew.json["number"]]
                and hits(client, chat, "lark") == []
                and {*(hits(client, chat, "writer") or [0])} <= {
                    number for number, body in stored.items()
                    if body.startswith("writer")})
    wait_until(found, 30, pause=0.2)


def test_it_moves_on_by_as_much_as_it_is_told(client, chat, admin, db):
    """While responders run, too, if they are restarted after it."""
    chat.write("before")
    before = newest(db)["epoch"]
    told = json.loads(admin("migrate", "restored", "--json", "5").stdout)
    assert told["gap"] == 5 and told["epoch"] == before + 256
    admin("web", "restart")
    assert chat.write("after")["number"] == 32 + 5 + 1
    assert newest(db)["epoch"] == told["epoch"] + 1
    assert told["counters"] == db("select count(*) as n from leases "
                                  "where epoch >= %s", told["epoch"])[0]["n"]


def test_a_number_that_is_none_moves_nothing(admin, db):
    before = newest(db)
    for gap in "0", "-1", "x", "1000000000001", "5 ", "":
        admin("migrate", "restored", "--", gap, status=100)
    assert newest(db) == before


def test_without_room_above_nothing_is_moved(admin, db):
    """Versions have 63 bits, of which 44 are not the epoch's."""
    last = newest(db)["epoch"]
    db("insert into epochs values (524200, 'test', now(), now())")
    try:
        done = admin("migrate", "restored", status=100)
        assert "no room" in done.stderr
    finally:
        db("delete from epochs where epoch = 524200")
    assert newest(db)["epoch"] == last
