# parley-admin reconcile: what is missing, old or dangling in the index is mended.
# SPDX-License-Identifier: BSD-2-Clause
import json
import threading
import time

import pytest


class Index:
    """The documents of one chat, to be tampered with, on either backend."""

    def __init__(self, chat, db, node):
        self.chat, self.db, self.node = chat, db, node
        self.application = db("select id from applications where token = %s",
                              chat.token)[0]["id"]

    def path(self, number):
        return (f"/parley-messages/_doc/{self.application}:"
                f"{self.chat.number}:{number}?routing={self.application}:"
                f"{self.chat.number}&refresh=true")

    def sql(self, statement, number):
        return self.db(f"{statement} where application_id = %s "
                       "and chat_number = %s and number = %s",
                       self.application, self.chat.number, number)

    def remove(self, number):
        if self.node is None:
            self.sql("delete from search_texts", number)
        else:
            self.node("DELETE", self.path(number))

    def add(self, number, version, body="dangling"):
        if self.node is None:
            self.db("insert into search_texts values (%s, %s, %s, %s, %s, %s)"
                    " on duplicate key update version = values(version)",
                    self.application, self.chat.number, number, version,
                    body, f" {body} ")
        else:
            self.node("PUT", self.path(number) + "&version_type=external"
                      f"&version={version}", {
                          "chat": f"{self.application}:{self.chat.number}",
                          "number": number, "body": body, "folded": body,
                          "words": f" {body} ", "created_at": 1,
                          "updated_at": 1})

    def version(self, number):
        return self.sql("select version from messages", number)[0]["version"]

    def versions(self):
        """What the index has of the chat: versions by number."""
        if self.node is None:
            return {row["number"]: row["version"] for row in self.db(
                """select number, version from search_texts where
                application_id = %s and chat_number = %s""",
                self.application, self.chat.number)}
        answer = self.node("POST", "/parley-messages/_search", {
            "query": {"term": {
                "chat": f"{self.application}:{self.chat.number}"}},
            "version": True, "_source": ["number"], "size": 1000})
        return {hit["_source"]["number"]: hit["_version"]
                for hit in answer["hits"]["hits"]}


@pytest.fixture
def filled(chat, write, found):
    found(chat, "word", write(chat, 20, "word"), seconds=60)
    return chat


@pytest.fixture
def index(filled, db, node):
    return Index(filled, db, node)


@pytest.fixture
def reconcile(admin, indexed):
    """reconcile(...): exit status and the numbers that it tells."""
    indexed()
    assert admin.run("reconcile").returncode == 0
    indexed()

    def run(*arguments):
        done = admin.run("reconcile", "--json", *arguments)
        assert done.returncode in (0, 1), done
        told = json.loads(done.stdout)
        messages, documents = told["messages"], told["documents"]
        assert told["well"] == (done.returncode == 0 and not told["mended"])
        return done.returncode, {
            **messages, "messages": messages["compared"],
            "documents": documents["compared"],
            "dangling": documents["without_message"],
            "ahead": documents["newer"], "foreign": documents["foreign"]}
    return run


def only(told, **expected):
    """What is told is nothing wrong but this."""
    names = ("missing", "old", "waiting", "dangling", "ahead", "foreign")
    assert {name: told[name] for name in names} == {
        **dict.fromkeys(names, 0), **expected}


def test_nothing_is_wrong_with_an_index_that_was_left_alone(
        reconcile, index, db):
    status, told = reconcile("--dry-run")
    assert status == 0
    only(told)
    assert told["messages"] == told["documents"] == db(
        "select count(*) as n from messages")[0]["n"]


def test_missing_documents_are_indexed_again(
        reconcile, index, filled, found, searched):
    for number in (3, 7, 20):
        index.remove(number)
    status, told = reconcile("--dry-run")
    assert status == 1
    only(told, missing=3)
    assert searched(filled, "word") == [
        n for n in range(1, 21) if n not in (3, 7, 20)]
    status, told = reconcile()
    assert status == 0
    only(told, missing=3)
    found(filled, "word", range(1, 21))
    assert reconcile("--dry-run")[0] == 0


def test_an_old_document_is_indexed_again(
        reconcile, index, filled, found):
    index.sql("update messages set version = version + 1, "
              "body = 'changed behind its back'", 5)
    status, told = reconcile("--dry-run")
    assert status == 1
    only(told, old=1)
    assert reconcile()[0] == 0
    found(filled, "behind its back", [5])
    assert reconcile("--dry-run")[0] == 0


def test_documents_without_a_message_are_removed(
        reconcile, index, filled, found):
    for number in (21, 999, 1 << 40):
        index.add(number, 17)
    status, told = reconcile("--dry-run")
    assert status == 1
    only(told, dangling=3)
    assert set(index.versions()) == {*range(1, 21), 21, 999, 1 << 40}
    status, told = reconcile()
    assert status == 0
    only(told, dangling=3)
    found(filled, "word", range(1, 21))
    assert reconcile("--dry-run") == (0, {**told, "dangling": 0,
                                          "documents": told["documents"] - 3})
    assert set(index.versions()) == set(range(1, 21))


def test_a_document_newer_than_its_message_is_made_anew(
        reconcile, index, filled, found):
    true = index.version(4)
    index.add(4, true + 100)
    status, told = reconcile("--dry-run")
    assert status == 1
    only(told, ahead=1)
    assert reconcile()[0] == 0
    found(filled, "word", range(1, 21))
    assert index.versions()[4] == true
    assert reconcile("--dry-run")[0] == 0


def test_what_waits_to_be_indexed_is_not_missing(
        reconcile, index, db, indexed):
    index.remove(3)
    db("insert into index_pending (application_id, chat_number, number, "
       "since, not_before) values (%s, %s, 3, utc_timestamp(), "
       "utc_timestamp() + interval 1 hour)", index.application,
       index.chat.number)
    status, told = reconcile("--dry-run")
    assert status == 0
    only(told, waiting=1)
    db("update index_pending set not_before = utc_timestamp()")
    indexed()
    only(reconcile("--dry-run")[1])


def test_writes_that_go_on_are_not_mistaken_for_damage(
        reconcile, admin, client, filled):
    enough = threading.Event()
    failed = []

    def go_on():
        count = 0
        while not enough.is_set():
            count += 1
            time.sleep(0.02)
            answers = [client.post(filled.messages, {"body": f"more {count}"}),
                       client.put(filled.message(2), {"body": f"x {count}"})]
            failed.extend(a for a in answers if a.status not in (200, 201))

    writers = [threading.Thread(target=go_on) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(3):
            status, told = reconcile("--dry-run")
            only(told, waiting=told["waiting"])
            assert status == 0
    finally:
        enough.set()
        for writer in writers:
            writer.join()
    assert not failed
