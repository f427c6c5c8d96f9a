# ETag and If-None-Match: 304 for what the client has already.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

API = "/api/v1/applications"


@pytest.fixture(params=["application", "chat", "chats", "message",
                        "messages", "livez", "status"])
def path(request, chat):
    chat.write("Cached")
    return {
        "application": f"{API}/{chat.token}",
        "chat": chat.path,
        "chats": f"{API}/{chat.token}/chats",
        "message": chat.message(1),
        "messages": chat.messages,
        "livez": "/livez",
        "status": "/status/page.js",
    }[request.param]


def match(client, path, tag, method="GET"):
    return client.request(method, path, headers={"If-None-Match": tag})


def test_what_the_client_has_is_304_without_a_body(client, path):
    tag = client.get(path).headers["ETag"]
    answer = match(client, path, tag)
    assert answer.status == 304
    assert answer.body == b""
    assert answer.headers["ETag"] == tag


def test_head_is_304_as_well(client, path):
    tag = client.get(path).headers["ETag"]
    assert match(client, path, tag, "HEAD").status == 304


def test_a_list_of_tags_a_weak_one_and_a_star_match(client, path):
    tag = client.get(path).headers["ETag"]
    assert match(client, path, f'"other", {tag}').status == 304
    assert match(client, path, f'"a","b",{tag} , "c"').status == 304
    assert match(client, path, f"W/{tag}").status == 304
    assert match(client, path, "*").status == 304


def test_another_tag_is_answered_in_full(client, path):
    tag = client.get(path).headers["ETag"]
    for other in ('"other"', tag[:-2] + '"', tag.strip('"'), '""', ",", '"',
                  "W/", "x" * 3000):
        answer = match(client, path, other)
        assert answer.status == 200, other
        assert answer.headers["ETag"] == tag


def test_the_same_answer_has_the_same_tag(client, path):
    assert client.get(path).headers["ETag"] == client.get(path).headers["ETag"]


def test_a_change_changes_the_tag(client, chat):
    chat.write("before")
    for path, target, body in (
            (chat.message(1), chat.message(1), {"body": "after"}),
            (chat.messages, chat.message(1), {"body": "once more"}),
            (chat.path, chat.path, {"name": "Renamed"}),
            (f"{API}/{chat.token}", f"{API}/{chat.token}", {"name": "New"})):
        tag = client.get(path).headers["ETag"]
        assert client.put(target, body).status == 200
        answer = match(client, path, tag)
        assert answer.status == 200
        assert answer.headers["ETag"] != tag


def test_the_tag_is_the_same_before_and_after_it_is_stored(
        client, chat, stored, paused_jobs, stack):
    chat.write("From Redis, then from MySQL")
    tags = [client.get(p).headers["ETag"] for p in (chat.message(1),
                                                     chat.messages)]
    stack.continue_process("parley-jobs")
    stored(chat, 1)
    assert tags == [client.get(p).headers["ETag"] for p in (chat.message(1),
                                                            chat.messages)]


def test_writes_and_errors_carry_no_tag(client, chat):
    assert "ETag" not in client.post(chat.messages, {"body": "x"}).headers
    assert "ETag" not in client.get(chat.message(99)).headers
    assert "ETag" not in client.put(chat.path, {"name": "x"}).headers


def test_if_none_match_does_not_disturb_a_write(client, chat):
    answer = client.post(chat.messages, {"body": "x"},
                         headers={"If-None-Match": "*"})
    assert answer.status == 201
