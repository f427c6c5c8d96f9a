# Methods and paths: HEAD, OPTIONS, 405 with Allow, and all that is 404.
# SPDX-License-Identifier: BSD-2-Clause
import pytest

from servers import own_status

API = "/api/v1/applications"
PATHS = {
    "applications": {"GET", "POST"},
    "application": {"GET", "PUT", "PATCH"},
    "chats": {"GET", "POST"},
    "chat": {"GET", "PUT", "PATCH"},
    "messages": {"GET", "POST"},
    "message": {"GET", "PUT", "PATCH"},
    "search": {"GET"},
    "livez": {"GET"},
    "readyz": {"GET"},
    "status": {"GET"},
    "status_css": {"GET"},
    "status_js": {"GET"},
    "status_data": {"GET"},
}


@pytest.fixture
def paths(chat):
    chat.write("There is one")
    application = f"{API}/{chat.token}"
    return {
        "applications": API,
        "application": application,
        "chats": application + "/chats",
        "chat": chat.path,
        "messages": chat.messages,
        "message": chat.message(1),
        "search": chat.search + "?q=one",
        "livez": "/livez",
        "readyz": "/readyz",
        "status": "/status",
        "status_css": "/status/page.css",
        "status_js": "/status/page.js",
        "status_data": "/status/data",
    }


def allowed(answer):
    return set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("name", PATHS)
def test_options_says_what_is_allowed(client, paths, name):
    answer = client.request("OPTIONS", paths[name])
    assert answer.status == 204
    assert allowed(answer) == PATHS[name] | {"HEAD", "OPTIONS"}


@pytest.mark.parametrize("name", PATHS)
def test_another_method_is_405_with_allow(client, paths, name):
    wrong = {"POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"}
    for method in sorted(wrong - PATHS[name]):
        answer = client.request(method, paths[name])
        assert answer.problem == "method-not-allowed", method
        if own_status(client.server, method, paths[name]) is None:
            assert allowed(answer) == PATHS[name] | {"HEAD", "OPTIONS"}


def nothing_there(client, method, target, **rest):
    """404 by Parley, or what the web server answers by itself."""
    answer = client.request(method, target, **rest)
    own = own_status(client.server, method, target)
    assert answer.status == (own or 404)
    assert answer.problem == ("bad-request" if own == 400 else "not-found")


@pytest.mark.parametrize("name", PATHS)
def test_head_is_get_without_a_body(client, operator, paths, name):
    get = client.get(paths[name], headers=operator)
    head = client.request("HEAD", paths[name], headers=operator)
    assert head.status == get.status == 200
    assert head.body == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    # What others write, or the time it takes, may be in between in these.
    if name not in ("readyz", "applications", "search", "status_data"):
        assert head.headers["ETag"] == get.headers["ETag"]
        assert head.headers["Content-Length"] == str(len(get.body))


def test_head_of_what_is_not_there_is_404(client, chat):
    answer = client.request("HEAD", chat.message(7))
    assert answer.status == 404
    assert answer.body == b""


def test_a_wrong_method_writes_nothing(client, chat):
    assert client.request("DELETE", chat.path).status == 405
    assert client.request("POST", chat.path, json_body={"name": "x"}) \
        .status == 405
    assert client.get(chat.path).json["name"] == "A test's chat"


@pytest.mark.parametrize("path", [
    "/", "/index.html", "/api", "/api/v1", "/api/v1/", "/api/v2/applications",
    "/api/v1/application", "/API/V1/applications", "/applications",
    "/favicon.ico", "/status/", "/status/page.html", "/status.css", "/livez/", "/livez/x", "/readyz/x", "//livez",
    "/api/v1/applications/", "//api/v1/applications",
    "/api/v1//applications", "/api/v1/applications/x/y",
    "/api/v1/applications/../../../etc/passwd", "/api/v1/%2e%2e/livez",
    "/%00", "/livez%00", "/%zz", "/%", "/a%2Fb", "/.", "/..",
    "/api/v1/applications;x=1", "/" + "a" * 2000, "/" + "a/" * 500,
])
def test_an_unknown_path_is_404(client, path):
    nothing_there(client, "GET", path)


def test_an_unknown_path_is_404_whatever_the_method(client):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = client.request(method, "/nowhere")
        assert answer.problem == "not-found"


def test_a_trailing_slash_is_another_path(client, chat):
    for path in (f"{API}/{chat.token}/", f"{API}/{chat.token}/chats/",
                 chat.path + "/", chat.messages + "/", chat.search + "/",
                 chat.message(1) + "/"):
        assert client.get(path).problem == "not-found"


@pytest.mark.parametrize("number", [
    "0", "-1", "+1", "01", "1e9", "1.0", "1abc", "abc", "0x1", "%31abc",
    "99999999999999999999", "18446744073709551617", "9007199254740993",
    "4294967297", "%20", "1%20", "%201", "1%00", "1%2F", "%2F1", "1;2",
    "1,2", "null", "%D9%A1", "1" * 300, "..", "*",
])
def test_what_is_no_number_is_404(client, chat, number):
    chat.write("There is a message 1")
    chats = f"{API}/{chat.token}/chats"
    for path in (f"{chats}/{number}", f"{chats}/{number}/messages",
                 f"{chats}/{number}/messages/1",
                 f"{chats}/{number}/messages/search?q=a",
                 chat.message(number)):
        nothing_there(client, "GET", path)
    for method, path in (("PUT", f"{chats}/{number}"),
                         ("PUT", chat.message(number)),
                         ("POST", f"{chats}/{number}/messages")):
        nothing_there(client, method, path, json_body={"name": "x"})


@pytest.mark.parametrize("token", [
    "x", "1", "%00", "%27", "'%20or%20'1'='1", "%F0%9F%98%80", "%ff",
    "00000000-0000-0000-0000-000000000000", "a" * 36, "a" * 400,
    "00000000000040008000000000000000", "*", "%2F", "..",
])
def test_what_is_no_token_is_404(client, token):
    path = f"{API}/{token}"
    for target in (path, path + "/chats", path + "/chats/1",
                   path + "/chats/1/messages", path + "/chats/1/messages/1"):
        nothing_there(client, "GET", target)
    nothing_there(client, "POST", path + "/chats", json_body={"name": "x"})
    nothing_there(client, "PUT", path, json_body={"name": "x"})


def test_a_slash_that_is_escaped_separates_nothing(client, chat):
    assert client.get(f"{API}%2F{chat.token}").status == 404
    assert client.get(f"{API}/{chat.token}%2Fchats").status == 404
    assert client.get(f"{API}/{chat.token}/chats%2F1").status == 404
    assert client.get(f"{chat.messages}%2F1").status == 404


def test_an_escaped_digit_is_that_digit(client, chat):
    made = chat.write("One")
    assert client.get(f"{chat.messages}/%31").json == made
