# Request bodies: three media types, and everything that can be wrong in them.
# SPDX-License-Identifier: BSD-2-Clause
import json
import shutil
import socket
import subprocess

import pytest

from client import FORM, JSON, encode_multipart

API = "/api/v1/applications"
EMOJI = "\U0001f600"
LIMIT = 262144

TEXTS = [
    "plain",
    "Ünïcödé, ελληνικά, русский, עברית, العربية, 中文, हिन्दी, ไทย",
    EMOJI * 20,
    "👩‍👩‍👧‍👦 is one family of seven code points",
    "line one\nline two\r\nline three\ttab",
    '"quotes" \\ backslash / slash <b>&amp;</b> \'single\'',
    "e\u0301 is not \u00e9",
    "\u202eright to left\u202c \ufeff \u200b",
    "\x01\x1f\x7f control characters",
    "ends in a line feed\n",
    "\uffff\U0010ffff noncharacters",
    "a=b&c=d+e%20f;g",
    "--boundary\r\n--\r\n",
    "'; DROP TABLE messages; --",
    "{\"body\": \"json in text\"}",
    "%s%n %d",
]


def send_json(client, path, text):
    return client.post(path, {"body": text})


def send_plain_json(client, path, text):
    body = json.dumps({"body": text}, ensure_ascii=False).encode()
    return client.post(path, body=body, content_type=JSON)


def send_form(client, path, text):
    return client.post(path, form={"body": text})


def send_multipart(client, path, text):
    return client.post(path, multipart=[("body", text)])


SENDERS = [send_json, send_plain_json, send_form, send_multipart]


@pytest.mark.parametrize("send", SENDERS)
def test_a_text_comes_back_as_it_was_sent(client, chat, send):
    for number, text in enumerate(TEXTS, 1):
        answer = send(client, chat.messages, text)
        assert answer.status == 201, text
        assert answer.json["body"] == text
        assert client.get(chat.message(number)).json["body"] == text
    listed = client.get(chat.messages).json
    assert [entry["body"] for entry in listed] == TEXTS


@pytest.mark.parametrize("send", SENDERS)
def test_a_body_may_have_16000_code_points(client, chat, send):
    assert send(client, chat.messages, EMOJI * 16000).status == 201
    assert client.get(chat.message(1)).json["body"] == EMOJI * 16000
    answer = send(client, chat.messages, EMOJI * 16001)
    if send is not send_form:       # that is over the limit in bytes
        assert answer.problem == "invalid-field"
        assert answer.fields == ["body"]


@pytest.mark.parametrize("send", SENDERS)
def test_a_body_of_16001_letters_is_422(client, chat, send):
    answer = send(client, chat.messages, "x" * 16001)
    assert answer.problem == "invalid-field"
    assert answer.fields == ["body"]


def test_a_name_may_have_255_code_points(client, chats_path, chat):
    for text in (EMOJI * 255, "x" * 255):
        assert client.post(API, {"name": text}).json["name"] == text
        assert client.post(chats_path, {"name": text}).json["name"] == text
        assert client.put(chat.path, {"name": text}).json["name"] == text
    for text in (EMOJI * 256, "x" * 256):
        for answer in (client.post(API, {"name": text}),
                       client.put(f"{API}/{chat.token}", {"name": text}),
                       client.post(chats_path, {"name": text}),
                       client.put(chat.path, {"name": text})):
            assert answer.problem == "invalid-field"
            assert answer.fields == ["name"]


def test_a_text_that_is_the_name_of_a_message_may_be_long(client, chat):
    assert client.post(chat.messages, {"name": "x" * 16000}).status == 201
    answer = client.post(chat.messages, {"name": "x" * 16001})
    assert answer.problem == "invalid-field"


def test_a_body_over_the_limit_is_413(client, chat):
    start = b'{"body":"x","rest":"'
    fits = start + b"x" * (LIMIT - len(start) - 2) + b'"}'
    assert len(fits) == LIMIT
    answer = client.post(chat.messages, body=fits, content_type=JSON)
    assert answer.status == 201
    for size in (LIMIT + 1, 2 * LIMIT):
        for kind in (JSON, FORM, "text/plain"):
            answer = client.post(chat.messages, body=b"x" * size,
                                 content_type=kind)
            assert answer.problem == "body-too-large"
    assert len(client.get(chat.messages).json) == 1


@pytest.mark.parametrize("body", [
    b"{", b'{"body":', b'{"body":"x"', b'{"body":"x}', b"[", b"nonsense",
    b'{"body":"x"}{', b'{"body":"x"} x', b"{body:'x'}", b'{"body":"x",}',
    b'{"body":"\\x"}', b'{"body":"a\nb"}', b"\x00", b" ", b"\xef\xbb\xbf{}",
    b'{"body":"\\ud800"}', b'{"body":"\\udc00\\ud800"}',
    b'{"body":"\\ud83dx"}', b'{"body":"\\u12"}',
    b"[" * 100000, b'{"a":' * 20000, b'{"body":"x","n":NaN}',
    b'{"body":"x","\\u0000":1}',
], ids=lambda body: repr(body[:24]))
def test_malformed_json_is_400(client, chat, body):
    answer = client.post(chat.messages, body=body, content_type=JSON)
    assert answer.problem == "malformed-body"
    answer = client.post(API, body=body, content_type=JSON)
    assert answer.problem == "malformed-body"


