# What parley-admin says: JSON as its pages explain it, tables, bars, exit codes.
# SPDX-License-Identifier: BSD-2-Clause
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import uuid

import pytest

import manual
from stack import wait_until

pytestmark = pytest.mark.usefixtures("no_letters")


@pytest.fixture
def letter(admin, publish):
    """The ID of a dead letter that is an event."""
    name = str(uuid.uuid4())
    publish("dead", json.dumps({"id": name, "type": "message",
                                "app": 7, "number": 3}).encode())
    wait_until(lambda: [row for row in admin.dead() if row["id"] == name], 20)
    return name


class Terminal:
    """A command of parley-admin at a terminal of so many columns."""

    def __init__(self, admin, *arguments, columns=100):
        parent, child = pty.openpty()
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(child, termios.TIOCSWINSZ, size)
        self.end, self.text = parent, ""
        self.process = subprocess.Popen(
            admin.command(*arguments), env=admin.environment(),
            stdin=child, stdout=child, stderr=child)
        os.close(child)

    def read_until(self, pattern, seconds=60):
        """All that was said, once it matches the pattern; None: the end."""
        deadline = time.monotonic() + seconds
        while pattern is None or not re.search(pattern, self.text):
            left = deadline - time.monotonic()
            assert left > 0, self.text
            if not select.select([self.end], [], [], left)[0]:
                continue
            try:
                self.text += os.read(self.end, 65536).decode()
            except OSError:     # how a terminal says that nobody writes
                assert pattern is None, self.text
                break
        return self.text

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self.end)


@pytest.fixture
def terminal(admin):
    opened = []

    def run(*arguments, **options):
        opened.append(Terminal(admin, *arguments, **options))
        return opened[-1]
    yield run
    for one in opened:
        one.close()


# --- for programs ------------------------------------------------------------------


def same_members(group, *values, free=()):
    """What the page explains is there, and nothing else."""
    assert set().union(*(manual.used(value, free) for value in values)) == \
        manual.members(group)


def test_config_check_says_in_json_what_its_page_explains(
        admin, tmp_path):
    good, shown = admin.json("config", "check"), admin.json("config", "show")
    same_members("config", good, shown)
    assert good == {"good": True, "error": None}
    wrong = tmp_path / "wrong.conf"
    wrong.write_text("threads = many\n")
    done = admin.run("-c", wrong, "config", "check", "--json")
    assert done.returncode == 100
    bad = json.loads(done.stdout)
    assert bad["good"] is False
    assert bad["error"].startswith(f"{wrong}:1: threads is")


def test_config_show_says_what_has_set_what_and_no_secret(admin, tmp_path):
    (tmp_path / "all.conf").write_text("threads = 7\nlog_level = warn\n")
    own = tmp_path / "own.conf"
    own.write_text("include = all.conf\nlog_level = error\n"
                   "admin_key = open sesame\n"
                   "amqp_url = amqp://me:sesame@localhost\n")
    own.chmod(0o600)
    done = admin.run("-c", own, "config", "show", "--json",
                     PARLEY_DB_PASSWORD="sesame", PARLEY_DB_NAME="other")
    assert "sesame" not in done.stdout
    shown = {row["key"]: (row["value"], row["from"])
             for row in json.loads(done.stdout)}
    assert shown["threads"] == ("7", f"{tmp_path}/all.conf:1")
    assert shown["log_level"] == ("error", f"{own}:2")
    assert shown["admin_key"] == ("(hidden)", f"{own}:3")
    assert shown["amqp_url"] == ("(hidden)", f"{own}:4")
    assert shown["db_password"] == ("(hidden)", "PARLEY_DB_PASSWORD")
    assert shown["db_name"] == ("other", "PARLEY_DB_NAME")
    assert shown["redis_password"] == ("", "default")
    assert list(shown) == sorted(shown)


def test_dead_says_in_json_what_its_page_explains(admin, publish, letter):
    publish("dead", b"no \xff JSON\x1b")
    wait_until(lambda: len(admin.dead()) == 2, 20)
    one, = admin.json("dead", "show", letter)
    row, = [row for row in admin.dead() if row["id"] == letter]
    assert {name: one[name] for name in row} == row
    assert (row["type"], row["application"], row["number"], row["chat"],
            row["tries"]) == ("message", 7, 3, None, None)
    assert one["event"]["id"] == letter and one["body"] is None
    other, = [row for row in admin.dead() if row["id"] != letter]
    assert other["type"] is None
    raw, = admin.json("dead", "show", other["id"])
    assert raw["event"] is None
    assert raw["body"] == "no \\xff JSON\\x1b"
    dropped = admin.json("dead", "drop", "--yes", other["id"])
    assert dropped == {"dropped": [other["id"]]}
    replayed = admin.json("dead", "replay", "--all")
    assert replayed == {"replayed": [letter]}
    same_members("dead", one, raw, dropped, replayed,
                 free=("headers", "event"))


