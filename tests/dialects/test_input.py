# How clients may send things: body types, places, slashes, odd numbers and terms.
# SPDX-License-Identifier: BSD-2-Clause
import urllib.parse

import pytest

from servers import own_status

SHADY = "/api/v1/applications"


def send(speaker, method, target, fields, kind):
    if kind == "query":
        return speaker.request(
            method, target + "?" + urllib.parse.urlencode(fields))
    return speaker.send(method, target, {"type": kind, "fields": fields})


# service, method, path, fields, status
WRITES = [
    ("shady-rails", "POST", SHADY, {"name": "x"}, 201),
    # Form only, in the original: it ignores JSON.
    ("shady-go", "POST", SHADY + "/{t}/chats", {"name": "x"}, 201),
    ("shady-go", "PUT", SHADY + "/{t}/chats/1", {"name": "x"}, 201),
    ("shady-go", "POST", SHADY + "/{t}/chats/1/messages", {"name": "x"}, 201),
    ("shady-go", "PUT", SHADY + "/{t}/chats/1/messages/1", {"name": "x"},
     200),
    ("shetewi", "POST", "/application", {"username": "x"}, 200),
    ("shetewi", "POST", "/application/{t}/chat/1/message", {"message": "x"},
     200),
    # JSON only, in the original.
    ("shetewi-go", "POST", "/application/{t}/chat/1/message",
     {"message": "x"}, 200),
    ("mosaad", "POST", "/applications", {"name": "x"}, 201),
    ("mosaad", "POST", "/chats", {"name": "x", "app_token": "{t}"}, 201),
    ("mosaad", "PATCH", "/chats/1", {"name": "x", "app_token": "{t}"}, 204),
    ("mosaad", "POST", "/messages",
     {"body": "x", "chat_number": "1", "app_token": "{t}"}, 201),
    ("deeb", "POST", "/api/applications/", {"name": "x"}, 201),
    ("deeb", "PUT", "/api/applications/{t}", {"name": "x"}, 200),
    ("deeb", "POST", "/api/applications/{t}/chats/1/messages/",
     {"body": "x"}, 201),
]


@pytest.mark.parametrize("kind", ["json", "form", "multipart", "query"])
@pytest.mark.parametrize("service,method,path,fields,status", WRITES,
                         ids=[f"{w[0]}-{w[1]}-{w[2]}" for w in WRITES])
def test_a_body_is_taken_in_every_form(speak, chat, service, method, path,
                                       fields, status, kind):
    fields = {name: value.replace("{t}", chat.token)
              for name, value in fields.items()}
    answer = send(speak(service), method, path.replace("{t}", chat.token),
                  fields, kind)
    assert answer.status == status, answer


def test_the_go_service_of_shetewi_takes_json_that_is_not_called_so(
        speak, chat):
    for kind in (None, "text/plain", "application/x-www-form-urlencoded"):
        answer = speak("shetewi-go").request(
            "POST", f"/application/{chat.token}/chat/1/message",
            body=b' {"message":"x"}', content_type=kind)
        assert answer.status == 200, answer


def test_a_chat_number_in_a_body_may_be_a_number_or_text(speak, chat):
    for number in (1, "1"):
        answer = speak("mosaad").post("/messages", {
            "body": "x", "chat_number": number, "app_token": chat.token})
        assert answer.status == 201, answer
    for number in (1.0, True, None, [1], 0, -1, "01", "1\0"):
        answer = speak("mosaad").post("/messages", {
            "body": "x", "chat_number": number, "app_token": chat.token})
        assert answer.status == 404, answer
        assert answer.json == {"message": "Couldn't find Chat"}


def test_the_body_comes_before_the_query_and_the_path_before_both(
        speak, chat, new_chat):
    other = new_chat()
    answer = speak("shetewi").post(
        f"/application/{chat.token}/chat/1/message?message=query",
        {"message": "body"})
    assert answer.json["Message"] == "body"
    answer = speak("deeb").put(
        f"/api/applications/{chat.token}?token={other.token}",
        {"name": "x", "token": other.token})
    assert answer.json["token"] == chat.token


