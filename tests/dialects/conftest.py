# The fixtures of the dialects' tests: a client for each service, and what is in it.
# SPDX-License-Identifier: BSD-2-Clause
import json
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

import stack as stack_module  # noqa: E402 (it is in the folder just added)
from speaker import Speaker  # noqa: E402

DOCUMENT = json.loads((HERE / "requests.json").read_text(encoding="utf-8"))
SERVICES = DOCUMENT["services"]
REQUESTS = DOCUMENT["requests"]


@pytest.fixture(scope="session")
def stack():
    env = stack_module.environment()
    if env is None:
        pytest.skip("no stack runs: scripts/stack up --dialects")
    stack = stack_module.Stack(env)
    assert stack.options["dialects"] == "yes", "it wants --dialects"
    return stack


@pytest.fixture(scope="session")
def port(stack):
    """port(8080): where the stack has what the originals have there."""
    shift = int(stack.options["dialect_port_base"]) - 3000
    return lambda original: original + shift


@pytest.fixture(scope="session")
def speak(stack, port):
    """speak("shady-go"): a client of that service; "main": the main port."""
    def client(service):
        if service == "main":
            where = int(stack.env["PARLEY_URL"].rsplit(":", 1)[1])
        else:
            where = port(SERVICES[service]["port"])
        return Speaker(where, stack.server)
    return client


@pytest.fixture
def wait_until():
    return stack_module.wait_until


class Chat:
    """A chat of a new application with messages in it, made on the main port."""

    def __init__(self, main, *texts, name="A test's chat"):
        made = main.post("/api/v1/applications", {"name": "A test's"})
        assert made.status == 201, made
        self.token = made.json["token"]
        chats = f"/api/v1/applications/{self.token}/chats"
        made = main.post(chats, {"name": name})
        assert made.status == 201, made
        self.number = made.json["number"]
        self.path = f"{chats}/{self.number}"
        for text in texts:
            made = main.post(self.path + "/messages", {"body": text})
            assert made.status == 201, made


@pytest.fixture
def new_chat(speak):
    return lambda *texts, **rest: Chat(speak("main"), *texts, **rest)


@pytest.fixture
def chat(new_chat):
    return new_chat("Alhamdulilah", "Guess what? Alhamdulilah", "bye")


@pytest.fixture
def found(wait_until):
    """found(speaker, target): the answer to a search, once it has hits."""
    def search(speaker, target):
        def hits():
            """the search has hits"""
            answer = speaker.get(target)
            assert answer.status == 200, answer
            return answer if answer.json else None
        return wait_until(hits, 20)
    return search
