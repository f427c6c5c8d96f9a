# Chats: numbered from 1 within their application, with or without a name.
# SPDX-License-Identifier: BSD-2-Clause
API = "/api/v1/applications"


def test_chats_are_numbered_from_1(client, chats_path):
    numbers = [client.post(chats_path, {"name": "One of them"}).json["number"]
               for _ in range(5)]
    assert numbers == [1, 2, 3, 4, 5]


def test_each_application_has_numbers_of_its_own(client, new_application):
    for _ in range(2):
        token = new_application()["token"]
        answer = client.post(f"{API}/{token}/chats", {"name": "First"})
        assert answer.json["number"] == 1


def test_a_new_chat_is_answered_whole(client, application, chats_path):
    answer = client.post(chats_path, {"name": "Orders"})
    assert answer.status == 201
    made = answer.json
    assert made["application_token"] == application["token"]
    assert made["name"] == "Orders"
    assert made["messages_count"] == 0
    assert made["created_at"] == made["updated_at"]
    assert answer.headers["Location"] == f"{chats_path}/{made['number']}"
    assert client.get(answer.headers["Location"]).json == made


def test_a_chat_needs_no_name(client, chats_path):
    for answer in (client.post(chats_path), client.post(chats_path, {}),
                   client.post(chats_path, {"name": None}),
                   client.post(chats_path, form={}),
                   client.post(chats_path, body=b"")):
        assert answer.status == 201
        assert answer.json["name"] is None
        assert client.get(answer.headers["Location"]).json["name"] is None


def test_a_blank_name_is_422(client, chats_path, chat):
    for answer in (client.post(chats_path, {"name": ""}),
                   client.post(chats_path, {"name": " \t\n"}),
                   client.post(chats_path, form={"name": ""}),
                   client.put(chat.path, {"name": "  "})):
        assert answer.problem == "invalid-field"
        assert answer.fields == ["name"]


def test_put_and_patch_rename(client, chat):
    before = client.get(chat.path).json
    for method in ("PUT", "PATCH"):
        answer = client.request(method, chat.path,
                                json_body={"name": f"By {method}"})
        assert answer.status == 200
        assert answer.json["name"] == f"By {method}"
        assert answer.json["number"] == chat.number
        assert answer.json["created_at"] == before["created_at"]
        assert answer.json["updated_at"] >= before["updated_at"]
        assert client.get(chat.path).json["name"] == f"By {method}"


def test_null_takes_the_name_away(client, chat):
    for method in ("PUT", "PATCH"):
        client.put(chat.path, {"name": "Named"})
        answer = client.request(method, chat.path, json_body={"name": None})
        assert answer.status == 200
        assert answer.json["name"] is None
        assert client.get(chat.path).json["name"] is None


def test_an_update_must_say_a_name(client, chat):
    for answer in (client.put(chat.path, {}), client.patch(chat.path, {}),
                   client.put(chat.path), client.patch(chat.path, form={})):
        assert answer.problem == "invalid-field"
        assert answer.fields == ["name"]


def test_a_rename_reaches_the_table(client, chat, db, wait_until):
    client.put(chat.path, {"name": "For the table ☕"})

    def renamed():
        """the chat's row has the new name"""
        return db("""select 1 from chats c join applications a
            on c.application_id = a.id where a.token = %s and c.number = %s
            and c.name = %s""", chat.token, chat.number, "For the table ☕")
    wait_until(renamed)


def test_an_unknown_chat_is_404(client, chats_path, chat):
    for path in (f"{chats_path}/{chat.number + 1}", f"{chats_path}/999999"):
        assert client.get(path).problem == "not-found"
        assert client.put(path, {"name": "x"}).problem == "not-found"
        assert client.patch(path, {"name": "x"}).problem == "not-found"
        assert client.get(path + "/messages").problem == "not-found"
        assert client.post(path + "/messages", {"body": "x"}).status == 404


def test_an_unknown_application_has_no_chats(client):
    path = f"{API}/00000000-0000-4000-8000-000000000000/chats"
    assert client.get(path).problem == "not-found"
    assert client.post(path, {"name": "x"}).problem == "not-found"
    assert client.get(path + "/1").problem == "not-found"


def test_no_internal_id_is_shown(client, chat):
    assert set(client.get(chat.path).json) == {
        "application_token", "number", "name", "messages_count",
        "created_at", "updated_at"}
