# Applications see nothing of each other's chats and messages.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

API = "/api/v1/applications"


@pytest.fixture
def stranger(new_application):
    return f"{API}/{new_application('A stranger')['token']}"


@pytest.mark.parametrize("settled", [False, True], ids=["fresh", "stored"])
def test_a_token_does_not_open_another_applications_chats(
        client, chat, stranger, stored, settled):
    chat.write("secret")
    if settled:
        stored(chat, 1)
    path = f"{stranger}/chats/{chat.number}"
    for target in (path, path + "/messages", path + "/messages/1",
                   path + "/messages/search?q=secret"):
        assert client.get(target).problem == "not-found"
    assert client.put(path, {"name": "x"}).problem == "not-found"
    assert client.put(path + "/messages/1", {"body": "x"}).status == 404
    assert client.post(path + "/messages", {"body": "x"}).status == 404
    assert client.get(chat.path).json["name"] == "A test's chat"
    assert client.get(chat.message(1)).json["body"] == "secret"
    assert [m["number"] for m in client.get(chat.messages).json] == [1]


def test_equal_numbers_are_different_chats(client, new_application, new_chat):
    first, second = new_chat(new_application()), new_chat(new_application())
    assert first.number == second.number == 1
    first.write("one")
    second.write("two")
    client.put(first.path, {"name": "Only this"})
    assert client.get(first.message(1)).json["body"] == "one"
    assert client.get(second.message(1)).json["body"] == "two"
    assert client.get(second.path).json["name"] == "A test's chat"


def test_a_list_holds_only_ones_own_chats(client, chat, stranger):
    assert client.get(stranger + "/chats").json == []
    assert [c["number"] for c in client.get(
        f"{API}/{chat.token}/chats").json] == [chat.number]
