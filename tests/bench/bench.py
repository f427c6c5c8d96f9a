#!/usr/bin/env python3
# Measures the routes of a running stack against a bare FastCGI hello behind the same server.
# SPDX-License-Identifier: BSD-2-Clause
"""
Called by scripts/bench, which has a stack and a hello running. Rounds are
interleaved: each goes through all routes, so that whatever else the machine
does meets all of them. Every round of a route checks what it was answered.
"""
import argparse
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "api"))

import stack as stack_module  # noqa: E402
from load import measure, peak_mb  # noqa: E402
from report import Rounds, cpu_table, picture, table  # noqa: E402
from routes import ROUTES  # noqa: E402
from target import Target  # noqa: E402


def chosen(names):
    """hello, without which nothing is compared, and what is named."""
    return [r for r in ROUTES if not names or r.name == "hello"
            or any(n in r.name for n in names)]


def one_round(target, routes, clients, seconds, results):
    for route in routes:
        with route.around(target):
            result = measure(target.stack, target.url, clients, seconds,
                             route.request())
        result["clients"] = clients
        route.check(target, result)
        results.setdefault((route.name, clients), []).append(result)
        print(f"  {route.name}, {clients} clients: {result['rate']:,.0f}/s, "
              f"p99 {result['p99']:.1f} ms, {result['errors']} errors",
              file=sys.stderr, flush=True)


def memory(stack):
    """The most that each responder, and the jobs, have had; MB."""
    return {name: round(peak_mb(stack.pid(name)), 1)
            for name in [*stack.responders(), "parley-jobs"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of routes' names")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--clients", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    stack = stack_module.Stack(stack_module.environment())
    target = Target(stack)
    routes = chosen(options.names)
    for route in routes:
        route.prepare(target)
    results = {}
    for number in range(1, options.rounds + 1):
        for clients in options.clients:
            print(f"round {number} of {options.rounds}", file=sys.stderr)
            one_round(target, routes, clients, options.seconds, results)
    measured = {key: Rounds(results[key]) for key in sorted(
        results, key=lambda k: (k[1], [r.name for r in ROUTES].index(k[0])))}
    text = table(measured) + "\n" + cpu_table(measured)
    text += f"\nMost memory, MB: {memory(stack)}\n"
    options.out.with_suffix(".md").write_text(text)
    options.out.with_suffix(".svg").write_text(picture(measured))
    options.out.with_suffix(".json").write_text(json.dumps(
        [{"route": name, "clients": clients, "rounds": rounds.results}
         for (name, clients), rounds in measured.items()], indent=1))
    print(text)


if __name__ == "__main__":
    main()