def test_what_was_done_is_told_though_something_is_missing(admin, letter):
    done = admin.run("dead", "drop", "--json", "--yes", letter, "nowhere")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"dropped": [letter]}
    assert done.stderr == \
        "parley-admin: no dead letter has the ID nowhere\n"


def test_migrate_says_in_json_what_its_page_explains(stack, admin):
    told = admin.json("-c", stack.run / "accounts" / "migrate.conf",
                      "migrate", "--dry-run",
                      "--sql", manual.DOC.parent / "sql")
    same_members("migrate", told)
    assert told == {"dry_run": True, "applied": [], "sql": ""}


def test_reconcile_says_in_json_what_its_page_explains(admin, chat, stored):
    chat.write("to be compared")
    stored(chat, 1)
    done = admin.run("reconcile", "--dry-run", "--json")
    told = json.loads(done.stdout)
    same_members("reconcile", told)
    assert done.returncode == (0 if told["well"] else 1)
    assert told["messages"]["compared"] >= 1
    assert done.stderr == ""


def test_reindex_says_in_json_what_its_page_explains(admin, chat, stored):
    chat.write("to be copied")
    stored(chat, 1)
    done = admin.run("reindex", "--json")
    assert done.returncode == 0 and done.stderr == ""
    told = json.loads(done.stdout)
    assert told["copied"] >= 1 and told["refused"] == 0
    same_members("reindex", told, {"given_up": None})
    done = admin.run("reindex", "--cancel", "--json")
    assert (done.returncode, done.stdout) == (1, "")


def test_status_says_in_json_what_its_page_explains(admin):
    told = admin.status()
    told["mysql"]["error"] = "only when it does not tell all"
    same_members("status", told)


def test_token_says_in_json_what_its_page_explains(admin, application):
    old = application["token"]
    told = admin.json("token", "rotate", old)
    same_members("token", told)
    listed = [row for row in admin.json("token", "list")
              if row["token"] == told["token"]]
    assert listed == [{name: told[name] for name in told
                       if name != "retired"}]


# --- for people --------------------------------------------------------------------


def test_the_table_of_dead_letters_is_aligned(admin, letter):
    heads, row = admin("dead", "list").splitlines()
    for head, cell in (("ID", letter), ("TYPE", "message"), ("REASON", "?")):
        assert row[heads.index(head):].startswith(cell)
    for head, cell in (("APP", "7"), ("NUMBER", "3"), ("TRIES", "?")):
        end = heads.index(head) + len(head)
        assert row[:end].split()[-1] == cell


def test_a_row_is_cut_where_the_terminal_ends(
        new_application, terminal):
    made = new_application("a name of some length, with Grüße")
    said = terminal("token", "list", columns=80).read_until(None)
    line, = [line for line in said.splitlines() if made["token"] in line]
    assert len(line) == 80 and line.endswith("…")
    assert all(len(line) <= 80 for line in said.splitlines())


def test_a_bar_says_how_far_it_is(admin, chat, stored, terminal):
    chat.write("to be compared")
    stored(chat, 1)
    said = terminal("reconcile", "--dry-run", columns=100).read_until(None)
    total = admin.json("reconcile")["messages"]["compared"]
    assert f"\r[{'#' * 40}] {total:,} of {total:,} messages compared" in said
    assert "messages in the database" in said


def test_on_a_narrow_terminal_the_bar_gives_way(terminal, chat, stored):
    chat.write("one")
    stored(chat, 1)
    said = terminal("reconcile", "--dry-run", columns=30).read_until(None)
    assert "messages compared" in said
    assert "[#" not in said


def test_what_fails_does_not_stand_behind_a_bar(terminal):
    said = terminal("-c", "/nonexistent", "reindex").read_until(None)
    assert said.endswith("/nonexistent: No such file or directory\r\n")


def test_without_a_terminal_progress_is_plain_lines(admin, chat, stored):
    chat.write("one")
    stored(chat, 1)
    done = admin.run("reconcile", "--dry-run")
    assert re.search(r"^[\d,]+ of [\d,]+ messages compared", done.stderr, re.M)
    assert "\r" not in done.stderr and "\x1b" not in done.stderr


@pytest.mark.parametrize("command", [
    ["reconcile"], ["dead", "drop", "--all", "--yes"]])
