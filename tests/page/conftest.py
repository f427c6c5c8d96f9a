# The fixtures of the tests of the operator's page: those of the API tests, and a browser.
# SPDX-License-Identifier: BSD-2-Clause
import json
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "faults")]

import amqp  # noqa: E402: in the path now
from browser import Browser, find  # noqa: E402
from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)
from stack import wait_until as wait_until_so  # noqa: E402


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    if find() is None:
        pytest.skip("no Chromium")
    with Browser(tmp_path_factory.mktemp("profile")) as program:
        yield program


class Board:
    """The operator's page in a tab, and what is to be read on it."""

    def __init__(self, tab):
        self.tab = tab

    def text(self, selector):
        return self.tab.text(selector)

    def see(self, selector, text, seconds=20):
        """Waits until the text stands there."""
        def so():
            return text in self.text(selector)
        so.__doc__ = f"{selector} says {text!r}"
        wait_until_so(so, seconds, pause=0.1)

    def give_key(self, key):
        self.tab.type("#key", key)
        self.tab.press("Enter")

    def open(self, key):
        self.give_key(key)
        self.see("#families", "messages")
        return self

    def cells(self, selector):
        """The cells of a row, the first being its head."""
        return self.tab.run(
            f"[...document.querySelector({json.dumps(selector)}).cells]"
            ".map((cell) => cell.innerText)")

    def family(self, name):
        """{column: text} of a family's requests."""
        names = self.cells("[aria-labelledby=families-title] thead tr")
        return dict(zip(names, self.cells(f"#families [data-name={name}]")))

    def charts(self):
        """{title: {name of a series or fact: text}}"""
        return self.tab.run("""Object.fromEntries(
            [...document.querySelectorAll("figure")].map((figure) => [
                figure.querySelector("h2").innerText,
                Object.fromEntries([...figure.querySelectorAll("dl div")].map(
                    (row) => [row.querySelector("dt").innerText,
                              row.querySelector("dd").innerText]))]))""")

    def polls(self):
        self.tab.run("1")               # hears what it has asked for
        return sum(url.endswith("/status/data") for url in self.tab.requests)

    def catch_up(self):
        """Waits until it shows all that is over now."""
        polls = self.polls()
        wait_until_so(lambda: self.polls() > polls + 1, 15, pause=0.1)


@pytest.fixture
def page(stack, browser):
    """page(): the operator's page as anybody gets it, at its door."""
    tabs = []

    def load(**size):
        tabs.append(browser.page(stack.env["PARLEY_URL"] + "/status", **size))
        board = Board(tabs[-1])
        board.see("#door", "Operator's key")
        return board
    yield load
    for tab in tabs:
        tab.close()


@pytest.fixture
def key(stack):
    return stack.env["PARLEY_ADMIN_KEY"]


@pytest.fixture(scope="session")
def opened(stack, browser):
    """One tab with what the page shows, for all who only look."""
    tab = browser.page(stack.env["PARLEY_URL"] + "/status")
    board = Board(tab)
    board.see("#door", "Operator's key")
    return board.open(stack.env["PARLEY_ADMIN_KEY"])


@pytest.fixture
def board(opened):
    """The page with what it shows; it may complain of nothing."""
    yield opened
    assert opened.tab.complaints == []


@pytest.fixture
def letter(stack):
    """A dead letter, as long as the test goes on."""
    def drop():
        subprocess.run(
            [stack.program("parley-admin"), "-c",
             stack.run / "accounts" / "admin.conf", "dead", "drop", "--all",
             "--yes"], check=True, capture_output=True, timeout=60)
    drop()
    with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
        broker.publish("parley", "dead", b"no event")
    yield drop
    drop()
