# The fixtures of the tests of accounts, secrets and TLS: those of the API tests, and accounts.
# SPDX-License-Identifier: BSD-2-Clause
import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "faults")]

from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)


@pytest.fixture(scope="session")
def account(stack):
    """account("web"): what accounts/web.conf sets, as a dict."""
    def read(program):
        lines = (stack.run / "accounts" / f"{program}.conf").read_text()
        return dict(line.split(" = ", 1) for line in lines.splitlines()
                    if " = " in line)
    return read


@pytest.fixture
def ask(stack):
    """
    ask(db_tls="no", …): asks parley-status by hand for /readyz, with these
    settings in the place of those in the file: (what it says of each part,
    what it logs, but for the request itself).
    """
    def run(**settings):
        parts, lines = stack.asked_by_hand(**settings)
        return ({name: part["status"] for name, part in parts.items()},
                [line["message"] for line in lines])
    return run


@pytest.fixture(scope="session")
def processes(stack):
    """processes(): the command lines of the stack's processes, by pid."""
    def find():
        found = {}
        mark = f"PARLEY_RUN={stack.run}".encode()
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                environ = (path / "environ").read_bytes()
                words = (path / "cmdline").read_bytes()
            except OSError:
                continue
            if mark in environ.split(b"\0") and int(path.name) != os.getpid():
                found[int(path.name)] = words
        return found
    return find
