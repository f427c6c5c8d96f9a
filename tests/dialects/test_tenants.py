# In no dialect does a token show or change anything of another application.
# SPDX-License-Identifier: BSD-2-Clause
import json
import secrets

import pytest

from conftest import REQUESTS
from stack import wait_until

API = "/api/v1/applications"
NAMES = ("token", "app_token", "application_token", "Application", "chat",
         "chat_number", "chatID", "number", "message_number", "messageID")
# Every request of requests.json, which tests/consistency compares with the
# dialects' tables: about one application, or about none.
ABOUT_ONE = [r for r in REQUESTS
             if "{token}" in r["path"] + json.dumps(r.get("body"))]
ABOUT_NONE = [r for r in REQUESTS if r not in ABOUT_ONE]
# What may list all applications, because the stack has dialect_open_list.
OPEN = {"/applications", "/api/applications/"}


class Tenant:
    def __init__(self, main, chats, messages):
        self.main, self.word = main, "w" + secrets.token_hex(8)
        made = main.post(API, {"name": f"Of {self.word}"})
        self.token, self.chats = made.json["token"], chats
        self.path = f"{API}/{self.token}"
        for _ in range(chats):
            main.post(self.path + "/chats", {"name": f"In {self.word}"})
        for n in range(messages):
            made = main.post(f"{self.path}/chats/{chats}/messages",
                             {"body": f"{self.word} is said {n}"})
            assert made.status == 201

    def everything(self):
        paths = [self.path, self.path + "/chats?limit=200"]
        for chat in range(1, self.chats + 1):
            one = f"{self.path}/chats/{chat}"
            paths += [one, one + "/messages?limit=200"]
        return {path: self.main.get(path).json for path in paths}


@pytest.fixture(scope="module")
def tenants(speak):
    """(stranger, owner): the owner's second chat has three messages."""
    main = speak("main")
    owner, stranger = Tenant(main, 2, 3), Tenant(main, 1, 1)
    target = f"{owner.path}/chats/2/messages/search?q={owner.word}"

    def found():
        """the owner finds his messages"""
        return len(main.get(target).json) == 3
    wait_until(found, 30)
    return stranger, owner


def filled(text, token, word, chat, message):
    for name, value in {"token": token, "chat": chat, "message": message,
                        "term": word}.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def tries(request, stranger, owner):
    """
    (target, body): with the stranger's token where the request has one, and
    the numbers of the owner's things; then with the owner's token, and
    numbers, in the query and in fields beside it.
    """
    theirs = {name: owner.token if "oken" in name or name == "Application"
              else "2" for name in NAMES}
    for chat, message in ((2, 3), (1, 1)):
        words = stranger.token, owner.word, chat, message
        target = filled(request["path"], *words)
        body = json.loads(filled(json.dumps(request.get("body")), *words))
        yield target, body
        mark = "&" if "?" in target else "?"
        # Where the path has no token a dialect may take it from the query:
        # then it would be the owner's own request.
        if "{token}" in request["path"]:
            yield target + mark + "&".join(
                f"{name}={value}" for name, value in theirs.items()), body
        if "{token}" in request["path"] and body is not None:
            yield target, {**body, "fields": {**theirs, **body["fields"]}}
        if "{token}" in json.dumps(request.get("body")):
            # The field says whose it is, whatever the query says.
            yield f"{target}{mark}app_token={owner.token}&chat_number=2", body


@pytest.mark.parametrize("request_id", [r["id"] for r in ABOUT_ONE])
def test_a_request_shows_and_changes_nothing_of_another(
        speak, tenants, request_id):
    request = next(r for r in ABOUT_ONE if r["id"] == request_id)
    stranger, owner = tenants
    before = owner.everything()
    for target, body in tries(request, stranger, owner):
        for service in (request["service"], "main"):
            answer = speak(service).send(request["method"], target, body)
            shown = f"{answer.headers} {answer.body.decode()}"
            if "{term}" not in request["path"] or answer.status == 200:
                assert owner.word not in shown, (service, target, answer)
            if owner.token not in f"{target} {body}":
                assert owner.token not in shown, (service, target, answer)
    assert owner.everything() == before


@pytest.mark.parametrize("request_id", [r["id"] for r in ABOUT_NONE])
def test_a_request_without_a_token_shows_nothing_of_anybody(
        speak, tenants, request_id):
    request = next(r for r in ABOUT_NONE if r["id"] == request_id)
    if request["method"] == "GET" and request["path"] in OPEN:
        pytest.skip("this list is opened by dialect_open_list in a stack")
    _, owner = tenants
    target = filled(request["path"], "none", "x", 2, 3)
    answer = speak(request["service"]).send(
        request["method"], target, request.get("body"))
    assert owner.word not in answer.body.decode()
    assert owner.token not in answer.body.decode()


def test_the_requests_show_something_to_the_owner(speak, tenants):
    _, owner = tenants
    shown = 0
    for request in ABOUT_ONE:
        if request["method"] != "GET":
            continue
        answer = speak(request["service"]).get(
            filled(request["path"], owner.token, owner.word, 2, 3))
        shown += owner.word in answer.body.decode()
    assert shown >= 20
