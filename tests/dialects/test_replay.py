# Each system's requests in the order of its README; the first two's curl lines.
# SPDX-License-Identifier: BSD-2-Clause
import json
import subprocess

import pytest

from conftest import REQUESTS, SERVICES

TYPES = {"string": str, "integer": int, "number": (int, float),
         "null": type(None)}
# What each system calls the thing that it has just made.
TOKENS = ("token", "Application", "app_token")
CHATS = ("number", "Chat", "chatID", "chat_number")
MESSAGES = ("number", "MessageID", "messageID", "message_number")
# What is searched for: the last message that was made has it.
TERMS = {"shetewi": "Alhamdulilah", "mosaad": "first", "deeb": "hello"}
PRINTED_TOKENS = ("1d763d85-1b08-4941-97fe-e6937931054f", "dec969c6",
                  "7aa269eb")


def check_shape(value, shape):
    """The keys, in this order, with these types; of a list, each element."""
    if isinstance(shape, list):
        assert isinstance(value, list)
        for element in value:
            check_shape(element, shape[0])
    elif isinstance(shape, dict):
        assert list(value) == list(shape)
        for key in shape:
            check_shape(value[key], shape[key])
    else:
        wanted = tuple(TYPES[name] for name in shape.split("|"))
        assert isinstance(value, wanted) and not isinstance(value, bool), \
            (value, shape)


def check(request, status, media, content):
    """The answer is what requests.json says; returns its JSON, if any."""
    here = request["here"]
    assert status == here["status"], content
    if "shape" in here:
        assert media == "application/json"
        value = json.loads(content)
        check_shape(value, here["shape"])
        return value
    if "text" not in here:
        assert content == b""
    elif here["text"] == "html":
        assert media.startswith("text/html")
    else:
        assert media.startswith("text/plain")
        assert content.decode().strip() == here["text"]
    return None


class Walk:
    """Goes through the requests of a system, each about what was made last."""

    def __init__(self, system):
        # The requests of deeb's Postman file are about nothing that is there.
        self.names = {"token": "none", "chat": 1, "message": 1,
                      "term": TERMS.get(system)}

    def fill(self, text):
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def remember(self, path, made):
        name, keys = (("message", MESSAGES) if "/message" in path else
                      ("chat", CHATS) if "/chat" in path else
                      ("token", TOKENS))
        self.names[name] = next(made[key] for key in keys if key in made)

    def send(self, request, speaker, found):
        target = self.fill(request["path"])
        if "{term}" in request["path"]:
            return found(speaker, target)
        body = json.loads(self.fill(json.dumps(request.get("body"))))
        return speaker.send(request["method"], target, body)


@pytest.mark.parametrize("system", sorted({r["system"] for r in REQUESTS}))
def test_the_requests_of_a_system_work_in_order(system, speak, found):
    walk = Walk(system)
    for request in (r for r in REQUESTS if r["system"] == system):
        answer = walk.send(request, speak(request["service"]), found)
        value = check(request, answer.status,
                      answer.headers.get("Content-Type"), answer.body)
        for key, wanted in request["here"].get("values", {}).items():
            assert value[key] == wanted, request["id"]
        if request["method"] == "POST" and value is not None:
            walk.remember(request["path"], value)


def curl(words):
    """Real curl: status, media type and content of the answer."""
    done = subprocess.run(
        ["curl", "--silent", "--max-time", "20", "--write-out",
         "\n%{http_code} %{content_type}", *words],
        capture_output=True, timeout=30, check=True)
    content, _, last = done.stdout.rpartition(b"\n")
    status, _, media = last.decode().partition(" ")
    return int(status), media, content


@pytest.fixture
def printed(new_chat, speak, found, port):
    """
    A line of a README as words for curl: with our port and token, and the
    chats 4 and 5 with the messages that it is about made beforehand.
    """
    token = new_chat().token
    main = speak("main")
    chats = f"/api/v1/applications/{token}/chats"
    for number in range(2, 6):
        assert main.post(chats, {"name": "x"}).json["number"] == number
    for path in (f"{chats}/4/messages", f"{chats}/5/messages"):
        for text in ("one", TERMS["shetewi"], "three"):
            assert main.post(path, {"body": text}).status == 201
        found(main, f"{path}/search?q={TERMS['shetewi']}")

    def words(request):
        original = SERVICES[request["service"]]["port"]
        line = "\0".join(request["curl"])
        for printed_token in PRINTED_TOKENS:
            line = line.replace(printed_token, token)
        line = line.replace(f"localhost:{original}",
                            f"localhost:{port(original)}")
        return line.split("\0")
    return words


@pytest.mark.parametrize("name", [r["id"] for r in REQUESTS if "curl" in r])
def test_a_curl_line_works_as_printed(name, printed):
    request = next(r for r in REQUESTS if r["id"] == name)
    check(request, *curl(printed(request)))


def test_every_request_of_the_first_two_readmes_is_a_curl_line():
    for request in REQUESTS:
        if request["source"] == "readme":
            assert ("curl" in request) == (
                request["system"] in ("shady", "shetewi")), request["id"]
