# Numbers under concurrency: exactly 1 to n, whatever process answers.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib

WRITERS = 64


def read_characters(stack, family):
    """What each process of a family has read so far, by name."""
    return {name: int(pathlib.Path(f"/proc/{stack.pid(name)}/io").read_text()
                      .split()[1])
            for name in stack.responders() if name.startswith(family)}


def all_took_part(before, after):
    assert len(after) >= 2
    return all(after[name] > before[name] for name in after)


def test_64_writers_in_one_chat_get_1_to_n(client, chat, threads, stack,
                                           stored):
    count = 24 * WRITERS
    before = read_characters(stack, "messages")
    answers = threads(WRITERS, lambda i: client.post(
        chat.messages, {"body": f"text {i}"}), range(count))
    assert {answer.status for answer in answers} == {201}
    assert sorted(a.json["number"] for a in answers) \
        == list(range(1, count + 1))
    assert all_took_part(before, read_characters(stack, "messages"))
    rows = stored(chat, count)
    assert {row["number"]: row["body"] for row in rows} \
        == {a.json["number"]: a.json["body"] for a in answers}


def test_64_writers_in_one_application_get_chats_1_to_n(
        client, chats_path, threads, stack):
    count = 6 * WRITERS
    before = read_characters(stack, "chats")
    answers = threads(WRITERS, lambda i: client.post(
        chats_path, {"name": f"chat {i}"}), range(count))
    assert {answer.status for answer in answers} == {201}
    assert sorted(a.json["number"] for a in answers) \
        == list(range(1, count + 1))
    assert all_took_part(before, read_characters(stack, "chats"))


def test_64_writers_in_64_new_chats_each_begin_at_1(
        client, application, new_chat, threads):
    chats = threads(16, lambda _: new_chat(application), range(WRITERS))
    assert sorted(chat.number for chat in chats) \
        == list(range(1, WRITERS + 1))

    def write_some(chat):
        return [chat.write(f"{i}")["number"] for i in range(8)]
    assert threads(WRITERS, write_some, chats) \
        == [list(range(1, 9))] * WRITERS


def test_first_messages_of_one_chat_at_once_get_different_numbers(
        client, application, new_chat, threads):
    for _ in range(5):
        chat = new_chat(application)
        numbers = threads(16, lambda i: chat.write("x")["number"], range(16))
        assert sorted(numbers) == list(range(1, 17))


def test_numbers_go_on_without_a_gap_over_the_ends_of_leases(
        client, chat, threads):
    count = 300         # the first lease has 32, later ones more
    numbers = threads(4, lambda i: chat.write(f"{i}")["number"],
                      range(count))
    assert sorted(numbers) == list(range(1, count + 1))
    walked = client.walk(chat.messages + "?limit=200")
    assert [m["number"] for m in walked] == list(range(1, count + 1))


def test_what_redis_forgets_is_a_gap_but_never_a_repeat(
        client, chat, redis, db, stored):
    numbers = [chat.write(f"{i}")["number"] for i in range(5)]
    forget_counter(redis, db, chat)
    numbers += [chat.write(f"{i}")["number"] for i in range(5)]
    assert numbers[:5] == [1, 2, 3, 4, 5]
    assert len(set(numbers)) == 10
    assert numbers == sorted(numbers)
    assert [row["number"] for row in stored(chat, 10)] == numbers
    assert [m["number"] for m in client.get(chat.messages).json] == numbers


def forget_counter(redis, db, chat):
    application = db("select id from applications where token = %s",
                     chat.token)[0]["id"]
    assert redis.delete(f"p:n:{application}:{chat.number}") == 1
