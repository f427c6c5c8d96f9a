# X-Request-Id: taken from the request if it is a plain one, else made.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

API = "/api/v1/applications"


def test_every_request_gets_an_id_of_its_own(client):
    ids = {client.get("/livez").headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20


@pytest.mark.parametrize("given", ["a", "A.b_c-9", "x" * 64, "-", "..."])
def test_a_plain_id_is_taken(client, given):
    answer = client.get("/livez", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", [
    "", "x" * 65, "two words", "a/b", "<script>", "a,b", "\u00e9", "a\tb",
    '"', "x" * 5000,
])
def test_any_other_id_is_replaced(client, given):
    answer = client.get("/livez", headers={"X-Request-Id": given.encode()})
    assert answer.headers["X-Request-Id"] != given
    assert answer.headers["X-Request-Id"]


def test_a_problem_document_names_its_request(client, chat):
    for answer in (
            client.get(chat.message(9), headers={"X-Request-Id": "mine"}),
            client.post(chat.messages, {}, headers={"X-Request-Id": "mine"}),
            client.get("/nowhere", headers={"X-Request-Id": "mine"}),
            client.request("DELETE", chat.path,
                           headers={"X-Request-Id": "mine"})):
        assert answer.json["request_id"] == "mine"
        assert answer.headers["X-Request-Id"] == "mine"


def test_writes_carry_it_too(client, chat):
    answer = client.post(chat.messages, {"body": "x"},
                         headers={"X-Request-Id": "a-write"})
    assert answer.status == 201
    assert answer.headers["X-Request-Id"] == "a-write"