def test_a_text_is_not_cut_or_changed(speak, chat):
    text = "  Grüße,\n\"مرحبا\" \\ \u0001 </script> 👋 "
    made = speak("shetewi").post(
        f"/application/{chat.token}/chat/1/message", {"message": text})
    assert made.json["Message"] == text
    number = made.json["MessageID"]
    assert speak("mosaad").get(
        f"/messages/{chat.token}/1/{number}").json["body"] == text


@pytest.mark.parametrize("service,path,key", [
    ("shady-rails", SHADY + "/{t}", None),
    ("shady-go", SHADY + "/{t}/chats/1", None),
    ("shetewi", "/application/{t}/chat/1/messages", None),
    ("mosaad", "/messages/{t}/1/1", None),
    ("deeb", "/api/applications/{t}/chats/1/messages/", None),
])
def test_a_body_on_a_get_does_no_harm(speak, chat, service, path, key):
    path = path.replace("{t}", chat.token)
    plain = speak(service).get(path)
    for body in (b'{"name":"x"}', b"{", b"x" * 1000):
        answer = speak(service).request("GET", path, body=body,
                                        content_type="application/json")
        assert (answer.status, answer.body) == (200, plain.body)


def test_a_search_key_may_come_in_the_body_of_a_get(speak, chat, found):
    path = f"/api/applications/{chat.token}/chats/1/messages/search"
    found(speak("deeb"), path + "?key=bye")
    for kind in ("json", "form", "multipart"):
        answer = send(speak("deeb"), "GET", path, {"key": "bye"}, kind)
        assert [hit["content"] for hit in answer.json] == ["bye"]


# --- paths ---------------------------------------------------------------------

def test_a_slash_at_the_end_does_not_matter(speak, chat):
    for service, path in [
            ("shady-rails", f"{SHADY}/{chat.token}"),
            ("shady-go", f"{SHADY}/{chat.token}/chats/1"),
            ("shetewi", f"/application/{chat.token}/chat/1/messages"),
            ("mosaad", f"/chats/{chat.token}/1/messages"),
            ("deeb", "/api/applications"),
            ("deeb", "/applications"),
            ("deeb", f"/api/applications/{chat.token}/chats"),
            ("deeb", f"/api/applications/{chat.token}/chats/1/messages")]:
        without, with_one, with_two = (
            speak(service).get(path + end) for end in ("", "/", "//"))
        assert without.status == with_one.status == 200, path
        if "chat" in path:
            assert without.body == with_one.body
        assert with_two.status == 404
    for end in ("", "/"):
        assert speak("deeb").post("/api/applications" + end,
                                  {"name": "x"}).status == 201


@pytest.mark.parametrize("number", [
    "0", "-1", "1e9", "99999999999999999999", "1abc", "01", "+1", "%31abc",
    "9007199254740993", "%20", "1%00", "null", "%2F"])
def test_what_is_no_number_of_a_chat_or_message_is_not_there(
        speak, chat, number):
    t = chat.token
    for service, path, fields, status in [
            ("shady-go", f"{SHADY}/{t}/chats/{number}", None, 404),
            ("shady-go", f"{SHADY}/{t}/chats/{number}/messages", {"name": "x"},
             400),
            ("shady-go", f"{SHADY}/{t}/chats/1/messages/{number}", None, 404),
            ("shetewi", f"/application/{t}/chat/{number}", None, 404),
            ("shetewi", f"/application/{t}/chat/{number}/messages", None, 404),
            ("shetewi", f"/application/{t}/chat/1/message/{number}", None,
             404),
            ("shetewi-go", f"/application/{t}/chat/{number}/message",
             {"message": "x"}, 404 if number == "0" else 400),
            ("mosaad", f"/chats/{t}/{number}", None, 404),
            ("mosaad", f"/messages/{t}/1/{number}", None, 404),
            ("mosaad", f"/messages/{t}/{number}/search/x", None, 404),
            ("deeb", f"/api/applications/{t}/chats/{number}", None, 404),
            ("deeb", f"/api/applications/{t}/chats/1/messages/{number}", None,
             404)]:
        method = "GET" if fields is None else "POST"
        answer = speak(service).request(
            method, path, json_body=... if fields is None else fields)
        # NUL is no part of any path.
        assert answer.status == (404 if "%00" in number else status), path
        assert "problem" not in answer.headers["Content-Type"], path


