# chats_count and messages_count: right after one run of parley-count.
# SPDX-License-Identifier: BSD-2-Clause
import subprocess
import time

import pytest

from stack import others
from test_numbering import forget_counter

API = "/api/v1/applications"


def messages_count(client, chat):
    return client.get(chat.path).json["messages_count"]


def chats_count(client, chat):
    return client.get(f"{API}/{chat.token}").json["chats_count"]


def test_counts_are_right_after_one_run(client, stack, application, new_chat,
                                        stored):
    chats = [new_chat(application) for _ in range(3)]
    for count, chat in enumerate(chats, 3):
        for i in range(count):
            chat.write(f"{i}")
        stored(chat, count)
    stack.count()
    assert [messages_count(client, chat) for chat in chats] == [3, 4, 5]
    assert chats_count(client, chats[0]) == 3
    listed = client.get(f"{API}/{application['token']}/chats").json
    assert [entry["messages_count"] for entry in listed] == [3, 4, 5]


def test_updates_do_not_count(client, stack, chat, stored, rows, wait_until):
    chat.write("one")
    client.put(chat.message(1), {"body": "still one"})
    client.put(chat.path, {"name": "still one"})
    stored(chat, 1)
    wait_until(lambda: rows(chat)[0]["body"] == "still one")
    stack.count()
    assert messages_count(client, chat) == 1
    assert chats_count(client, chat) == 1


def test_a_gap_in_the_numbers_is_not_counted(client, stack, chat, redis, db,
                                             stored):
    for i in range(4):
        chat.write(f"{i}")
    forget_counter(redis, db, chat)
    last = chat.write("after the gap")["number"]
    assert last > 5
    stored(chat, 5)
    stack.count()
    assert messages_count(client, chat) == 5


def test_counts_survive_updates_and_later_writes(client, stack, chat, stored):
    chat.write("one")
    stored(chat, 1)
    stack.count()
    answer = client.put(chat.path, {"name": "Renamed"})
    assert answer.json["messages_count"] == 1
    assert messages_count(client, chat) == 1
    listed = client.get(f"{API}/{chat.token}/chats").json
    assert [entry["messages_count"] for entry in listed] == [1]
    chat.write("two")
    stored(chat, 2)
    stack.count()
    assert messages_count(client, chat) == 2


def test_full_counts_what_nothing_is_pending_for(client, stack, chat, db,
                                                 stored):
    chat.write("one")
    stored(chat, 1)
    stack.count()
    db("""update chats c join applications a on c.application_id = a.id
        set c.messages_count = 77, a.chats_count = 88
        where a.token = %s and c.number = %s""", chat.token, chat.number)
    stack.count()
    assert wrong(db, chat) == (77, 88)
    stack.count("--full")
    assert wrong(db, chat) == (1, 1)


def wrong(db, chat):
    row = db("""select c.messages_count, a.chats_count from chats c
        join applications a on c.application_id = a.id
        where a.token = %s and c.number = %s""", chat.token, chat.number)[0]
    return row["messages_count"], row["chats_count"]


def test_running_it_again_changes_nothing(client, stack, chat, stored):
    chat.write("one")
    stored(chat, 1)
    for _ in range(3):
        stack.count()
        assert messages_count(client, chat) == 1


def test_two_at_once_are_one_counter(stack):
    """Neither fails: the second sees the first at work and leaves."""
    arguments = [stack.program("parley-count"), "-c",
                 stack.run / "accounts" / "count.conf", "--full"]
    running = [subprocess.Popen(arguments, stderr=subprocess.PIPE, env=others())
               for _ in range(3)]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (0, 111), errors


@pytest.mark.parametrize("arguments", [["--nonsense"], ["extra"],
                                       ["-c", "/nonexistent"], ["-c"]])
def test_a_wrong_command_line_is_exit_100(stack, arguments):
    done = subprocess.run([stack.program("parley-count"), *arguments],
                          env=others(), capture_output=True, timeout=20,
                          check=False)
    assert done.returncode == 100
    assert done.stderr


def test_without_a_database_it_is_exit_111_and_quick(stack, tmp_path):
    conf = tmp_path / "parley.conf"
    conf.write_text("db_socket = /nonexistent/mysql.sock\n")
    started = time.monotonic()
    done = subprocess.run([stack.program("parley-count"), "-c", conf],
                          env=others(), capture_output=True, timeout=30,
                          check=False)
    assert done.returncode == 111
    assert done.stderr
    assert time.monotonic() - started < 10
