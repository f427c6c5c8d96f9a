# Messages: numbered from 1 within their chat, written and rewritten.
# SPDX-License-Identifier: BSD-2-Clause
TEXT = "Guess what? Alhamdulilah"


def test_messages_are_numbered_from_1(chat):
    assert [chat.write(f"No. {i}")["number"] for i in range(1, 6)] \
        == [1, 2, 3, 4, 5]


def test_each_chat_has_numbers_of_its_own(application, new_chat):
    for _ in range(2):
        assert new_chat(application).write("First")["number"] == 1


def test_a_new_message_is_answered_whole(client, chat):
    answer = client.post(chat.messages, {"body": TEXT})
    assert answer.status == 201
    made = answer.json
    assert made["application_token"] == chat.token
    assert made["chat_number"] == chat.number
    assert made["body"] == TEXT
    assert made["created_at"] == made["updated_at"]
    assert answer.headers["Location"] == chat.message(made["number"])
    assert client.get(answer.headers["Location"]).json == made


def test_the_text_may_be_called_name(client, chat):
    for answer in (client.post(chat.messages, {"name": TEXT}),
                   client.post(chat.messages, form={"name": TEXT}),
                   client.post(chat.messages, multipart=[("name", TEXT)])):
        assert answer.status == 201
        assert answer.json["body"] == TEXT
        assert "name" not in answer.json
    answer = client.put(chat.message(1), {"name": "Rewritten"})
    assert answer.json["body"] == "Rewritten"


def test_body_goes_before_name(client, chat):
    answer = client.post(chat.messages, {"name": "not this", "body": TEXT})
    assert answer.json["body"] == TEXT


def test_put_and_patch_rewrite(client, chat):
    made = chat.write(TEXT)
    for method in ("PUT", "PATCH"):
        answer = client.request(method, chat.message(1),
                                json_body={"body": f"By {method}"})
        assert answer.status == 200
        assert answer.json["body"] == f"By {method}"
        assert answer.json["number"] == 1
        assert answer.json["created_at"] == made["created_at"]
        assert answer.json["updated_at"] >= made["updated_at"]
        assert client.get(chat.message(1)).json == answer.json


def test_a_text_is_required(client, chat):
    chat.write(TEXT)
    for answer in (client.post(chat.messages, {}), client.post(chat.messages),
                   client.post(chat.messages, {"body": ""}),
                   client.post(chat.messages, {"body": " \r\n\t "}),
                   client.post(chat.messages, {"body": None}),
                   client.put(chat.message(1), {}),
                   client.patch(chat.message(1), {"body": "   "})):
        assert answer.problem == "invalid-field"
        assert answer.fields == ["body"]
    assert client.get(chat.message(1)).json["body"] == TEXT


def test_an_unknown_message_is_404(client, chat):
    chat.write(TEXT)
    for number in (2, 33, 999999):
        path = chat.message(number)
        assert client.get(path).problem == "not-found"
        assert client.put(path, {"body": "x"}).problem == "not-found"
        assert client.patch(path, {"body": "x"}).problem == "not-found"


def test_a_refused_write_uses_no_number(client, chat):
    assert chat.write("one")["number"] == 1
    assert client.post(chat.messages, {"body": ""}).status == 422
    assert client.post(chat.messages, body=b"{", content_type=(
        "application/json")).status == 400
    assert client.post(chat.messages, body=b"x", content_type=(
        "text/plain")).status == 415
    assert chat.write("two")["number"] == 2


def test_white_space_around_a_text_is_kept(client, chat):
    text = "  two spaces before, a line feed after\n"
    made = chat.write(text)
    assert made["body"] == text
    assert client.get(chat.message(1)).json["body"] == text


def test_no_internal_id_is_shown(client, chat):
    chat.write(TEXT)
    assert set(client.get(chat.message(1)).json) == {
        "application_token", "chat_number", "number", "body", "created_at",
        "updated_at"}


def test_an_update_keeps_what_was_created_and_reaches_the_table(
        client, chat, stored, rows, wait_until):
    chat.write("before")
    stored(chat, 1)
    client.put(chat.message(1), {"body": "after"})

    def updated():
        """the row has the new text"""
        return rows(chat)[0]["body"] == "after"
    wait_until(updated)
    assert client.get(chat.message(1)).json["body"] == "after"
