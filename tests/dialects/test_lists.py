# Lists in a dialect: all there is, and by parts for who wants that; open or not.
# SPDX-License-Identifier: BSD-2-Clause
import pytest


@pytest.fixture(scope="module")
def long_chat(speak):
    """250 messages: more than two pages of the store."""
    main = speak("main")
    token = main.post("/api/v1/applications", {"name": "x"}).json["token"]
    path = f"/api/v1/applications/{token}/chats"
    assert main.post(path, {"name": "x"}).json["number"] == 1
    for number in range(1, 251):
        assert main.post(path + "/1/messages",
                         {"body": str(number)}).json["number"] == number
    return token


@pytest.mark.parametrize("service,path,key", [
    ("shetewi", "/application/{t}/chat/1/messages", "messageID"),
    ("mosaad", "/chats/{t}/1/messages", "number"),
    ("deeb", "/api/applications/{t}/chats/1/messages/", "number"),
])
def test_a_list_is_whole(speak, long_chat, service, path, key):
    path = path.replace("{t}", long_chat)
    answer = speak(service).get(path)
    assert [message[key] for message in answer.json] == list(range(1, 251))
    assert answer.next is None


def test_a_list_can_be_walked(speak, long_chat):
    target, numbers, parts = f"/chats/{long_chat}/1/messages?limit=120", [], 0
    while target:
        answer = speak("mosaad").get(target)
        assert answer.status == 200
        numbers += [message["number"] for message in answer.json]
        target, parts = answer.next, parts + 1
    assert (numbers, parts) == (list(range(1, 251)), 3)


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "limit=x",
                                   "after=x", "after=-1"])
def test_a_wrong_limit_is_said_to_be(speak, long_chat, query):
    answer = speak("mosaad").get(f"/chats/{long_chat}/1/messages?{query}")
    assert answer.status == 400
    assert query.split("=")[0] in answer.json["message"]


def test_the_open_list_has_every_application_and_can_be_walked(speak, chat):
    answer = speak("deeb").get("/api/applications/")
    tokens = [application["token"] for application in answer.json]
    assert chat.token in tokens
    walked, target = [], "/applications?limit=7"
    for _ in range(3):
        answer = speak("deeb").get(target)
        walked += [application["token"] for application in answer.json]
        target = answer.next
        if target is None:
            break
    assert walked == tokens[:len(walked)]
    assert speak("deeb").get(f"/applications?after={'x' * 36}").status == 400


def test_an_empty_list_is_what_the_system_has_for_it(speak, new_chat):
    chat = new_chat()
    assert speak("deeb").get(
        f"/applications/{chat.token}/chats/1/messages").json is None
    assert speak("mosaad").get(
        f"/chats/{chat.token}/1/messages").json == []
    assert speak("shetewi").get(
        f"/application/{chat.token}/chat/1/messages").json == []