# --- searching -----------------------------------------------------------------

def searches(speak, chat, term):
    """The texts that each system finds for a term of a path or query."""
    for service, path, read in [
            ("shetewi", f"/application/{chat.token}/chat/1/search/{term}",
             lambda hit: hit["message"]),
            ("mosaad", f"/messages/{chat.token}/1/search/{term}",
             lambda hit: hit["_source"]["body"]),
            ("mosaad", f"/chats/{chat.token}/1/search/{term}",
             lambda hit: hit["_source"]["body"]),
            ("deeb", f"/applications/{chat.token}/chats/1/messages/search"
             f"?key={term}", lambda hit: hit["content"])]:
        answer = speak(service).get(path)
        assert answer.status == 200, answer
        yield [read(hit) for hit in answer.json or []]


@pytest.fixture
def odd(new_chat, speak, found):
    chat = new_chat("see a.b/c now", "nothing of the kind", "50% of it",
                    "مرحبا بالعالم")
    for term in ("see", "kind", "50", "مرحبا"):
        found(speak("main"), chat.path + "/messages/search?q="
              + urllib.parse.quote(term))
    return chat


@pytest.mark.parametrize("term,number", [
    ("a.b", 1), ("a%2Eb", 1), ("a.b%2Fc", 1), ("a%2fb", None), ("b/c", 1),
    ("a.b/c", 1), ("nothing%20of", 2), ("noth", 2), ("50%25", 3),
    ("%D9%85%D8%B1%D8%AD%D8%A8%D8%A7", 4), ("b/c/", None),
])
def test_a_term_may_hold_anything(speak, odd, term, number):
    texts = {1: "see a.b/c now", 2: "nothing of the kind", 3: "50% of it",
             4: "مرحبا بالعالم"}
    expected = [texts[number]] if number else []
    results = list(searches(speak, odd, term))
    if term.endswith("/"):	# a slash at the end of a path is not the term's
        assert results == [[texts[1]]] * 3 + [[]]
    else:
        assert results == [expected] * 4


@pytest.mark.parametrize("term", ["%20", "%E2%80%8B"])
def test_a_term_that_holds_nothing_finds_nothing(speak, odd, term):
    assert list(searches(speak, odd, term)) == [[]] * 4


def test_no_key_finds_nothing(speak, odd):
    path = f"/api/applications/{odd.token}/chats/1/messages/search"
    for end in ("", "?key=", "?keyword=see"):
        answer = speak("deeb").get(path + end)
        assert (answer.status, answer.json) == (200, None)


@pytest.mark.parametrize("term", ["%ff", "x" * 256, "%zz",
                                  "%20".join(f"w{n}" for n in range(17))])
def test_a_term_that_is_wrong_is_said_to_be(speak, odd, term):
    for service, path in [
            ("shetewi", f"/application/{odd.token}/chat/1/search/{term}"),
            ("mosaad", f"/messages/{odd.token}/1/search/{term}"),
            ("deeb", f"/applications/{odd.token}/chats/1/messages/search"
             f"?key={term}")]:
        client = speak(service)
        answer = client.get(path)
        # A path that cannot be decoded is none, if the web server takes it.
        wanted = 404 if term == "%zz" and service != "deeb" else 400
        wanted = own_status(client.server, "GET", path) or wanted
        assert answer.status == wanted, answer
