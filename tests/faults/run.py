#!/usr/bin/env python3
# Breaks parts of a running stack under load, and checks every answer afterwards.
# SPDX-License-Identifier: BSD-2-Clause
"""
  run.py list
  run.py FAULT... [--seed N] [--seconds S]   these faults, at the same time
  run.py none                                no fault: no gap, no error
  run.py matrix [--only PREFIX]              each fault alone
  run.py pairs                               each fault with each other part
  run.py random                              schedules drawn by their seeds
  run.py totals                              what the ledger says

matrix, pairs and random keep a ledger (--ledger FILE): what is in it is passed over,
so a long row can be interrupted and goes on. --seeds A-B says which seeds;
--share 1/2 takes every second pair, for two stacks side by side.

The stack is the one in $STACK_DIR (scripts/stack up --dir). What a failed
trial did is kept in DIR/faults.
"""
import argparse
import itertools
import json
import os
import pathlib
import random
import signal
import sys

from fault import FAULTS
from network import Network
from parts import find
from trial import run

BUNDLE = 4              # pairs that one trial tries, one after the other


def usable(parts):
    return {name: fault for name, fault in FAULTS.items()
            if (not fault.search or parts.search == "opensearch")
            and (not fault.root or os.geteuid() == 0)}


def schedule(names, seed):
    """Rounds of one to three faults; all through the proxy or none."""
    dice = random.Random(f"schedule {seed}")
    names = sorted(names)
    proxied = dice.random() < 0.4
    rounds = []
    for _ in range(dice.choice((1, 2, 2, 3))):
        chosen = []
        for name in dice.sample(names, len(names)):
            fault = FAULTS[name]
            if (not fault.proxied or proxied) and fault.part not in [
                    FAULTS[c].part for c in chosen]:
                chosen.append(name)
            if len(chosen) == 3:
                break
        rounds.append(chosen[:dice.choice((1, 2, 2, 3))])
    return rounds


def met(entries):
    """(fault, another's part) that came together in trials of a ledger."""
    found = set()
    for entry in entries:
        fired = {proof.split(":")[0] for proof in entry["proofs"]}
        for round_ in entry["rounds"]:
            for name, other in itertools.permutations(round_, 2):
                if entry["name"] == "pairs" or fired >= {name, other}:
                    found.add((name, FAULTS[other].part))
    return found


def pairs(names, wanted):
    """Pairs, so that each fault meets each part that it is wanted with."""
    dice = random.Random("pairs")
    chosen = []
    while wanted:
        name, part = min(wanted)
        mine = FAULTS[name].part
        of_part = sorted(n for n in names if FAULTS[n].part == part)
        partner = dice.choice([p for p in of_part if (p, mine) in wanted]
                              or of_part)
        wanted = wanted - {(name, part), (partner, mine)}
        chosen.append((name, partner))
    dice.shuffle(chosen)
    return chosen


# --- with a ledger -----------------------------------------------------------

def read_ledger(options):
    path = pathlib.Path(options.ledger)
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def run_noted(parts, network, options, kind, seed, rounds):
    """Whether it failed; it is in the ledger then, like one that did not."""
    print(f"{kind} {seed}: {rounds}", flush=True)
    trial = run(parts, network, seed, rounds, kind)
    totals = trial.totals() | {"rounds": rounds, "proofs": trial.proofs,
                               "problems": trial.problems}
    with open(options.ledger, "a", encoding="utf-8") as file:
        print(json.dumps(totals), file=file)
    return bool(trial.problems)


def run_random(parts, network, options):
    first, _, last = options.seeds.partition("-")
    done = {entry["seed"] for entry in read_ledger(options)
            if entry["name"] == "random"}
    names = usable(parts)
    return sum(run_noted(parts, network, options, "random", seed,
                         schedule(names, seed))
               for seed in range(int(first), int(last or first) + 1)
               if seed not in done)


def run_pairs(parts, network, options):
    """What the ledger has not, a bundle at a time."""
    names = usable(parts)
    mine, _, of = options.share.partition("/")
    wanted = {(name, FAULTS[other].part) for name in names
              for other in names if FAULTS[other].part != FAULTS[name].part}
    chosen = pairs(names, wanted - met(read_ledger(options)))
    chosen = chosen[int(mine) - 1::int(of)]
    print(f"{len(chosen)} pairs", flush=True)
    return sum(run_noted(parts, network, options, "pairs", at,
                         chosen[at:at + BUNDLE])
               for at in range(0, len(chosen), BUNDLE))


def print_totals(options):
    entries = read_ledger(options)
    for kind in sorted({e["name"] for e in entries}):
        of_kind = [e for e in entries if e["name"] == kind]
        errors = {}
        for e in of_kind:
            for error, count in e["errors"].items():
                errors[error] = errors.get(error, 0) + count
        total = {key: sum(e[key] or 0 for e in of_kind) for key in (
            "attempts", "answered", "unknown", "reads", "lost", "doubled",
            "stale", "gaps")}
        most = {f"{key} at most": max(e[key] for e in of_kind) for key in (
            "recovery_s", "quiet_s", "slowest_s")}
        print(f"{kind}: {len(of_kind)} trials, "
              f"{sum(not e['ok'] for e in of_kind)} failed")
        for key, value in (total | most | errors).items():
            print(f"  {value:>10} {key}")


# --- the command line --------------------------------------------------------

def run_matrix(parts, network, options):
    """Each fault that the ledger has not had alone in a round."""
    done = {round_[0] for entry in read_ledger(options) if entry["ok"]
            for round_ in entry["rounds"] if len(round_) == 1}
    mine, _, of = options.share.partition("/")
    names = sorted((n for n in usable(parts) if n.startswith(options.only)
                    and n not in done),
                   key=lambda n: FAULTS[n].proxied)[int(mine) - 1::int(of)]
    bad = [n for n in names if run_noted(parts, network, options, "alone",
                                         options.seed, [[n]])]
    print(f"{len(names)} faults, {len(bad)} failed: {bad}")
    return len(bad)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seeds", default="1-200")
    parser.add_argument("--share", default="1/1")
    parser.add_argument("--ledger", default="faults.ledger")
    parser.add_argument("--only", default="")
    return parser.parse_args()


def main():
    options = arguments()
    if options.what == ["list"]:
        for name, fault in FAULTS.items():
            print(f"{name:32} {fault.part:12}"
                  f"{' proxy' if fault.proxied else ''}")
        return 0
    if options.what == ["totals"]:
        print_totals(options)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parts = find()
    network = Network(parts)
    for fault in FAULTS.values():
        fault.seconds = options.seconds or fault.seconds
    try:
        if options.what == ["random"]:
            bad = run_random(parts, network, options)
        elif options.what == ["pairs"]:
            bad = run_pairs(parts, network, options)
        elif options.what == ["matrix"]:
            bad = run_matrix(parts, network, options)
        else:
            chosen = [n for n in options.what if n != "none"]
            bad = len(run(parts, network, options.seed,
                          [chosen] if chosen else []).problems)
    finally:
        network.down()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
