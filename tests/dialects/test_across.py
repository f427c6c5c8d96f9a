# What is made in one dialect is there in every other, and in the main API.
# SPDX-License-Identifier: BSD-2-Clause
import uuid

import pytest

API = "/api/v1/applications"

# How each system makes an application, a chat, a message: service, path,
# fields, and the key of what it answers.
APPLICATION = {
    "main": ("main", API, "name", "token"),
    "shady": ("shady-rails", API, "name", "token"),
    "shetewi": ("shetewi", "/application", "username", "Application"),
    "mosaad": ("mosaad", "/applications", "name", "app_token"),
    "deeb": ("deeb", "/api/applications/", "name", "token"),
}
CHAT = {
    "main": ("main", API + "/{t}/chats", "name", "number"),
    "shady": ("shady-go", API + "/{t}/chats", "name", "number"),
    "shetewi": ("shetewi", "/application/{t}/chat", None, "Chat"),
    "shetewi-go": ("shetewi-go", "/application/{t}/chat", None, "chatID"),
    "mosaad": ("mosaad", "/chats", "name", "chat_number"),
    "deeb": ("deeb", "/api/applications/{t}/chats/", None, "number"),
}
MESSAGE = {
    "main": ("main", API + "/{t}/chats/{c}/messages", "body", "number"),
    "shady": ("shady-go", API + "/{t}/chats/{c}/messages", "name", "number"),
    "shetewi": ("shetewi", "/application/{t}/chat/{c}/message", "message",
                "MessageID"),
    "shetewi-go": ("shetewi-go", "/application/{t}/chat/{c}/message",
                   "message", "messageID"),
    "mosaad": ("mosaad", "/messages", "body", "message_number"),
    "deeb": ("deeb", "/api/applications/{t}/chats/{c}/messages/", "body",
             "number"),
}
# Where each shows them, and under which key the name or the text is.
SHOW_APPLICATION = {
    "main": ("main", API + "/{t}", "name"),
    "shady": ("shady-rails", API + "/{t}", "name"),
    "shetewi": ("shetewi", "/application/{t}", "Username"),
    "mosaad": ("mosaad", "/applications/{t}", "name"),
    "deeb": ("deeb", "/api/applications/{t}", "name"),
}
SHOW_MESSAGE = {
    "main": ("main", API + "/{t}/chats/{c}/messages/{m}", "body"),
    "shady": ("shady-go", API + "/{t}/chats/{c}/messages/{m}", "name"),
    "shetewi": ("shetewi", "/application/{t}/chat/{c}/message/{m}",
                "Message"),
    "mosaad": ("mosaad", "/messages/{t}/{c}/{m}", "body"),
    "deeb": ("deeb", "/api/applications/{t}/chats/{c}/messages/{m}",
             "content"),
}
LISTS = {
    "main": ("main", API + "/{t}/chats/{c}/messages", "number", "body"),
    "shetewi": ("shetewi", "/application/{t}/chat/{c}/messages", "messageID",
                "message"),
    "mosaad": ("mosaad", "/chats/{t}/{c}/messages", "number", "body"),
    "deeb": ("deeb", "/api/applications/{t}/chats/{c}/messages/", "number",
             "content"),
}
SEARCHES = {
    "main": ("main", API + "/{t}/chats/{c}/messages/search?q={q}"),
    "shetewi": ("shetewi", "/application/{t}/chat/{c}/search/{q}"),
    "mosaad": ("mosaad", "/messages/{t}/{c}/search/{q}"),
    "deeb": ("deeb",
             "/api/applications/{t}/chats/{c}/messages/search?key={q}"),
}


class Systems:
    def __init__(self, speak):
        self.speak = speak

    def post(self, how, text, token="", chat=0, headers=()):
        service, path, field, _ = how
        fields = {} if field is None else {field: text}
        if service == "mosaad":
            fields.update(app_token=token, chat_number=chat)
        return self.speak(service).post(
            path.replace("{t}", token).replace("{c}", str(chat)), fields,
            headers=headers)

    def make(self, how, text, token="", chat=0):
        answer = self.post(how, text, token, chat)
        assert answer.status in (200, 201), answer
        return answer.json[how[3]]

    def get(self, service, path, token, chat=0, message=0):
        answer = self.speak(service).get(
            path.replace("{t}", token).replace("{c}", str(chat))
            .replace("{m}", str(message)))
        assert answer.status == 200, answer
        return answer.json


@pytest.fixture
def systems(speak):
    return Systems(speak)


@pytest.mark.parametrize("maker", APPLICATION)
def test_an_application_is_known_to_all(systems, maker):
    token = systems.make(APPLICATION[maker], "Of " + maker)
    for service, path, key in SHOW_APPLICATION.values():
        assert systems.get(service, path, token)[key] == "Of " + maker


