# Every request of bad_requests.tsv gets the answer that stands there, and stores nothing that it should not.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

from bad_requests import PATIENCE, answers, cases, send
from stack import wait_until

API = "/api/v1/applications"
TABLES = ("applications", "chats", "messages")


@pytest.fixture(scope="module")
def places(client, stack):
    """The names that the table uses, and two applications for them."""
    def made(path, **fields):
        answer = client.post(path, fields)
        assert answer.status == 201, answer
        return answer.json
    token = made(API, name="Bad requests")["token"]
    other = made(API, name="Another")["token"]
    chats = f"{API}/{token}/chats"
    made(chats, name="Bad requests")
    made(f"{chats}/1/messages", body="What is stored already")
    host = f"{client.host}:{client.port}"
    return {"apps": API, "app": f"{API}/{token}", "chats": chats,
            "chat": f"{chats}/1", "messages": f"{chats}/1/messages",
            "message": f"{chats}/1/messages/1",
            "search": f"{chats}/1/messages/search", "token": token,
            "other": other, "host": host,
            "operator": stack.env["PARLEY_ADMIN_KEY"],
            "close": f"Host: {host}\r\nConnection: close\r\n"}


def count(db):
    return {table: db(f"select count(*) n from {table}")[0]["n"]
            for table in TABLES}


def write_and_wait(client, db, places, body):
    """Behind it in the queue is nothing: what was written is stored."""
    made = client.post(places["messages"], {"body": body})
    assert made.status == 201, made

    def stored():
        """the message is stored"""
        return db("""select 1 from messages m join applications a
            on m.application_id = a.id where a.token = %s and m.number = %s""",
                  places["token"], made.json["number"])
    wait_until(stored, 20)


@pytest.fixture(scope="module")
def accepted(client, db, places):
    """How many things the requests have made; and were there before."""
    write_and_wait(client, db, places, "The last one before")
    return {"before": count(db), **dict.fromkeys(TABLES, 0)}


def check(case, client, answer, expected):
    """One answer: its status, and who says it in which words."""
    status, _, slug = expected.partition(" ")
    assert str(answer.status) == status, answer
    if not slug or case.method == "HEAD":
        return
    if slug == "web":
        client.contract.check_own(answer)
        return
    assert answer.problem == slug
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    client.contract.validator("components", "schemas",
                              "Problem").validate(answer.json)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.id)
def test_a_bad_request_gets_its_answer(client, places, accepted, case):
    expected = case.expected[client.server]
    if expected == ["-"]:
        pytest.skip("not for this server")
    out, seconds = send(client.host, client.port, case.bytes(places))
    assert seconds < PATIENCE / 2
    came = answers(out, head=case.method == "HEAD")
    assert len(came) == len(expected), out[:300]
    for answer, wanted in zip(came, expected):
        check(case, client, answer, wanted)
        if answer.status == 201:
            kind = answer.headers["Location"].split("/")[-2]
            accepted[kind] += 1


def test_afterwards_all_is_well_and_only_what_was_accepted_is_stored(
        client, db, places, accepted):
    assert client.get("/livez").status == 200
    assert client.get("/readyz").status == 200
    write_and_wait(client, db, places, "The first one after")
    accepted["messages"] += 1
    assert count(db) == {table: accepted["before"][table] + accepted[table]
                         for table in TABLES}
    first = client.get(places["message"]).json
    assert first["body"] == "What is stored already"
    assert first["created_at"] == first["updated_at"]
    for path, name in ((places["app"], "Bad requests"),
                       (places["chat"], "Bad requests"),
                       (f"{API}/{places['other']}", "Another")):
        thing = client.get(path).json
        assert thing["name"] == name
        assert thing["created_at"] == thing["updated_at"]
    assert client.get(f"{API}/{places['other']}/chats").json == []
