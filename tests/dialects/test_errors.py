# What each system answers when something is wrong: its statuses and its words.
# SPDX-License-Identifier: BSD-2-Clause
import json

import pytest

from servers import KNOWS_ITS_METHODS

NOBODY = "00000000-0000-4000-8000-000000000000"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
SHADY = "/api/v1/applications/"

# service, method, path, body, status, answer. A str is text, all else JSON.
# In a path {t} is a token with a chat 1 of 3 messages; {no} is nobody's.
TABLE = [
    ("shady-rails", "GET", SHADY + "{no}", None, 404, {"error": "Not found"}),
    ("shady-rails", "PUT", SHADY + "{no}", {"name": "x"}, 404,
     {"error": "Not found"}),
    ("shady-rails", "POST", SHADY[:-1], {}, 422,
     {"error": ["Name can't be blank"]}),
    ("shady-rails", "PUT", SHADY + "{t}", {"name": " "}, 422,
     {"error": ["Name can't be blank"]}),
    ("shady-rails", "PUT", SHADY + "{t}", {"name": "x" * 256}, 422,
     {"error": ["name is too long"]}),
    ("shady-go", "POST", SHADY + "{no}/chats", {"name": "x"}, 400,
     {"error": "Invalid token"}),
    ("shady-go", "GET", SHADY + "{no}/chats/1", None, 400,
     {"error": "Invalid token"}),
    ("shady-go", "PUT", SHADY + "{no}/chats/1", {"name": "x"}, 400,
     {"error": "Invalid token"}),
    ("shady-go", "POST", SHADY + "{no}/chats/1/messages", {"name": "x"}, 400,
     {"error": "Invalid token"}),
    ("shady-go", "GET", SHADY + "{no}/chats/1/messages/1", None, 400,
     {"error": "Invalid token"}),
    ("shady-go", "PUT", SHADY + "{no}/chats/1/messages/1", {"name": "x"}, 400,
     {"error": "Invalid token"}),
    ("shady-go", "GET", SHADY + "{t}/chats/9", None, 404,
     {"error": "Chat not found"}),
    ("shady-go", "PUT", SHADY + "{t}/chats/9", {"name": "x"}, 400,
     {"error": "Invalid chat"}),
    ("shady-go", "POST", SHADY + "{t}/chats/9/messages", {"name": "x"}, 400,
     {"error": "Invalid chat"}),
    ("shady-go", "GET", SHADY + "{t}/chats/9/messages/1", None, 400,
     {"error": "Invalid chat"}),
    ("shady-go", "GET", SHADY + "{t}/chats/1/messages/9", None, 404,
     {"error": "Message not found"}),
    ("shady-go", "PUT", SHADY + "{t}/chats/1/messages/9", {"name": "x"}, 400,
     {"error": "Invalid Message"}),
    ("shady-go", "POST", SHADY + "{t}/chats/1/messages", {}, 400,
     {"error": "Invalid name"}),
    ("shady-go", "GET", "/nothing", None, 404, {"message": "Not Found"}),
    ("shady-go", "DELETE", SHADY + "{t}/chats/1", None, 405,
     {"message": "Method Not Allowed"}),

    ("shetewi", "POST", "/application", {"username": ""}, 400,
     {"error": "Username is required"}),
    ("shetewi", "GET", "/application/{no}", None, 404,
     {"error": "Application not found"}),
    ("shetewi", "POST", "/application/{no}/chat", None, 404,
     {"error": "Application not found"}),
    ("shetewi", "GET", "/application/{t}/chat/9", None, 404,
     {"error": "Chat not found"}),
    ("shetewi", "POST", "/application/{t}/chat/9/message", {"message": "x"},
     404, {"error": "Chat not found"}),
    ("shetewi", "POST", "/application/{no}/chat/1/message", {"message": "x"},
     404, {"error": "Chat not found"}),
    ("shetewi", "GET", "/application/{t}/chat/9/messages", None, 404,
     {"error": "Chat not found"}),
    ("shetewi", "POST", "/application/{t}/chat/1/message", {"message": " "},
     400, {"error": "Message is required"}),
    ("shetewi", "PUT", "/application/{t}/chat/9/message/1", {}, 400,
     {"error": "Message is required"}),
    ("shetewi", "PUT", "/application/{t}/chat/9/message/1", {"message": "x"},
     404, {"error": "Chat not found"}),
    ("shetewi", "PUT", "/application/{t}/chat/1/message/9", {"message": "x"},
     404, {"error": "Message not found"}),
    ("shetewi", "GET", "/application/{t}/chat/1/message/9", None, 404,
     {"error": "Message not found"}),
    ("shetewi", "GET", "/application/{t}/chat/9/message/1", None, 404,
     {"error": "Message not found"}),
    ("shetewi", "GET", "/application/{t}/chat/9/search/x", None, 404,
     {"error": "Chat not found or App not found"}),
    ("shetewi", "GET", "/application/{no}/chat/1/search/x", None, 404,
     {"error": "Chat not found or App not found"}),

    ("shetewi-go", "POST", "/application/{no}/chat", None, 404,
     "Application not found\n"),
    ("shetewi-go", "POST", "/application/{t}/chat/9/message",
     {"message": "x"}, 404, "Chat not found\n"),
    ("shetewi-go", "POST", "/application/{no}/chat/1/message",
     {"message": "x"}, 404, "Chat not found\n"),
    ("shetewi-go", "POST", "/application/{t}/chat/one/message",
     {"message": "x"}, 400, "Error parsing chatID\n"),
    ("shetewi-go", "POST", "/application/{t}/chat/1/message", b"{", 400,
     "Error decoding request body\n"),
    ("shetewi-go", "POST", "/application/{t}/chat/1/message", {}, 400,
     "message is missing\n"),
    ("shetewi-go", "GET", "/nothing", None, 404, "404 page not found\n"),

    ("mosaad", "POST", "/applications", {}, 422,
     {"message": "Validation failed: Name can't be blank"}),
    ("mosaad", "POST", "/chats", {"app_token": "{t}"}, 422,
     {"name": ["can't be blank"]}),
    ("mosaad", "POST", "/messages", {"app_token": "{t}", "chat_number": "1"},
     422, {"body": ["can't be blank"]}),
    ("mosaad", "POST", "/chats", {"name": "x" * 256, "app_token": "{t}"}, 422,
     {"name": ["is too long"]}),
    ("mosaad", "POST", "/chats", {"name": "x", "app_token": "{no}"}, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "POST", "/chats", {"name": "x"}, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "GET", "/chats/{no}/1", None, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "PATCH", "/chats/1", {"name": "x", "app_token": "{no}"}, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "GET", "/chats/{no}/1/messages", None, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "GET", "/chats/{t}/9", None, 404,
     {"message": "Couldn't find Chat"}),
    ("mosaad", "PATCH", "/chats/9", {"name": "x", "app_token": "{t}"}, 404,
     {"message": "Couldn't find Chat"}),
    ("mosaad", "GET", "/chats/{t}/9/messages", None, 404,
     {"message": "Couldn't find Chat"}),
    ("mosaad", "GET", "/messages/{t}/1/9", None, 404,
     {"message": "Couldn't find Message"}),
    ("mosaad", "PATCH", "/messages/9",
     {"body": "x", "chat_number": "1", "app_token": "{t}"}, 404,
     {"message": "Couldn't find Message"}),
    # Theirs are a page of the framework's, with status 500.
    ("mosaad", "GET", "/applications/{no}", None, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "PATCH", "/applications/{no}", {"name": "x"}, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "GET", "/applications/{no}/chats", None, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "POST", "/messages",
     {"body": "x", "chat_number": "9", "app_token": "{t}"}, 404,
     {"message": "Couldn't find Chat"}),
    ("mosaad", "GET", "/messages/{no}/1/1", None, 404,
     {"message": "Couldn't find Application"}),
    ("mosaad", "GET", "/messages/{t}/9/search/x", None, 404,
     {"message": "Couldn't find Chat"}),
    ("mosaad", "PATCH", "/applications/{t}", {"name": ""}, 422,
     {"name": ["can't be blank"]}),

    ("deeb", "GET", "/api/applications/{no}", None, 404, None),
    ("deeb", "PUT", "/api/applications/{no}", {"name": "x"}, 404, None),
    ("deeb", "POST", "/api/applications/{no}/chats/", None, 400, None),
    ("deeb", "GET", "/api/applications/{no}/chats/", None, 404, None),
    ("deeb", "GET", "/api/applications/{t}/chats/9", None, 404, None),
    ("deeb", "GET", "/api/applications/{t}/chats/9/messages/", None, 404,
     None),
    ("deeb", "POST", "/api/applications/{t}/chats/9/messages/",
     {"body": "x"}, 404, None),
    ("deeb", "GET", "/api/applications/{t}/chats/1/messages/9", None, 404,
     None),
    ("deeb", "GET", "/api/applications/{no}/chats/1/messages/search?key=x",
     None, 404, None),
    ("deeb", "POST", "/api/applications/", {}, 400, None),
    ("deeb", "POST", "/api/applications/{t}/chats/1/messages/", {}, 400,
     None),
    ("deeb", "GET", "/api/nothing", None, 404, "404 page not found"),
]


