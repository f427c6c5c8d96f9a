# Things used by those whose they are not, under another parent, before they are, and as things of another kind.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

from client import JSON, query
from stack import wait_until

API = "/api/v1/applications"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def two(new_application, new_chat):
    """A chat of each of two applications, with a message in each."""
    chats = [new_chat(new_application(name), name) for name in ("A", "B")]
    for chat in chats:
        chat.write(f"of {chat.client.get(chat.path).json['name']}")
    return chats


def uses(path):
    """Everything that can be done under the path of a chat."""
    message = path + "/messages/1"
    return [("GET", path, None), ("PUT", path, {"name": "taken"}),
            ("PATCH", path, {"name": "taken"}),
            ("GET", path + "/messages", None),
            ("POST", path + "/messages", {"body": "taken"}),
            ("GET", message, None), ("PUT", message, {"body": "taken"}),
            ("PATCH", message, {"body": "taken"}),
            ("GET", path + "/messages/search?q=of", None)]


def attempt(client, method, path, body):
    if body is None:
        return client.request(method, path)
    return client.request(method, path, json_body=body)


def test_nothing_of_another_application_can_be_used(client, two):
    mine, _ = two
    second = client.post(f"{API}/{mine.token}/chats", {"name": "A2"}).json
    assert second["number"] == 2        # B has no second chat
    path = f"{API}/{two[1].token}/chats/2"
    for method, target, body in uses(path):
        assert attempt(client, method, target, body).problem == "not-found"
    assert client.get(f"{API}/{mine.token}/chats/2").json == second
    assert [c["name"] for c in client.get(
        f"{API}/{two[1].token}/chats").json] == ["B"]


def test_what_one_application_does_is_not_seen_by_another(client, two):
    """The same numbers, the same words; lists, hits, counts are apart."""
    for i, chat in enumerate(two):
        chat.write("shared words")
        chat.write(f"only here {i}")

    def hits(chat, q):
        return [(hit["application_token"], hit["number"]) for hit in
                client.get(query(chat.search, q=q)).json]
    for chat in two:
        wait_until(lambda chat=chat: hits(chat, "only"), 20)
        assert hits(chat, "shared") == [(chat.token, 2)]
        assert hits(chat, "only") == [(chat.token, 3)]
        assert {m["application_token"] for m in client.walk(
            chat.messages + "?limit=1")} == {chat.token}
    assert hits(two[0], "here 1") == []


def test_a_message_is_in_its_own_chat_only(client, two):
    mine, _ = two
    other = client.post(f"{API}/{mine.token}/chats", {"name": "A2"}).json
    path = f"{API}/{mine.token}/chats/{other['number']}/messages"
    for method, body in (("GET", None), ("PUT", {"body": "x"}),
                         ("PATCH", {"body": "x"})):
        answer = attempt(client, method, path + "/1", body)
        assert answer.problem == "not-found"
    assert client.get(path).json == []
    assert client.get(query(path + "/search", q="of")).json == []
    assert client.get(mine.message(1)).json["body"] == "of A"


@pytest.mark.parametrize("parent", [
    f"{API}/{NOBODY}/chats/1", f"{API}/{{token}}/chats/77"])
def test_under_a_parent_that_is_not_there_nothing_is_and_nothing_becomes(
        client, two, parent):
    path = parent.format(token=two[0].token)
    for method, target, body in uses(path):
        assert attempt(client, method, target, body).problem == "not-found"
    assert client.post(f"{API}/{NOBODY}/chats", {"name": "x"}).status == 404
    for method, target, body in uses(path):
        assert attempt(client, method, target, body).problem == "not-found"


REFUSED = [
    (b"{", JSON, 400), (b'{"body":5,"name":5}', JSON, 422),
    (b'{"body":"","name":""}', JSON, 422), (b"x", "text/plain", 415),
    (b"x" * 262145, JSON, 413),
]


@pytest.mark.parametrize("body,kind,status", REFUSED,
                         ids=lambda value: str(value)[:20])
