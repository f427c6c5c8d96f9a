# Everything is restarted under load, one after the other, again and again: no request fails.
# SPDX-License-Identifier: BSD-2-Clause
import os
import pathlib
import re
import signal
import time

from stack import wait_until

ROUNDS = 3
BETWEEN = 60            # requests, between two restarts


def begun(pid):
    """When what the process runs was begun: its memory is where it is by then."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(
        ")", 1)[1].split()[23:26]


def test_responders_are_restarted_three_times_and_no_request_fails(
        stack, admin, traffic, db):
    names = stack.responders()
    assert {name.split("-")[0] for name in names} >= {
        "applications", "chats", "messages", "search", "status"}
    pids = {name: stack.pid(name) for name in names}
    with traffic:
        for _ in range(ROUNDS):
            traffic.more(BETWEEN)
            before = {name: begun(pid) for name, pid in pids.items()}
            said = admin("web", "restart").stdout
            assert re.findall(r"^(.*): restarted in \d+ ms$", said,
                              re.M) == names
            for name, pid in pids.items():
                assert stack.pid(name) == pid and begun(pid) != before[name]
        traffic.more(BETWEEN)
    traffic.nothing_failed()
    traffic.every_write_is_there_once(db)
    traffic.every_request_left_one_line(stack)


def test_only_those_that_are_named_are_restarted(stack, admin):
    before = begun(stack.pid("chats-1")), begun(stack.pid("chats-2"))
    listed = admin("web", "restart", "--dry-run", "chats-2").stdout
    assert listed == f"chats-2: process {stack.pid('chats-2')}\n"
    assert admin("web", "restart", "chats-2").stdout.startswith("chats-2: ")
    assert begun(stack.pid("chats-1")) == before[0]
    assert begun(stack.pid("chats-2")) != before[1]
    admin("web", "restart", "nobody-1", status=1)


def test_what_would_not_start_leaves_the_old_one_at_work(
        stack, client, chat, admin):
    config = stack.run / "accounts" / "web.conf"
    good, pid = config.read_text(), stack.pid("messages-1")
    before, log = begun(pid), stack.run / "messages-1.log"
    said = len(log.read_text()) if log.exists() else 0
    try:
        config.write_text(good + "no_such_key = 1\n")
        os.kill(pid, signal.SIGUSR2)
        wait_until(lambda: "no restart: " in log.read_text()[said:])
    finally:
        config.write_text(good)
    assert begun(pid) == before
    assert chat.write("still there")["number"] == 1
    admin("web", "restart", "messages-1")
    assert begun(pid) != before


def test_one_of_several_copies_may_be_ended_and_no_request_fails(
        stack, traffic, db):
    """SIGTERM: it refuses who comes, and the web server asks another copy."""
    with traffic:
        for _ in range(ROUNDS):
            for name in ("messages-1", "chats-2"):
                traffic.more(BETWEEN)
                stack.kill(name, signal.SIGTERM)
                traffic.more(BETWEEN)
                stack.up()
    traffic.nothing_failed()
    traffic.every_write_is_there_once(db)
    traffic.every_request_left_one_line(stack)


def test_jobs_are_restarted_three_times_and_nothing_is_lost(
        stack, client, traffic, db):
    with traffic:
        for _ in range(ROUNDS):
            traffic.more(BETWEEN)
            stack.kill("parley-jobs", signal.SIGTERM)
            stack.up()
            last = traffic.write("POST", traffic.chat.messages, "body")
            began = time.monotonic()
            wait_until(lambda last=last: db(
                """select 1 from messages m join applications a
                on m.application_id = a.id where a.token = %s
                and m.chat_number = %s and m.number = %s""",
                traffic.chat.token, traffic.chat.number, last))
            assert time.monotonic() - began < 5
    traffic.nothing_failed()
    traffic.every_write_is_there_once(db)
