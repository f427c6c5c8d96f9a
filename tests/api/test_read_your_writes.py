# You read your own write at once, single and in lists, stored yet or not.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

API = "/api/v1/applications"


@pytest.fixture(params=["jobs run", "jobs are stopped"])
def jobs(request, stack):
    if request.param == "jobs run":
        yield
        return
    stack.stop_process("parley-jobs")
    yield
    stack.continue_process("parley-jobs")


def test_a_message_is_there_at_once(client, chat, jobs):
    for i in range(1, 41):
        made = chat.write(f"Text {i}")
        assert client.get(chat.message(i)).json == made
        assert client.get(f"{chat.messages}?after={i - 1}").json == [made]
        last = client.get(f"{chat.messages}?order=desc&limit=1").json
        assert last == [made]


def test_a_chat_is_there_at_once(client, chats_path, jobs):
    for i in range(1, 21):
        made = client.post(chats_path, {"name": f"Chat {i}"}).json
        assert client.get(f"{chats_path}/{i}").json == made
        assert client.get(f"{chats_path}?after={i - 1}").json == [made]
        assert client.get(f"{chats_path}?order=desc&limit=1").json == [made]


def test_an_update_is_there_at_once(client, chat, jobs):
    chat.write("first")
    for i in range(20):
        answer = client.put(chat.message(1), {"body": f"Text {i}"})
        assert answer.json["body"] == f"Text {i}"
        assert client.get(chat.message(1)).json == answer.json
        assert client.get(chat.messages).json == [answer.json]
        answer = client.put(chat.path, {"name": f"Name {i}"})
        assert client.get(chat.path).json["name"] == f"Name {i}"
        listed = client.get(f"{API}/{chat.token}/chats").json
        assert [entry["name"] for entry in listed] == [f"Name {i}"]


def test_an_application_is_there_at_once(client, jobs):
    for i in range(10):
        made = client.post(API, {"name": f"Application {i}"}).json
        path = f"{API}/{made['token']}"
        assert client.get(path).json == made
        client.put(path, {"name": "Renamed"})
        assert client.get(path).json["name"] == "Renamed"


def test_many_writers_each_read_their_own_at_once(
        client, application, new_chat, threads, jobs):
    chat = new_chat(application)

    def write_and_read(i):
        made = chat.write(f"Text {i}")
        number = made["number"]
        return (client.get(chat.message(number)).json == made
                and client.get(f"{chat.messages}?after={number - 1}&limit=1")
                .json == [made])
    assert all(threads(32, write_and_read, range(320)))


def test_a_new_chat_takes_messages_at_once(client, application, new_chat,
                                           jobs):
    for _ in range(10):
        chat = new_chat(application)
        assert chat.write("The first")["number"] == 1
        assert len(client.get(chat.messages).json) == 1


def test_a_list_merges_what_is_stored_and_what_is_fresh(
        client, chat, stored, stack):
    for i in range(1, 31):
        chat.write(f"stored {i}")
    stored(chat, 30)
    stack.stop_process("parley-jobs")
    try:
        for i in range(31, 61):
            chat.write(f"fresh {i}")
        client.put(chat.message(7), {"body": "updated 7"})
        client.put(chat.message(50), {"body": "updated 50"})
        expected = [f"stored {i}" for i in range(1, 31)] \
            + [f"fresh {i}" for i in range(31, 61)]
        expected[6], expected[49] = "updated 7", "updated 50"
        for limit in (1, 7, 30, 31, 200):
            for order in ("asc", "desc"):
                found = client.walk(
                    f"{chat.messages}?limit={limit}&order={order}")
                bodies = [entry["body"] for entry in found]
                assert bodies == (expected if order == "asc"
                                  else expected[::-1])
    finally:
        stack.continue_process("parley-jobs")
    stored(chat, 60)
    bodies = [m["body"] for m in client.walk(chat.messages + "?limit=200")]
    assert bodies == expected


def test_nothing_flickers_while_it_is_being_stored(client, chat, stored):
    """Each look during the way from Redis to MySQL sees all of it."""
    for i in range(1, 151):
        chat.write(f"{i}")
        if i % 5 == 0:
            numbers = [m["number"] for m in client.get(
                f"{chat.messages}?limit=200").json]
            assert numbers == list(range(1, i + 1))
    stored(chat, 150)


def test_the_last_accepted_update_wins(client, chat, threads, rows,
                                       wait_until):
    chat.write("original")
    answers = threads(16, lambda i: client.put(
        chat.message(1), {"body": f"update {i}"}), range(160))
    assert {answer.status for answer in answers} == {200}
    final = client.get(chat.message(1)).json["body"]
    assert final in {answer.json["body"] for answer in answers}
    client.put(chat.message(1), {"body": "the very last"})

    def settled():
        """the row has the last update"""
        found = rows(chat)
        return found and found[0]["body"] == "the very last"
    wait_until(settled)
    assert client.get(chat.message(1)).json["body"] == "the very last"


def test_updates_never_go_back(client, chat):
    """Reads of one thing, in order, never show an older state again."""
    chat.write("0")
    for i in range(1, 101):
        assert client.put(chat.message(1), {"body": str(i)}).status == 200
        seen = int(client.get(chat.message(1)).json["body"])
        assert seen == i


def test_a_page_read_again_and_again_shows_every_write_at_once(
        client, chat, jobs):
    """Also one that was answered before and would be taken from memory."""
    path = f"{chat.messages}?limit=3&order=desc"
    for number in range(1, 40):
        assert client.post(chat.messages, {"body": str(number)}).status == 201
        bodies = [m["body"] for m in client.get(path).json]
        assert bodies[0] == str(number)
        assert [m["body"] for m in client.get(path).json] == bodies
        update = f"{number} updated"
        assert client.put(f"{chat.messages}/{number}",
                          {"body": update}).status == 200
        assert client.get(path).json[0]["body"] == update
        assert client.get(path).json[0]["body"] == update
