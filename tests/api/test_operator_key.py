# The operator's key: who may list all applications, and who may not.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

API = "/api/v1/applications"


def test_with_the_key_the_list_is_answered(client, operator, application):
    answer = client.get(f"{API}?order=desc&limit=1", headers=operator)
    assert answer.status == 200
    assert answer.json == [application]


def test_without_the_key_it_is_401(client):
    answer = client.get(API)
    assert answer.problem == "operator-key-required"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.request("HEAD", API).status == 401


@pytest.mark.parametrize("other", ["Basic b3A6eA==", "Digest x", "", "Bearer"])
def test_another_scheme_is_401(client, other):
    answer = client.get(API, headers={"Authorization": other})
    assert answer.problem == "operator-key-required"


def test_a_wrong_key_is_403(client, operator):
    key = operator["Authorization"]
    for wrong in (key[:-1], key + "x", key.upper(), "Bearer x",
                  "Bearer " + "x" * 5000):
        answer = client.get(API, headers={"Authorization": wrong})
        assert answer.problem == "operator-key-wrong", wrong


def test_the_scheme_is_written_in_any_case(client, operator):
    key = operator["Authorization"].split()[1]
    for scheme in ("bearer", "BEARER"):
        answer = client.get(API, headers={"Authorization": f"{scheme} {key}"})
        assert answer.status == 200


def test_so_are_the_numbers_of_the_page(client, operator):
    answer = client.get("/status/data")
    assert answer.problem == "operator-key-required"
    answer = client.get("/status/data", headers={"Authorization": "Bearer x"})
    assert answer.problem == "operator-key-wrong"
    answer = client.get("/status/data", headers=operator)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_else_needs_the_key(client, chat):
    chat.write("x")
    for path in (f"{API}/{chat.token}", f"{API}/{chat.token}/chats",
                 chat.path, chat.messages, chat.message(1), "/livez",
                 "/readyz", "/status", "/status/page.css", "/status/page.js"):
        assert client.get(path).status == 200
