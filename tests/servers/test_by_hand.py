# Responders without a web server: the commands of doc/hosting.md, and systemd's sockets.
# SPDX-License-Identifier: BSD-2-Clause
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from stack import TREE, others, wait_until

HOSTING = TREE / "doc" / "hosting.md"


def blocks():
    """The sh blocks of doc/hosting.md: one, several, asked by hand."""
    return re.findall(r"^```sh\n(.*?)^```", HOSTING.read_text("utf-8"),
                      re.M | re.S)


@pytest.fixture
def here(stack, tmp_path):
    """here(text): with the places of this stack for those of the document."""
    def replace(text):
        for place, ours in (
                ("/usr/local/libexec/parley", stack.run / "libexec"),
                ("/usr/local/etc/parley/parley.conf",
                 stack.run / "accounts" / "web.conf"),
                ("/run/parley", tmp_path)):
            text = text.replace(place, str(ours))
        return text
    return replace


def run(script, **environment):
    done = subprocess.run(
        ["bash", "-euc", script], capture_output=True, text=True, timeout=60,
        check=False, env={**others(), **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


def children(pid):
    return [int(child) for child in pathlib.Path(
        f"/proc/{pid}/task/{pid}/children").read_text().split()]


def ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return stat.rsplit(")", 1)[1].split()[0] == "Z"


@pytest.fixture
def started(here, tmp_path):
    """Does what the document says to start; ends it; the pids by socket."""
    pids = {}
    for block in blocks()[:2]:
        run(here(block))
    for file in tmp_path.glob("*.pid"):
        pids[file.stem] = int(file.read_text())
    yield pids
    for pid in pids.values():
        if not ended(pid):
            os.kill(pid, signal.SIGTERM)
    for pid in pids.values():
        wait_until(lambda pid=pid: ended(pid), 30)


def test_the_commands_of_the_document_work(chat, here, started):
    assert sorted(started) == ["messages-4", "messages-5"]
    chat.write("written before")
    out = run(here(blocks()[2]), TOKEN=chat.token).replace("\r", "")
    listed, made = map(json.loads, re.findall(
        r"\n\n(.*?)(?=Status: |\Z)", out, re.S))
    assert [message["body"] for message in listed] == ["written before"]
    assert made["body"] == "by hand"
    assert chat.client.get(chat.message(2)).json == made


def test_behind_one_socket_the_others_go_on_and_the_dead_is_replaced(
        chat, here, started):
    before = children(started["messages-5"])
    assert len(before) == 3
    os.kill(before[0], signal.SIGKILL)
    write = here(blocks()[2]).replace("messages-4", "messages-5")
    for _ in range(5):
        assert run(write, TOKEN=chat.token).count("Status: 20") == 2

    def replaced():
        """three processes run again"""
        now = children(started["messages-5"])
        return len(now) == 3 and before[0] not in now
    wait_until(replaced)


def test_a_socket_may_come_from_systemd(stack, tmp_path):
    tool = shutil.which("systemd-socket-activate")
    if tool is None:
        pytest.skip("no systemd-socket-activate")
    socket = tmp_path / "status-9.sock"
    program = stack.run / "libexec" / "parley-status"
    # The unit's StandardInput=socket does what the shell does here.
    with subprocess.Popen(
            [tool, "-l", socket, "-E", f"PARLEY_CONFIG={stack.run}/accounts/web.conf",
             "sh", "-c", f"exec {program} 0<&3"],
            stderr=subprocess.DEVNULL) as process:
        wait_until(socket.exists)
        out = run(f"cgi-fcgi -bind -connect {socket}",
                  REQUEST_METHOD="GET", REQUEST_URI="/livez")
        assert out.endswith('{"status":"ok"}')
        process.terminate()
        assert process.wait(30) == 0
