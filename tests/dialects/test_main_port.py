# The main port: the paths that are not the main API's own are served there too.
# SPDX-License-Identifier: BSD-2-Clause
import subprocess

import pytest

from servers import NO_LENGTH


def test_the_main_port_serves_what_does_not_collide(speak, chat):
    main = speak("main")
    t = chat.token
    assert list(main.get(f"/application/{t}").json) == [
        "Application", "Username", "ChatsCount"]
    assert list(main.get(f"/applications/{t}").json) == [
        "app_token", "name", "updated_at", "created_at", "chats_count"]
    assert main.get(f"/api/applications/{t}").json["token"] == t
    assert main.get(f"/messages/{t}/1/1").json["body"] == "Alhamdulilah"
    assert main.get("/ping").json["message"] == "pong"
    assert main.get("/up").status == 200


def test_where_mosaad_and_deeb_share_a_path_mosaad_answers(speak, chat):
    main = speak("main")
    assert "app_token" in main.post("/applications", {"name": "x"}).json
    listed = main.get(f"/applications/{chat.token}/chats").json
    assert "id" in listed[0]
    # What mosaad does not have is deeb's, with his README's paths.
    answer = main.put(f"/applications/{chat.token}", {"name": "x"})
    assert answer.json["token"] == chat.token


def test_the_main_api_is_as_ever_on_the_main_port(speak, chat):
    main = speak("main")
    made = main.post(f"/api/v1/applications/{chat.token}/chats",
                     {"name": "x"})
    assert "messages_count" in made.json
    assert main.get("/nothing").problem == "not-found"
    assert main.get("/applications/x/y/z").problem == "not-found"
    answer = main.raw("POST", f"/api/v1/applications/{chat.token}/chats",
                      length=False)
    assert answer.status == NO_LENGTH.get(main.server, 201)
    assert answer.problem in ("bad-request", None)


def test_one_port_does_not_speak_what_belongs_to_another(speak, chat):
    assert speak("deeb").get(f"/application/{chat.token}").status == 404
    assert speak("mosaad").get(f"/api/applications/{chat.token}").status \
        == 404
    assert speak("shetewi-go").get(f"/application/{chat.token}").status == 404
    assert speak("shady-go").get("/livez").status == 404
    # A client may know one of the two ports of these.
    assert speak("shady-go").get(
        f"/api/v1/applications/{chat.token}").status == 200
    assert speak("shady-rails").get(
        f"/api/v1/applications/{chat.token}/chats/1").status == 200


def by_hand(stack, uri, **env):
    """One request out of the environment, as a CGI program would get it."""
    done = subprocess.run(
        [stack.run / "libexec" / "parley-dialects", "-c",
         stack.run / "accounts" / "web.conf"], stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "REQUEST_METHOD": "GET",
             "REQUEST_URI": uri, **env},
        capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


def test_a_dialect_that_does_not_exist_is_said_to_be_a_mistake(stack):
    assert "names a dialect that does not exist" in by_hand(
        stack, "/ping", PARLEY_DIALECT="deeb klingon")
    assert "pong" in by_hand(stack, "/ping", PARLEY_DIALECT="mosaad deeb")


def test_the_list_of_applications_is_closed_unless_it_is_opened(stack):
    answer = by_hand(stack, "/applications", PARLEY_DIALECT="deeb",
                     PARLEY_DIALECT_OPEN_LIST="no")
    head, _, body = answer.partition("\n\n")
    assert head.startswith("Status: 403"), answer
    assert body == "null"
    key = "Bearer " + stack.env["PARLEY_ADMIN_KEY"]
    answer = by_hand(stack, "/applications", PARLEY_DIALECT="deeb",
                     PARLEY_DIALECT_OPEN_LIST="no", HTTP_AUTHORIZATION=key)
    assert answer.startswith("Status: 200"), answer[:300]


@pytest.mark.parametrize("dialect, path", [
    ("shady-rails", "/api/v1/applications"), ("shetewi", "/application"),
    ("mosaad", "/applications"), ("deeb", "/api/applications")])
def test_creating_an_application_may_need_the_operators_key(
        stack, dialect, path):
    settings = {"REQUEST_METHOD": "POST", "PARLEY_DIALECT": dialect,
                "PARLEY_ADMIN_KEY_TO_CREATE": "yes"}
    for headers in ({}, {"HTTP_AUTHORIZATION": "Bearer wrong"}):
        answer = by_hand(stack, path, **settings, **headers)
        assert answer.startswith("Status: 403"), answer
    key = "Bearer " + stack.env["PARLEY_ADMIN_KEY"]
    answer = by_hand(stack, path, **settings, HTTP_AUTHORIZATION=key)
    # The key is enough: now it is the body that is missed.
    assert answer.startswith(("Status: 400", "Status: 422")), answer
