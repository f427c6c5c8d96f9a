# parley-admin reindex: a new index while writes go on, whatever interrupts it.
# SPDX-License-Identifier: BSD-2-Clause
import signal
import threading

import pytest

from stack import wait_until

MANY = 300


@pytest.fixture(autouse=True)
def nothing_begun(admin):
    yield
    admin.end_all()
    admin.run("reindex", "--cancel")


@pytest.fixture
def start_slowly(admin, db):
    """Starts a reindex that takes about a hundred steps."""
    def start():
        total = db("select count(*) as n from messages")[0]["n"]
        return admin.start("reindex", PARLEY_INDEX_BATCH=str(
            max(1, total // 100)))
    return start


@pytest.fixture
def filled(chat, write, found):
    """A chat with many messages that are all found."""
    numbers = write(chat, MANY, "oldword")
    found(chat, "oldword", numbers, seconds=60)
    chat.numbers = numbers
    return chat


@pytest.fixture
def behind_the_alias(node):
    def indices():
        return sorted(node("GET", "/_alias/parley-messages"))
    return indices


@pytest.fixture
def begun(db):
    """Waits until a reindex has copied something; its row."""
    def wait(least=1):
        def copies():
            """the reindex is copying"""
            rows = db("select * from index_rebuild where copied >= %s", least)
            return rows[0] if rows else None
        return wait_until(copies, pause=0.005)
    return wait


def spoil(chat, db, node):
    """Takes one message's document away, behind everybody's back."""
    application = db("select id from applications where token = %s",
                     chat.token)[0]["id"]
    if node is None:
        db("""update search_texts set folded = '', words = ''
            where application_id = %s and chat_number = %s and number = 1""",
           application, chat.number)
    else:
        node("DELETE", f"/parley-messages/_doc/{application}:{chat.number}:1"
             f"?routing={application}:{chat.number}&refresh=true")


def test_what_was_lost_from_the_index_is_found_again(
        admin, filled, found, searched, db, node, begun):
    spoil(filled, db, node)
    assert searched(filled, "oldword") == sorted(filled.numbers)[1:]
    said = admin("reindex")
    assert "is searched now" in said
    assert searched(filled, "oldword") == sorted(filled.numbers)
    assert db("select * from index_rebuild") == ()
    assert admin.status()["mysql"]["reindexing"] is False


def test_one_index_is_behind_the_alias_and_the_old_one_is_gone(
        admin, filled, node, behind_the_alias):
    if node is None:
        pytest.skip("MySQL has but one table")
    old, = behind_the_alias()
    before = set(node("GET", "/parley-messages-*"))
    said = admin("reindex")
    new, = behind_the_alias()
    assert int(new.rsplit("-", 1)[1]) > int(old.rsplit("-", 1)[1])
    assert f"{old} was removed" in said
    assert set(node("GET", "/parley-messages-*")) == before - {old} | {new}
    assert node("GET", f"/{new}/_alias")[new]["aliases"] == {
        "parley-messages": {"is_write_index": True}}


def test_the_old_index_may_be_kept(admin, filled, node, behind_the_alias):
    if node is None:
        pytest.skip("MySQL has but one table")
    old, = behind_the_alias()
    said = admin("reindex", "--keep")
    new, = behind_the_alias()
    assert f"{old} was kept" in said
    assert {old, new} <= set(node("GET", "/parley-messages-*"))
    node("DELETE", f"/{old}")


class Writer(threading.Thread):
    """Goes on creating messages, and updating an old one, until told."""

    def __init__(self, client, chat, word):
        super().__init__()
        self.client, self.chat, self.word = client, chat, word
        self.enough = threading.Event()
        self.made, self.failed, self.last = [], [], 0

    def run(self):
        while not self.enough.is_set():
            self.last += 1
            try:
                self.made.append(self.chat.write(
                    f"{self.word} {self.last}")["number"])
                changed = self.client.put(self.chat.message(1), {
                    "body": f"changed{self.last}x"})
                assert changed.status == 200, changed
            except Exception as problem:  # noqa: BLE001: reported below
                self.failed.append(problem)
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.join()
        assert not self.failed


def test_writes_and_searches_go_on_and_each_is_found_once(
        start_slowly, admin, client, filled, found, searched, indexed, begun):
    untouched = sorted(filled.numbers)[1:]
    with Writer(client, filled, "newword") as writer:
        process = start_slowly()
        begun()
        seen = 0
        while process.poll() is None:
            assert [n for n in searched(filled, "oldword")
                    if n != 1] == untouched
            seen += 1
        output, errors = process.communicate()
        assert process.returncode == 0, errors
        assert seen > 0 and writer.last > 5
        assert "is searched now" in output
    indexed()
    found(filled, "newword", writer.made)
    found(filled, f"changed{writer.last}x", [1])
    found(filled, "changed", [1])
    found(filled, "oldword", untouched)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_one_that_was_interrupted_goes_on_where_it_was(
        start_slowly, admin, client, filled, found, indexed, begun, write, db,
        how):
    process = start_slowly()
    row = begun(20)
    process.send_signal(how)
    output, errors = process.communicate()
    if how == signal.SIGINT:
        assert process.returncode == 111, errors
        assert "run it again to go on" in errors
    else:
        assert process.returncode == -signal.SIGKILL
    left, = db("select * from index_rebuild")
    assert left["target"] == row["target"]
    assert left["copied"] >= row["copied"]
    assert admin.status()["mysql"]["reindexing"] is True
    found(filled, "oldword", filled.numbers)
    between = write(filled, 20, "between")
    assert client.put(filled.message(1),
                      {"body": "oldword changed"}).status == 200
    indexed()
    found(filled, "between", between)
    done = admin.run("reindex")
    assert done.returncode == 0, done
    assert f"going on with {row['target']}" in done.stderr
    assert db("select * from index_rebuild") == ()
    found(filled, "oldword", filled.numbers)
    found(filled, "between", between)
    found(filled, "oldword changed", [1])
    assert admin.run("reconcile", "--dry-run").returncode == 0


def test_one_that_was_interrupted_may_be_given_up(
        start_slowly, admin, filled, found, begun, db, node):
    process = start_slowly()
    row = begun(20)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert "was given up" in admin("reindex", "--cancel")
    assert db("select * from index_rebuild") == ()
    if node is not None:
        assert row["target"] not in node("GET", "/parley-messages-*")
    assert admin.run("reindex", "--cancel").returncode == 1
    found(filled, "oldword", filled.numbers)


def test_one_whose_index_was_removed_begins_anew(
        start_slowly, admin, filled, found, begun, node, write, indexed):
    if node is None:
        pytest.skip("MySQL has but one table")
    process = start_slowly()
    row = begun(20)
    process.send_signal(signal.SIGINT)
    process.communicate()
    node("DELETE", f"/{row['target']}")
    between = write(filled, 5, "between")
    indexed()
    done = admin.run("reindex")
    assert done.returncode == 0, done
    assert "beginning anew" in done.stderr
    found(filled, "oldword", filled.numbers)
    found(filled, "between", between)


def test_a_second_one_at_the_same_time_is_refused(
        start_slowly, admin, filled, begun):
    process = start_slowly()
    begun()
    process.send_signal(signal.SIGSTOP)
    for command in ("reindex", "reconcile"):
        done = admin.run(command)
        assert done.returncode == 111
        assert "another parley-admin" in done.stderr
    process.send_signal(signal.SIGCONT)
    process.communicate()
    assert process.returncode == 0


@pytest.mark.slow
def test_a_node_that_is_away_for_a_while_is_waited_for(
        start_slowly, admin, stack, filled, found, begun, node):
    if node is None:
        pytest.skip("this stack searches with MySQL")
    process = start_slowly()
    begun()
    stack.stop_process("opensearch")
    try:
        wait_until(lambda: process.poll() is not None or True, 1)
        with pytest.raises(Exception):
            process.communicate(timeout=3)
    finally:
        stack.continue_process("opensearch")
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    found(filled, "oldword", filled.numbers)