def test_chats_of_all_are_numbered_together(systems, chat):
    numbers = [systems.make(how, "x", chat.token) for how in CHAT.values()]
    assert numbers == list(range(2, 2 + len(CHAT)))


@pytest.mark.parametrize("maker", CHAT)
def test_a_chat_takes_messages_of_all(systems, chat, maker):
    number = systems.make(CHAT[maker], "x", chat.token)
    for count, (writer, how) in enumerate(MESSAGE.items(), 1):
        assert systems.make(how, "By " + writer, chat.token, number) == count
    for service, path, key in SHOW_MESSAGE.values():
        for count, writer in enumerate(MESSAGE, 1):
            assert systems.get(service, path, chat.token, number,
                               count)[key] == "By " + writer
    for service, path, key, text in LISTS.values():
        assert [(message[key], message[text]) for message in
                systems.get(service, path, chat.token, number)] == [
                    (count, "By " + writer)
                    for count, writer in enumerate(MESSAGE, 1)]


def test_a_message_is_found_by_all_who_search(systems, chat, found):
    for service, path in SEARCHES.values():
        path = path.replace("{t}", chat.token).replace("{c}", "1")
        found(systems.speak(service), path.replace("{q}", "hamdu"))
        hits = systems.speak(service).get(path.replace("{q}", "hamdu")).json
        numbers = {hit.get("number") or hit.get("messageID") or
                   hit["_source"]["number"] for hit in hits}
        assert numbers == {1, 2}


def test_search_stays_within_the_chat(systems, chat, new_chat, found):
    other = new_chat("Alhamdulilah, elsewhere")
    for service, path in SEARCHES.values():
        path = path.replace("{q}", "Alhamdulilah").replace("{c}", "1")
        found(systems.speak(service), path.replace("{t}", other.token))
        found(systems.speak(service), path.replace("{t}", chat.token))
        assert len(systems.speak(service).get(
            path.replace("{t}", other.token)).json) == 1


def test_the_update_of_each_is_read_by_all(systems, chat, speak):
    path = f"{API}/{chat.token}/chats/1/messages/1"
    updates = {
        "shady-go": ("PUT", path, {"name": "u1"}, 200),
        "shetewi": ("PUT", f"/application/{chat.token}/chat/1/message/1",
                    {"message": "u2"}, 200),
        "mosaad": ("PATCH", "/messages/1", {
            "body": "u3", "chat_number": "1", "app_token": chat.token}, 204),
        "deeb": ("PUT", f"/applications/{chat.token}/chats/1/messages/1",
                 {"body": "u4"}, 200),
    }
    for count, (service, (method, target, fields, status)) in enumerate(
            updates.items(), 1):
        answer = speak(service).request(method, target, json_body=fields)
        assert answer.status == status, answer
        for service, show, key in SHOW_MESSAGE.values():
            assert systems.get(service, show, chat.token, 1, 1)[key] == \
                f"u{count}"


def test_counts_are_the_cached_ones(systems, stack, wait_until):
    token = systems.make(APPLICATION["mosaad"], "counted")
    number = systems.make(CHAT["deeb"], "", token)
    shown = systems.get("mosaad", "/applications/{t}", token)
    assert shown["chats_count"] is None
    for text in ("one", "two"):
        systems.make(MESSAGE["shady"], text, token, number)

    def counted():
        """parley-count has seen both messages"""
        stack.count()
        chat = systems.get("deeb", "/api/applications/{t}/chats/{c}", token,
                           number)
        return chat["messages_count"] == 2
    wait_until(counted, 20)
    assert systems.get("shetewi", "/application/{t}", token)["ChatsCount"] \
        == "1"
    assert systems.get("shetewi", "/application/{t}/chat/{c}", token,
                       number)["MessagesCount"] == 2
    assert systems.get("mosaad", "/applications/{t}", token)["chats_count"] \
        == 1
    assert systems.get("shady-go", API + "/{t}/chats/{c}", token,
                       number)["messages_count"] == 2


@pytest.mark.parametrize("how", [
    pytest.param(how, id=f"{what}-{name}")
    for what, table in (("application", APPLICATION), ("message", MESSAGE))
    for name, how in table.items()])
def test_with_an_idempotency_key_it_is_made_once(systems, chat, how):
    headers = {"Idempotency-Key": f'"{uuid.uuid4()}"'}
    first = systems.post(how, "x", chat.token, 1, headers)
    again = systems.post(how, "x", chat.token, 1, headers)
    assert first.status in (200, 201)
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = systems.post(how, "y", chat.token, 1, headers)
    assert other.status == 422
    headers["Idempotency-Key"] = '"'
    assert systems.post(how, "x", chat.token, 1, headers).status == 400
