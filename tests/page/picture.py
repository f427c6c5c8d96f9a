#!/usr/bin/env python3
# Takes doc/status.png: the operator's page while a stack is at work.
# SPDX-License-Identifier: BSD-2-Clause
"""
Usage: tests/page/picture.py [--seconds N] [--width N] [--dark] FILE

Writes, reads and searches in the stack that runs in run/, or in $STACK_DIR,
for N seconds (240), in waves, and takes the picture at the end of them. For a
while parley-jobs is stopped, so that there is a backlog to be seen. Needs
Chromium, and pngquant to make the file small.

    scripts/stack up
    tests/page/picture.py doc/status.png
"""
import argparse
import http.client
import itertools
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api")]
sys.dont_write_bytecode = True

from browser import Browser  # noqa: E402: in the path now
from stack import Stack, environment  # noqa: E402

API = "/api/v1/applications"
PEAK = 40               # requests a second of one client
CLIENTS = 4
WAVE_S = 70
WORDS = ("tea", "coffee", "water", "bread", "soup", "rice", "plums", "figs")
TALL = 10000            # more than the page is high


class Client:
    """Sends requests of all kinds, more and fewer of them by turns."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=10)
        self.application = self.ask("POST", API, {"name": "A picture"})
        self.chats = f"{API}/{self.application['token']}/chats"
        self.ask("POST", self.chats, {"name": "Orders"})
        self.messages = f"{self.chats}/1/messages"
        self.last = 1

    def ask(self, method, path, body=None):
        self.connection.request(
            method, path, None if body is None else json.dumps(body),
            {} if body is None else {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        content = answer.read()
        return json.loads(content) if content else None

    def act(self, number):
        kind = random.random()
        if kind < 0.45:
            self.last = self.ask("POST", self.messages, {
                "body": f"{random.choice(WORDS)} for table {number}"
            })["number"]
        elif kind < 0.7:
            self.ask("GET", f"{self.messages}?order=desc&limit=20")
        elif kind < 0.9:
            self.ask("GET", f"{self.messages}/"
                            f"{max(1, self.last - random.randint(0, 30))}")
        elif kind < 0.95:
            self.ask("GET", f"{self.messages}/search?"
                            f"q={random.choice(WORDS)}")
        elif kind < 0.98:
            self.ask("POST", self.chats, {})
        else:
            self.ask("GET", self.chats)

    def run(self, done):
        for number in itertools.count():
            if done.is_set():
                return
            self.act(number)
            wave = 0.55 + 0.45 * math.sin(time.time() * math.tau / WAVE_S)
            done.wait(random.expovariate(PEAK * wave))


def small(png):
    return subprocess.run(["pngquant", "--quality", "80-98", "-"], input=png,
                          capture_output=True, check=True).stdout


def pause_jobs(stack, done, seconds):
    """Stops parley-jobs for a tenth of the time, after the half of it."""
    if done.wait(seconds / 2):
        return
    stack.stop_process("parley-jobs")
    done.wait(seconds / 10)
    stack.continue_process("parley-jobs")


def take(env, options, profile):
    with Browser(profile) as browser:
        page = browser.page(env["PARLEY_URL"] + "/status", height=900,
                            width=options.width, dark=options.dark)
        while not page.text("#door"):
            time.sleep(0.1)
        page.type("#key", env["PARLEY_ADMIN_KEY"])
        page.press("Enter")
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            page.run("new Promise((end) => setTimeout(end, 1000))")
        assert page.complaints == [], page.complaints
        assert not page.run("document.body.matches('.stale')"), "it is stale"
        height = page.run("document.documentElement.scrollHeight")
        page.look(options.width, min(height, TALL), options.dark)
        return page.picture()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    env = environment()
    if env is None:
        sys.exit("picture: no stack runs: scripts/stack up, or set STACK_DIR")
    done = threading.Event()
    threads = [threading.Thread(target=Client(env["PARLEY_URL"]).run,
                                args=(done,)) for _ in range(CLIENTS)]
    threads.append(threading.Thread(target=pause_jobs, args=(
        Stack(env), done, options.seconds)))
    for thread in threads:
        thread.start()
    try:
        with tempfile.TemporaryDirectory() as profile:
            options.file.write_bytes(small(take(env, options, profile)))
    finally:
        done.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