def test_what_is_quiet_says_nothing(admin, command):
    done = admin.run(*command, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_status_is_said_again_and_again_until_a_signal(terminal):
    watch = terminal("status", "--watch")
    watch.read_until(r"(?s)(\x1b\[H\x1b\[2J.*parley .*){2}")
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait(10) in (0, 1)


# --- exit codes --------------------------------------------------------------------


@pytest.mark.parametrize("status,arguments", [
    (0, ["--help"]), (0, ["-V"]), (0, ["dead", "--help"]),
    (0, ["config", "sample"]), (0, ["completion", "bash"]),
    (1, ["dead", "show", "nowhere"]),
    (1, ["token", "show", str(uuid.uuid4())]),
    (100, []), (100, ["nonsense"]), (100, ["dead"]), (100, ["--nonsense"]),
    (100, ["status", "--all"]), (100, ["status", "too much"]),
    (100, ["token", "show"]), (100, ["token", "show", "no token"]),
    (100, ["completion", "tcsh"]), (100, ["-c", "/nonexistent", "status"]),
    (100, ["dead", "replay"]), (100, ["dead", "drop", "--all"]),
    (100, ["migrate", "--sql", "/nonexistent"])])
def test_the_exit_status_says_what_kind_it_is(admin, status, arguments):
    done = admin.run(*arguments)
    assert done.returncode == status, done
    if status != 0:
        assert done.stdout == ""
        assert done.stderr.startswith(("parley-admin: ", "parley-admin", "/"))


@pytest.mark.parametrize("arguments", [
    ["token", "list"], ["migrate", "--dry-run"], ["reconcile"], ["reindex"]])
def test_a_part_that_is_not_there_is_exit_111(admin, arguments):
    done = admin.run(*arguments, "--json",
                     PARLEY_DB_SOCKET="/nonexistent/mysql.sock")
    assert done.returncode == 111, done
    assert done.stderr.startswith("parley-admin: ")


# --- who reads it ------------------------------------------------------------------


def test_that_nobody_reads_on_is_nobody_s_fault(admin, new_application):
    new_application("one of several")
    for arguments in (["token", "list"], ["config", "sample"], ["--help"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            admin.command(*arguments), env=admin.environment(), stdout=writer,
            stderr=subprocess.PIPE, timeout=60, check=False)
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


def test_what_cannot_be_written_is_said(admin):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            admin.command("config", "sample"), env=admin.environment(),
            stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 111
    assert b"could not be written" in done.stderr


# --- completion --------------------------------------------------------------------


# As bash does when the cursor is at the end of the last word.
CALL = r"""
function=$(complete -p parley-admin | sed 's/.*-F \([^ ]*\).*/\1/')
COMP_WORDS=(parley-admin "$@")
COMP_CWORD=$#
$function
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def complete(admin):
    """complete(words): what bash offers for the last of them."""
    script = subprocess.run(admin.command("completion", "bash"), check=True,
                            capture_output=True, text=True).stdout

    def offers(*words, directory="/"):
        done = subprocess.run(
            ["bash", "-c", script + CALL, "bash", *words], cwd=directory,
            capture_output=True, text=True, timeout=20, check=True)
        assert done.stderr == ""
        return done.stdout.split()
    return offers


@pytest.fixture(scope="module")
def commands(admin):
    """The commands that --help names, each with its options."""
    text = subprocess.run(admin.command("--help"), capture_output=True,
                          text=True, check=True).stdout
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)?) ", text.split(
        "Commands:\n")[1].split("\n\n")[0], re.M)
    return {name: re.findall(r"^ .*(--[a-z-]+)", subprocess.run(
        admin.command(*name.split(), "--help"), capture_output=True,
        text=True, check=True).stdout, re.M) for name in names}


def test_bash_completes_the_words_of_all_commands(complete, commands):
    first = sorted({name.split()[0] for name in commands})
    assert complete("") == first
    assert complete("re") == [word for word in first if word[:2] == "re"]
    for word in first:
        second = sorted(name.split()[1] for name in commands
                        if name.split()[0] == word and " " in name)
        if second:
            assert complete(word, "") == second
            assert complete("-c", "some.conf", word, "") == second


def test_bash_completes_the_options_of_each_command(complete, commands):
    assert len(commands) > 10
    for name, options in commands.items():
        assert complete(*name.split(), "--") == options
    assert complete("--js") == []
    assert complete("status", "--w") == ["--watch"]


def test_bash_completes_files_and_directories(complete, tmp_path):
    (tmp_path / "parley.conf").touch()
    (tmp_path / "parts").mkdir()
    for words in (["-c", "pa"], ["--config", "pa"], ["--config", "=", "pa"],
                  ["dead", "list", "-c", "pa"]):
        assert sorted(complete(*words, directory=tmp_path)) == \
            ["parley.conf", "parts"]
    assert complete("doctor", "--url", "", directory=tmp_path) == []
    for words in (["migrate", "--sql", "pa"], ["migrate", "--sql", "=", "pa"]):
        assert complete(*words, directory=tmp_path) == ["parts"]
    assert sorted(complete("--config", "=", directory=tmp_path)) == \
        ["parley.conf", "parts"]