def check(answer, status, expected):
    assert answer.status == status, answer
    if isinstance(expected, str):
        assert answer.headers["Content-Type"] == TEXT
        assert answer.body.decode() == expected
    else:
        assert answer.headers["Content-Type"] == JSON
        assert answer.json == expected


@pytest.mark.parametrize(
    "service,method,path,body,status,expected", TABLE,
    ids=[f"{row[0]}-{row[1]}-{row[2][:60]}-{row[4]}" for row in TABLE])
def test_an_error_has_the_systems_status_and_words(
        speak, chat, service, method, path, body, status, expected):
    def fill(text):
        return text.replace("{t}", chat.token).replace("{no}", NOBODY)
    if isinstance(body, dict):
        body = fill(json.dumps(body)).encode()
    check(speak(service).request(
        method, fill(path), body=body,
        content_type=JSON if body is not None else None), status, expected)


# One route of each service that reads, and one that writes.
ROUTES = {
    "shady-rails": ("/api/v1/applications/{t}", "/api/v1/applications"),
    "shady-go": ("/api/v1/applications/{t}/chats/1",
                 "/api/v1/applications/{t}/chats"),
    "shetewi": ("/application/{t}/chat/1", "/application/{t}/chat/1/message"),
    "shetewi-go": (None, "/application/{t}/chat/1/message"),
    "mosaad": ("/chats/{t}/1", "/messages"),
    "deeb": ("/api/applications/{t}", "/api/applications/"),
}


