# Applications: creating, reading, renaming, and the operator's list of them.
# SPDX-License-Identifier: BSD-2-Clause
import re
import uuid

API = "/api/v1/applications"
NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_new_application_has_a_token_a_name_and_no_chats(client):
    answer = client.post(API, {"name": "The corner shop"})
    assert answer.status == 201
    made = answer.json
    assert uuid.UUID(made["token"]).version == 4
    assert made["name"] == "The corner shop"
    assert made["chats_count"] == 0
    assert made["created_at"] == made["updated_at"]


def test_its_location_leads_to_it(client):
    answer = client.post(API, {"name": "Somewhere"})
    location = answer.headers["Location"]
    assert location == f"{API}/{answer.json['token']}"
    assert client.get(location).json == answer.json


def test_tokens_differ_though_names_are_equal(client):
    tokens = {client.post(API, {"name": "Twin"}).json["token"]
              for _ in range(5)}
    assert len(tokens) == 5


def test_no_internal_id_is_shown(client, application):
    answer = client.get(f"{API}/{application['token']}")
    assert set(answer.json) == {
        "token", "name", "chats_count", "created_at", "updated_at"}


def test_an_unknown_token_is_404(client):
    assert client.get(f"{API}/{NOBODY}").problem == "not-found"
    assert client.put(f"{API}/{NOBODY}", {"name": "x"}).problem == "not-found"
    assert client.patch(f"{API}/{NOBODY}", {"name": "x"}).status == 404


def test_put_renames(client, application):
    path = f"{API}/{application['token']}"
    answer = client.put(path, {"name": "Renamed"})
    assert answer.status == 200
    assert answer.json["name"] == "Renamed"
    assert answer.json["token"] == application["token"]
    assert answer.json["created_at"] == application["created_at"]
    assert answer.json["updated_at"] >= application["updated_at"]
    assert client.get(path).json == answer.json


def test_patch_renames(client, application):
    path = f"{API}/{application['token']}"
    answer = client.patch(path, {"name": "Patched"})
    assert answer.status == 200
    assert client.get(path).json["name"] == "Patched"


def test_renaming_to_the_same_name_is_no_error(client, application):
    path = f"{API}/{application['token']}"
    answer = client.put(path, {"name": application["name"]})
    assert answer.status == 200
    assert answer.json["name"] == application["name"]


def test_a_name_is_required(client, application):
    path = f"{API}/{application['token']}"
    for answer in (client.post(API, {}), client.put(path, {}),
                   client.patch(path, {}), client.post(API),
                   client.post(API, {"name": None})):
        assert answer.problem == "invalid-field"
        assert answer.fields == ["name"]
    assert client.get(path).json["name"] == application["name"]


def test_the_operator_lists_applications_in_order_of_creation(
        client, operator, new_application):
    made = [new_application(f"Listed {i}") for i in range(5)]
    answer = client.get(f"{API}?after={made[0]['token']}&limit=200",
                        headers=operator)
    assert answer.status == 200
    assert answer.json[:4] == made[1:]


def test_the_list_of_applications_goes_both_ways_by_token(
        client, operator, new_application):
    made = [new_application(f"Way {i}")["token"] for i in range(4)]

    def tokens(query):
        answer = client.get(f"{API}?{query}", headers=operator)
        assert answer.status == 200
        return [entry["token"] for entry in answer.json]

    assert tokens(f"after={made[0]}&before={made[3]}") == made[1:3]
    assert tokens(f"after={made[0]}&before={made[3]}&order=desc") \
        == made[2:0:-1]
    assert tokens(f"before={made[3]}&order=desc&limit=2") == made[2:0:-1]


def test_the_list_of_applications_is_walked_by_its_links(
        client, operator, new_application):
    first = new_application("Walk")["token"]
    made = [new_application("Walk")["token"] for _ in range(7)]
    target, seen, pages = f"{API}?after={first}&limit=3", [], 0
    while target:
        answer = client.get(target, headers=operator)
        seen += [entry["token"] for entry in answer.json]
        pages += 1
        target = answer.next
        assert target is None or "limit=3" in target
    assert seen[:7] == made
    assert pages >= 3


def test_bad_parameters_of_the_list_of_applications_are_400(
        client, operator):
    for bad in ("limit=0", "limit=201", "limit=x", "limit=", "order=up",
                "after=1", "before=x", "after="):
        answer = client.get(f"{API}?{bad}", headers=operator)
        assert answer.problem == "bad-request", bad
        assert bad.split("=")[0] in answer.json["detail"]


def test_an_unknown_token_as_a_bound_of_the_list_is_400(client, operator):
    answer = client.get(f"{API}?after={NOBODY}", headers=operator)
    assert answer.problem == "bad-request"
    assert "after" in answer.json["detail"]


def test_times_are_utc_with_milliseconds(application):
    for field in ("created_at", "updated_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                            application[field])
