# The clients under examples/ do what they show, and bear what may happen.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import re
import subprocess

import pytest

from stack import wait_until

API = "/api/v1/applications"
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
CLIENTS = {"parley.py": "Example in Python",
           "parley.sh": "Example in the shell"}
SAID = """\
Application: {name}
Chat 1: Orders
  1. Guess what? Alhamdulilah
  2. Three coffees, please
  3. Grüße aus Köln
  4. Coming!
  5. Anything else?
Found: 3. Grüße aus <em>Köl</em>n
Refused: A field is not right (422): body: must not be blank
"""

each_program = pytest.mark.parametrize("program", CLIENTS)


def run(program, *arguments):
    return subprocess.run([EXAMPLES / program, *arguments], text=True,
                          capture_output=True, timeout=60, check=False,
                          env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


def without_numbers(text):
    return re.sub(r"\d+", "N", text)


@each_program
def test_its_tour_is_true(program, stack, client, operator):
    done = run(program, stack.env["PARLEY_URL"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == SAID.format(name=CLIENTS[program])
    newest = client.get(API + "?order=desc&limit=1", headers=operator).json[0]
    assert newest["name"] == CLIENTS[program]
    said = client.walk(f"{API}/{newest['token']}/chats/1/messages")
    assert [f"  {m['number']}. {m['body']}" for m in said] == \
        SAID.splitlines()[2:7]


@each_program
def test_it_says_what_the_problem_is(program, stack):
    done = run(program, stack.env["PARLEY_URL"] + "/elsewhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is nothing at this path." in done.stderr


@each_program
def test_it_says_when_nobody_answers(program):
    done = run(program, "http://127.0.0.1:1")
    assert done.returncode not in (0, 1)
    assert "refused" in done.stderr or "connect" in done.stderr
    assert "Traceback" not in done.stderr


@each_program
def test_it_says_how_it_is_used(program):
    assert "Usage" in run(program).stderr
    assert run(program).returncode == 100
    assert run(program, "--help").returncode == 0


@pytest.fixture
def start(stack, tmp_path):
    """start(program): runs it; its standard error goes to tmp_path."""
    processes = []

    def run_beside(program):
        with (tmp_path / program).open("w") as file:
            processes.append(subprocess.Popen(
                [EXAMPLES / program, stack.env["PARLEY_URL"]], text=True,
                stdout=subprocess.PIPE, stderr=file))
        return processes[-1]
    yield run_beside
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parts
def test_what_is_not_accepted_is_sent_again(
        stack, client, chats_path, lack, start, tmp_path):
    lack({"rabbitmq": "down"})

    def refused():
        """writes are refused at once"""
        return client.post(chats_path, {}).problem == "not-accepted"
    wait_until(refused)
    started = {program: start(program) for program in CLIENTS}

    def they_try_again():
        """each says that it tries again"""
        return all("not accepted; trying again in 1 s" in
                   (tmp_path / program).read_text() for program in CLIENTS)
    wait_until(they_try_again)
    stack.up()
    for program, process in started.items():
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        # What was refused may have cost numbers.
        assert without_numbers(out) == without_numbers(
            SAID.format(name=CLIENTS[program]))


@pytest.mark.parts
def test_what_may_be_stored_is_sent_again_and_is_there_once(
        stack, lack, start, tmp_path):
    lack({"rabbitmq": "silent"})
    started = {program: start(program) for program in CLIENTS}

    def they_try_again():
        """each says that it tries again"""
        return all("trying again in 1 s" in (tmp_path / program).read_text()
                   for program in CLIENTS)
    wait_until(they_try_again)
    stack.continue_process("rabbitmq")
    for program, process in started.items():
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert without_numbers(out) == without_numbers(
            SAID.format(name=CLIENTS[program]))