def words_of(service, answer):
    """Whether an answer is an error as that service has them."""
    if service == "shetewi-go":
        return answer.headers["Content-Type"] == TEXT and \
            answer.body.decode().endswith("\n")
    if answer.headers["Content-Type"] != JSON:
        return False
    if service == "deeb":
        return answer.json is None
    key = "message" if service == "mosaad" else "error"
    return isinstance(answer.json[key], str)


@pytest.mark.parametrize("service", ROUTES)
@pytest.mark.parametrize("kind,body,status", [
    (JSON, b"{", 400), (JSON, b"[]", 400), (JSON, b'{"a":"\\u0000', 400),
    ("application/x-www-form-urlencoded", b"a=%zz", 400),
    ("multipart/form-data; boundary=x", b"--y\r\n", 400),
    ("multipart/form-data", b"--y\r\n", 400),
    ("text/csv", b"a,b", 415),
    (JSON, b'{"a":"' + b"x" * 300000 + b'"}', 413),
])
def test_a_body_that_cannot_be_read_is_said_so_in_the_systems_words(
        speak, chat, service, kind, body, status):
    path = ROUTES[service][1].replace("{t}", chat.token)
    answer = speak(service).request("POST", path, body=body,
                                    content_type=kind)
    assert answer.status == status
    assert words_of(service, answer), answer


@pytest.mark.parametrize("service", ROUTES)
def test_what_the_web_server_refuses_is_said_in_the_systems_words(
        speak, chat, service):
    path = ROUTES[service][1].replace("{t}", chat.token)
    answer = speak(service).request("POST", path, body=b"x" * 1200000,
                                    content_type=JSON)
    assert answer.status == 413
    assert words_of(service, answer), answer


@pytest.mark.parametrize("method", ["DELETE", "TRACE", "PROPFIND", "BREW"])
@pytest.mark.parametrize("service", ROUTES)
def test_an_unknown_verb_is_said_to_be_one(speak, chat, service, method):
    path = ROUTES[service][1].replace("{t}", chat.token)
    client = speak(service)
    answer = client.request(method, path)
    # What lighttpd has never heard of it does not even say the path of; then
    # the first system of the port answers.
    unheard_of = method == "BREW" and client.server in KNOWS_ITS_METHODS
    assert answer.status == (501 if unheard_of else 405)
    if unheard_of and service == "mosaad":
        service = "shetewi"
    if not unheard_of and service == "shady-go":
        assert answer.json == {"message": "Method Not Allowed"}
    else:
        assert words_of(service, answer), answer
    if not unheard_of:
        assert "POST" in answer.headers["Allow"].split(", ")


@pytest.fixture
def redis_stopped(stack, speak, chat, wait_until):
    stack.stop_process("redis")
    yield
    stack.continue_process("redis")

    def all_write():
        """every process takes writes again"""
        path = f"/api/v1/applications/{chat.token}/chats"
        return all(speak(service).post(target, {"name": "x"}).status == 201
                   for service in ("main", "shady-go") * 8
                   for target in (path, path + "/1/messages"))
    wait_until(all_write, 20)


@pytest.mark.parametrize("service", [
    service for service in ROUTES if service != "shady-rails"])
def test_a_write_that_is_not_accepted_is_503_in_the_systems_words(
        speak, chat, redis_stopped, service):
    fields = {"mosaad": {"body": "x", "chat_number": "1",
                         "app_token": chat.token},
              "deeb": {"body": "x"},
              "shady-go": {"name": "x"}}.get(service, {"message": "x"})
    path = ROUTES[service][1].replace("{t}", chat.token)
    if service == "deeb":
        path = f"/api/applications/{chat.token}/chats/1/messages/"
    answer = speak(service).post(path, fields)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert words_of(service, answer), answer
