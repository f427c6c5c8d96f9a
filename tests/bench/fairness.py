#!/usr/bin/env python3
# Measures how long a quiet application waits while another one goes as fast as it can.
# SPDX-License-Identifier: BSD-2-Clause
"""
On a stack that is up, with or without --limits, and that trusts its clients'
X-Forwarded-For (trusted_proxies = 127.0.0.1 in its override.conf). The quiet
application sends about 180 requests a second, a third of them writes, over 4
connections. In each round it is measured alone, and beside each neighbour, who
sends without a pause over many connections. Everything shares the machine, and
what else runs there disturbs the rounds: so the least disturbed one is shown
beside the median.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "api"), str(HERE)]

import stack as stack_module  # noqa: E402
from target import Target  # noqa: E402

QUIET = {"clients": 4, "pause": 20, "address": "192.0.2.1"}
NEIGHBOURS = {
    "writes": ["POST {chat}/messages"],
    "reads": ["GET {chat}/messages/1"],
    "lists": ["GET {chat}/messages?limit=200"],
    "searches": ["GET {chat}/messages/search?q=fair"],
}


class Application:
    """An application with a chat in which much was said."""

    def __init__(self, stack, requests):
        target = Target(stack)
        chat = f"{target.chats}/{target.new_chat('Fairness')}"
        for _ in range(100):
            target.send("POST", chat + "/messages", {"body": "It is fair"})
        self.url = target.url
        self.file = tempfile.NamedTemporaryFile("w", suffix=".requests")
        self.file.writelines(r.format(chat=chat) + "\n" for r in requests)
        self.file.flush()

    def start(self, seconds, clients, pause, address):
        return subprocess.Popen(
            ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s",
             "-s", HERE / "fairness.lua", self.url], text=True,
            env={"PATH": os.environ["PATH"], "REQUESTS": self.file.name,
                 "PAUSE": str(pause), "ADDRESS": address},
            stdout=subprocess.PIPE)


def result(process, seconds):
    output, _ = process.communicate(timeout=seconds + 60)
    line = re.search(r"^RESULT (.*)$", output, re.M)
    assert line, output
    return json.loads(line[1])


def beside(quiet, neighbour, options):
    """The quiet one's result, and the neighbour's if there is one."""
    loud = neighbour and neighbour.start(
        options.seconds + 2, options.clients, 0, "192.0.2.2")
    process = quiet.start(options.seconds, **QUIET)
    found = result(process, options.seconds)
    return found, result(loud, options.seconds) if loud else None


def show(name, rounds, alone):
    line = f"| {name} |"
    for choose in statistics.median, min:
        p50, p99, base = (choose(quiet[p] for quiet, _ in results)
                          for p, results in (("p50", rounds), ("p99", rounds),
                                             ("p99", alone)))
        line += f" {p50:.1f} | {p99:.1f} | {p99 / base:.2f} |"
    line += f" {sum(q['refused'] + q['failed'] for q, _ in rounds)} |"
    if rounds[0][1]:
        answered, refused = (statistics.median(
            value(loud) / loud["seconds"] for _, loud in rounds)
            for value in (lambda r: r["requests"] - r["refused"],
                          lambda r: r["refused"]))
        line += f" {answered:,.0f} | {refused:,.0f} |"
    else:
        line += " | |"
    print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("neighbours", nargs="*", default=list(NEIGHBOURS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--clients", type=int, default=64)
    options = parser.parse_args()
    stack = stack_module.Stack(stack_module.environment())
    quiet = Application(stack, ["POST {chat}/messages",
                                "GET {chat}/messages/1",
                                "GET {chat}/messages?limit=20"])
    loud = {name: Application(stack, NEIGHBOURS[name])
            for name in options.neighbours}
    found = {name: [] for name in ["alone", *loud]}
    for _ in range(options.rounds):
        for name, rounds in found.items():
            rounds.append(beside(quiet, loud.get(name), options))
    print("| beside | median p50 ms | p99 ms | p99 / alone | least p50 ms |"
          " p99 ms | p99 / alone | its errors | neighbour answered/s |"
          " refused/s |")
    print("|---" * 10 + "|")
    for name, rounds in found.items():
        show(name, rounds, found["alone"])


if __name__ == "__main__":
    main()