@pytest.mark.parametrize("body", [b"null", b"1", b'"text"', b"[]", b"true",
                                  b'[{"body":"x"}]'])
def test_json_that_is_no_object_is_400(client, chat, body):
    answer = client.post(chat.messages, body=body, content_type=JSON)
    assert answer.problem == "malformed-body"


@pytest.mark.parametrize("value", [1, 1.5, True, False, ["x"], {"a": "x"},
                                   [], {}, 0])
def test_a_value_of_a_wrong_type_is_422(client, chats_path, chat, value):
    for answer in (client.post(chat.messages, {"body": value}),
                   client.post(chats_path, {"name": value}),
                   client.put(chat.path, {"name": value}),
                   client.post(API, {"name": value})):
        assert answer.problem == "invalid-field"


def test_the_same_key_twice_is_refused(client, chat):
    answer = client.post(chat.messages, body=b'{"body":"a","body":"b"}',
                         content_type=JSON)
    assert answer.problem == "malformed-body"
    answer = client.post(chat.messages, form=[("body", "a"), ("body", "b")])
    assert answer.problem == "invalid-field"
    answer = client.post(chat.messages,
                         multipart=[("body", "a"), ("body", "b")])
    assert answer.problem == "invalid-field"
    assert client.get(chat.messages).json == []


def test_fields_that_are_not_known_are_ignored(client, chat):
    answer = client.post(chat.messages, {
        "body": "x", "number": 99, "id": 7, "created_at": "2001-01-01",
        "nested": {"body": ["y"]}, "": None})
    assert answer.status == 201
    assert answer.json["number"] == 1
    assert answer.json["body"] == "x"
    assert client.post(chat.messages, form={"body": "y", "z": "1"}).json[
        "number"] == 2
    assert client.post(chat.messages, multipart=[
        ("z", "1"), ("body", "y")]).json["number"] == 3


@pytest.mark.parametrize("bad", [
    b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"ok \xe2\x82", b"\xf0\x9f\x98",
])
def test_what_is_not_utf_8_is_422(client, chat, bad):
    escaped = "".join(f"%{byte:02x}" for byte in bad).encode()
    body, kind = encode_multipart([("body", bad)])
    for answer in (
            client.post(chat.messages, body=b'{"body":"' + bad + b'"}',
                        content_type=JSON),
            client.post(chat.messages, body=b"body=" + bad,
                        content_type=FORM),
            client.post(chat.messages, body=b"body=" + escaped,
                        content_type=FORM),
            client.post(chat.messages, body=body, content_type=kind)):
        assert answer.problem == "invalid-field"
        assert answer.fields == ["body"]


def test_nul_is_422(client, chats_path, chat):
    body, kind = encode_multipart([("body", b"a\0b")])
    for answer in (client.post(chat.messages, {"body": "a\0b"}),
                   client.post(chat.messages, {"body": "\0"}),
                   client.post(chat.messages, form={"body": "a\0b"}),
                   client.post(chat.messages, body=body, content_type=kind),
                   client.post(chats_path, {"name": "a\0b"}),
                   client.post(API, {"name": "\0"})):
        assert answer.problem == "invalid-field"


@pytest.mark.parametrize("blank", [
    "", " ", "\t\r\n", "\u00a0", "\u3000\u2003", "\u200b\u200d", "\ufeff",
    "\x01\x02",
])
def test_what_shows_nothing_is_422(client, chats_path, chat, blank):
    for answer in (client.post(chat.messages, {"body": blank}),
                   client.post(chat.messages, form={"body": blank}),
                   client.post(chat.messages, multipart=[("body", blank)]),
                   client.post(chats_path, {"name": blank}),
                   client.post(API, {"name": blank})):
        assert answer.problem == "invalid-field"
        assert answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("kind", [
    "text/plain", "application/xml", "text/json", "application/jsonx",
    "application", "*/*", "application/vnd.api+json", "multipart/mixed",
    "image/png; name=application/json", "", ";", "x" * 500,
])
def test_another_media_type_is_415(client, chat, kind):
    for path in (chat.messages, API, f"{API}/{chat.token}/chats"):
        answer = client.post(path, body=b'{"body":"x","name":"x"}',
                             content_type=kind)
        assert answer.problem == "unsupported-media-type"


def test_a_body_without_a_media_type_is_415(client, chat):
    answer = client.post(chat.messages, body=b'{"body":"x"}')
    assert answer.problem == "unsupported-media-type"


