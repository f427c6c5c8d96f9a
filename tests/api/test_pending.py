# What MySQL holds in the end: every row byte for byte, and no debt left.
# SPDX-License-Identifier: BSD-2-Clause
from stack import wait_until
from test_bodies import TEXTS


def test_rows_hold_what_was_sent_byte_for_byte(chat, stored):
    for text in TEXTS:
        chat.write(text)
    rows = stored(chat, len(TEXTS))
    assert [row["body"] for row in rows] == TEXTS
    assert [row["number"] for row in rows] \
        == list(range(1, len(TEXTS) + 1))


def test_the_index_owes_nothing_in_the_end(chat, stored, db):
    for i in range(50):
        chat.write(f"Text {i}")
    stored(chat, 50)

    def nothing_owed():
        """index_pending is empty"""
        return db("select count(*) as n from index_pending")[0]["n"] == 0
    wait_until(nothing_owed, 30)


def test_a_chat_is_marked_to_be_counted_in_the_same_commit(
        chat, stored, stack, db):
    stack.count()
    chat.write("x")
    stored(chat, 1)
    marked = """select 1 from count_pending p
        join applications a on p.application_id = a.id
        where a.token = %s and p.chat_number = %s"""
    assert db(marked, chat.token, chat.number)
    stack.count()
    assert not db(marked, chat.token, chat.number)


def test_the_version_of_a_row_is_that_of_the_last_update(
        client, chat, stored, rows):
    chat.write("0")
    first = stored(chat, 1)[0]["version"]
    for i in range(1, 30):
        client.put(chat.message(1), {"body": f"{i}"})
    wait_until(lambda: rows(chat)[0]["body"] == "29")
    assert rows(chat)[0]["version"] > first


def test_times_are_stored_as_they_are_answered(client, chat, stored,
                                               redis):
    made = chat.write("x")
    row = stored(chat, 1)[0]
    key = f"p:v:{row['application_id']}:{chat.number}:1"

    def marked():
        """the jobs have told Redis that it is stored"""
        return redis.ttl(key) > 0
    wait_until(marked)
    redis.delete(key)       # as if its minute were over: now MySQL answers
    assert client.get(chat.message(1)).json == made
    assert client.get(chat.messages).json == [made]
