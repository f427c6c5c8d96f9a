# Passwords are in files of mode 0600 and nowhere else; sockets, pid files and logs are not everybody's.
# SPDX-License-Identifier: BSD-2-Clause
import re
import stat
import subprocess

import pytest

from programs import PROGRAMS
from stack import SCRIPT, others, wait_until


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="session")
def secrets(stack, account):
    """Every password and key of the stack."""
    found = {stack.env["PARLEY_ADMIN_KEY"]}
    for program in PROGRAMS:
        found |= {value for key, value in account(program).items()
                  if key.endswith("_password")}
    found |= set(re.findall(r"^search_password = (.+)$",
                            (stack.run / "tls.conf").read_text(), re.M))
    assert len(found) >= 12
    return [secret.encode() for secret in found]


def holds(text, secrets):
    return any(secret in text for secret in secrets)


def test_no_password_is_on_a_command_line(stack, processes, secrets, chat):
    chat.write("Something is being done.")
    lines = processes()
    names = {line.split(b"\0")[0].rsplit(b"/", 1)[-1]
             for line in lines.values()}
    assert b"parley-jobs" in names and b"parley-messages" in names
    for line in lines.values():
        assert not holds(line, secrets), line


def test_no_password_is_on_a_command_line_while_a_stack_starts(
        stack, secrets, tmp_path):
    """All that scripts/stack runs, as the shell's own trace has it."""
    trace = tmp_path / "trace"
    done = subprocess.run(
        ["sh", "-c", f"exec 7>{trace}; "
         f"exec bash -x {SCRIPT} up --dir {stack.run}"],
        env={**others(), "BASH_XTRACEFD": "7"}, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    # What the shell does itself is on no command line: assignments, echo.
    ran = [line for line in trace.read_bytes().splitlines()
           if re.match(rb"\++ (?!echo |printf |local |\[ )[a-z./]+( |$)", line)]
    for tool in (b"curl", b"mariadb", b"redis-cli"):
        assert any(tool in line for line in ran), tool
    assert not [line for line in ran if holds(line, secrets)]


def test_no_password_is_in_a_log(stack, secrets, client):
    client.raw("GET", "/api/v1/applications",
               headers={"Authorization": "Bearer wrong"})
    logs = list(stack.run.glob("*.log"))
    assert len(logs) > 10
    for log in logs:
        assert not holds(log.read_bytes(), secrets), log


def test_a_wrong_password_is_not_logged_either(ask):
    states, messages = ask(db_password="hush-1", amqp_password="hush-2",
                           redis_password="hush-3", search_password="hush-4")
    assert "unavailable" in states.values()
    assert len(messages) >= 3
    assert not any("hush" in message for message in messages)


@pytest.mark.parametrize("others_may", (0o604, 0o602, 0o660, 0o644))
def test_a_file_with_a_password_that_others_can_get_at_is_refused(
        stack, tmp_path, others_may):
    file = tmp_path / "own.conf"
    file.write_text("db_password = hush\n")
    file.chmod(others_may)
    for program in ("parley-jobs", "parley-count", "parley-admin",
                    "../libexec/parley-messages"):
        words = ["status"] if program == "parley-admin" else []
        done = subprocess.run(
            [stack.program(program), "-c", file, *words], env=others(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=30, check=False)
        assert done.returncode == 100
        assert f"chmod 600 {file}" in done.stderr
        assert "hush" not in done.stderr


def test_files_with_passwords_are_their_owners_alone(stack, secrets):
    for path in stack.run.rglob("*"):
        if "mariadb" in path.parts or not path.is_file():
            continue                    # what MariaDB keeps is hashed
        if holds(path.read_bytes(), secrets):
            assert mode(path) == 0o600, path


def test_sockets_of_responders_are_0660(stack):
    sockets = [path for path in (stack.run / "sockets").iterdir()
               if path.name.endswith(".sock") or ".socket-" in path.name]
    ours = [path for path in sockets
            if path.name not in ("mariadb.sock", "redis.sock")]
    assert len(ours) >= 7
    assert {oct(mode(path)) for path in ours} == {"0o660"}


@pytest.mark.parametrize("mask, left", ((0o000, 0o660), (0o022, 0o640),
                                        (0o077, 0o600)))
def test_a_responder_narrows_a_socket_that_was_made_too_wide(
        stack, tmp_path, mask, left):
    """As lighttpd makes it, which leaves the mode to its umask."""
    socket = tmp_path / "status-9.sock"
    script = (f"umask {mask:o}; exec spawn-fcgi -n -s {socket} "
              f"-M {0o777 & ~mask:o} -- {stack.run}/libexec/parley-status "
              f"-c {stack.run}/accounts/web.conf")
    with subprocess.Popen(
            ["sh", "-c", script], env={**others(), "PARLEY_PID_DIR": tmp_path},
            stdin=subprocess.DEVNULL) as process:
        pid_file = tmp_path / "status-9.pid"
        wait_until(lambda: pid_file.exists() and pid_file.read_text())
        assert oct(mode(socket)) == oct(left)
        assert not mode(pid_file) & 0o022
        process.terminate()
        assert process.wait(30) == 0
    (stack.run / "status-9.log").unlink()       # made with that umask


def test_pid_files_and_logs_are_not_for_others_to_write(stack):
    files = [*stack.run.glob("*.pid"), *stack.run.glob("*.log")]
    assert len(files) > 20
    for path in files:
        assert not mode(path) & 0o007, path