@pytest.mark.parametrize("kind", [
    "application/json; charset=utf-8", "Application/JSON",
    "application/json;charset=UTF-8", "application/json ; x=y",
])
def test_parameters_and_case_of_the_media_type_do_not_matter(
        client, chat, kind):
    answer = client.post(chat.messages, body=b'{"body":"x"}',
                         content_type=kind)
    assert answer.status == 201


def test_an_empty_body_has_no_fields_whatever_its_type(client, chats_path):
    for kind in (None, JSON, FORM, "multipart/form-data; boundary=x",
                 "text/plain"):
        answer = client.post(chats_path, body=b"", content_type=kind)
        assert answer.status == 201
        assert answer.json["name"] is None
        answer = client.post(API, body=b"", content_type=kind)
        assert answer.problem == "invalid-field"


@pytest.mark.parametrize("body", [b"body=%", b"body=%4", b"body=%zz",
                                  b"%x=1&body=x"])
def test_a_malformed_form_is_400(client, chat, body):
    answer = client.post(chat.messages, body=body, content_type=FORM)
    assert answer.problem == "malformed-body"


def test_a_form_is_decoded(client, chat):
    answer = client.post(chat.messages, body=b"a=&&body=one+two%2B%26%3d=%c3%a9",
                         content_type=FORM)
    assert answer.json["body"] == "one two+&==é"


GOOD, KIND = encode_multipart([("body", "x")], "B")


@pytest.mark.parametrize("body,kind", [
    (GOOD, "multipart/form-data"),
    (GOOD, "multipart/form-data; boundary="),
    (GOOD, "multipart/form-data; boundary=" + "b" * 71),
    (GOOD, "multipart/form-data; boundary=other"),
    (GOOD[:-6], KIND),
    (GOOD[:30], KIND),
    (b"no boundary at all", KIND),
    (b"--B\r\n\r\nno name\r\n--B--\r\n", KIND),
    (b"--B\r\nContent-Disposition: form-data; name=body\r\n", KIND),
    (b"--B\r\nContent-Disposition: form-data; name=body\r\n\r\nx", KIND),
    (b'--B\r\nContent-Disposition: attachment; name="body"\r\n\r\nx\r\n--B--',
     KIND),
], ids=range(11))
def test_a_malformed_multipart_body_is_400(client, chat, body, kind):
    answer = client.post(chat.messages, body=body, content_type=kind)
    assert answer.problem == "malformed-body"


def test_multipart_is_read_as_the_rfc_has_it(client, chat):
    body = (b"preamble\r\n--B  \r\nContent-Type: text/plain; charset=utf-8\r\n"
            b'content-disposition: form-data; filename="f.txt"; name=body\r\n'
            b"\r\nline\r\n--Bee is not the boundary\r\n--B--\r\nepilogue")
    answer = client.post(chat.messages, body=body,
                         content_type='multipart/form-data; boundary="B"')
    assert answer.json["body"] == "line\r\n--Bee is not the boundary"


def test_what_curl_sends_is_understood(client, chat, stack):
    """The lines that people have in their notes: --location --form."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl")
    url = stack.env["PARLEY_URL"]

    def run(*arguments):
        done = subprocess.run([curl, "-s", "--location", *arguments],
                              capture_output=True, check=True)
        return json.loads(done.stdout)

    made = run(url + API, "--form", 'name="application-name"')
    # curl itself takes the quotation marks away.
    assert made["name"] == "application-name"
    path = f"{url}{API}/{made['token']}"
    assert run(path + "/chats", "--form", 'name="name2"')["number"] == 1
    assert run("--request", "PUT", path + "/chats/1", "--form",
               'name="test"')["name"] == "test"
    message = run(path + "/chats/1/messages", "--form", 'name="name2"')
    assert (message["number"], message["body"]) == (1, "name2")
    assert run("--request", "PUT", path + "/chats/1/messages/1", "--form",
               'name="test"')["body"] == "test"
    assert run(path + "/chats/1/messages/1")["body"] == "test"
    assert run(path + "/chats/1/messages", "-d", "body=one+two")["body"] \
        == "one two"
    assert run(path + "/chats/1/messages", "-H",
               "Content-Type: application/json", "-d",
               '{"body":"json"}')["body"] == "json"


def test_a_chunked_body_is_read(client, chat):
    chunks = b'6\r\n{"body\r\n8\r\n":"two"}\r\n0\r\n\r\n'
    answer = send_chunked(client, chat.messages, chunks)
    assert answer.startswith(b"HTTP/1.1 201")


def send_chunked(client, path, chunks):
    head = (f"POST {path} HTTP/1.1\r\nHost: {client.host}\r\n"
            f"Content-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n").encode()
    with socket.create_connection((client.host, client.port), 10) as peer:
        peer.sendall(head + chunks)
        answer = b""
        while part := peer.recv(65536):
            answer += part
    return answer


def test_a_body_on_a_get_is_ignored(client, chat):
    answer = client.get(chat.path, body=b"{", content_type=JSON)
    assert answer.status == 200