def test_what_was_refused_is_not_there_and_has_used_up_no_number(
        client, chat, chats_path, body, kind, status):
    for path, field in ((chat.messages, "body"), (chats_path, "name")):
        known = len(client.get(path).json)
        for _ in range(3):
            answer = client.post(path, body=body, content_type=kind)
            assert answer.status == status
            assert "Location" not in answer.headers
        following = f"{path}/{known + 1}"
        assert client.get(following).problem == "not-found"
        assert client.put(following, {field: "x"}).problem == "not-found"
        assert len(client.get(path).json) == known
        assert client.post(path, {field: "x"}).json["number"] == known + 1


@pytest.mark.parametrize("body,kind,status", REFUSED,
                         ids=lambda value: str(value)[:20])
def test_a_refused_update_changes_nothing(client, two, body, kind, status):
    chat = two[0]
    for path in (f"{API}/{chat.token}", chat.path, chat.message(1)):
        before = client.get(path)
        for method in ("PUT", "PATCH"):
            answer = client.request(method, path, body=body,
                                    content_type=kind)
            assert answer.status == status
        after = client.get(path)
        assert (after.json, after.headers["ETag"]) == (
            before.json, before.headers["ETag"])


def test_a_name_of_one_kind_is_none_of_another(client, two):
    token, other = two[0].token, two[1].token
    for path in (f"{API}/1", f"{API}/{token}/chats/{token}",
                 f"{API}/{token}/chats/{other}",
                 f"{API}/{token}/chats/1/messages/{token}",
                 f"{API}/{token}{other}", f"{API}/{token},{other}",
                 f"{API}/1/chats/1/messages/1"):
        assert client.get(path).problem == "not-found"
    # A message's number is no chat's, though it is a number.
    two[0].write("second")
    assert client.get(f"{API}/{token}/chats/2").problem == "not-found"
    # A place in one list is none in another.
    for target in (two[0].messages + f"?after={token}",
                   f"{API}/{token}/chats?after={token}",
                   two[0].messages + "?after=3.1",
                   two[0].search + "?q=of&after=1"):
        assert client.get(target).problem == "bad-request"


def test_an_etag_of_one_thing_says_nothing_about_another(client, two):
    tags = {client.get(path).headers["ETag"]: path for chat in two for path in
            (f"{API}/{chat.token}", chat.path, chat.message(1),
             chat.messages, f"{API}/{chat.token}/chats")}
    assert len(tags) == 10
    for tag, theirs in tags.items():
        for path in tags.values():
            answer = client.get(path, headers={"If-None-Match": tag})
            assert answer.status == (304 if path == theirs else 200)


def test_a_place_in_the_hits_of_another_chat_shows_nothing_of_it(client, two):
    for chat in two:
        for _ in range(3):
            chat.write("needle")
        wait_until(lambda chat=chat: len(client.get(query(
            chat.search, q="needle")).json) == 3, 20)
    page = client.get(query(two[0].search, q="needle", limit=1))
    place = page.next.replace(two[0].token, two[1].token)
    for hit in client.get(place).json:
        assert hit["application_token"] == two[1].token


def test_a_body_does_not_choose_what_is_written_to(client, two):
    mine, other = two
    answer = client.post(mine.messages, {
        "body": "mine", "application_token": other.token, "chat_number": 9,
        "number": 1, "token": other.token, "version": 2 ** 60,
        "created_at": "2000-01-01T00:00:00.000Z"})
    assert answer.json["application_token"] == mine.token
    assert (answer.json["chat_number"], answer.json["number"]) == (1, 2)
    assert not answer.json["created_at"].startswith("2000")
    assert client.get(other.message(1)).json["body"] == "of B"
    made = client.post(API, {"name": "x", "token": mine.token,
                             "chats_count": 99, "id": 1})
    assert made.json["token"] != mine.token
    assert made.json["chats_count"] == 0
    assert client.get(f"{API}/{mine.token}").json["name"] == "A"
