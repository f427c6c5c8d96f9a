#!/usr/bin/env python3
# Draws where the processors' time of a route goes: a flame graph of all parts, and tables of it.
# SPDX-License-Identifier: BSD-2-Clause
"""
Called by scripts/bench --flame, which has a stack running. While a route is
under load, perf looks many times a second which functions each processor is
in. That makes an SVG (a column for each part, what it was in above it, as wide
as it took time), and a table of the dearest functions in microseconds for a
request. To look costs a little itself, and perf is among the "others".
"""
import argparse
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree
import zlib

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "api"))

import folded  # noqa: E402
import stack as stack_module  # noqa: E402
from load import Meter, wrk  # noqa: E402
from routes import ROUTES  # noqa: E402
from target import Target  # noqa: E402

DRAW = "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"
# Samples a second and processor, no divisor of the kernel's own clock.
HERTZ = 299
# How much of the stack each sample takes along: the C library and Debian's
# programs have no frame pointers, so who called whom is looked up afterwards.
# hiredis and lighttpd read into 16 KB on their stacks.
STACK = 24576
PAGE = os.sysconf("SC_PAGE_SIZE")
BUFFER = 4096           # pages that perf is given for each processor
WIDTH, LEAST = 1200, 0.0025      # of the graph; what is narrower is left out
COLORS = {folded.PART: (200, 200, 200), folded.KERNEL: (240, 140, 90),
          folded.OURS: (110, 200, 110), folded.LIBC: (240, 210, 90),
          folded.OTHER: (130, 170, 230)}
# The parts that can be what answers.
ANSWER = ("applications", "chats", "messages", "search", "hello")
TOPICS = {
    "malloc and free": r"(__libc_|_int_)?(malloc|calloc|realloc|c?free)(@.*)?",
    "falling asleep": r"schedule",
    "waking others": r"try_to_wake_up|__wake_up\w*|sock_def_readable",
    "a line of log": r"log_.*",
}
DEAREST = 25
# What flamegraph.pl says of each frame again, and no reader needs.
SPARED = {
    r"(<svg )": r'\1font-family="Verdana" font-size="12" ',
    r' font-size="12" font-family="Verdana" fill="rgb\(0,0,0\)" +': " ",
    r' text-anchor=""| rx="2" ry="2"': "",
    r' onmouseover="s\([^"]*" onmouseout="c\(\)"': "",
    r'(height="\d+)\.0"': r'\1"',
}


def file_name(route):
    return "-".join(re.findall(r"\w+", route.name.lower()))


# --- recording ---------------------------------------------------------------

def have_stacks(pid):
    """
    Makes pages of the threads' stacks be there that were never written to,
    such as the end of a buffer: perf copies a stack up to the first that is
    not. To read them is enough.
    """
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            words = (task / "syscall").read_text().split()
            if len(words) < 2:
                continue        # it is running
            top = int(words[-2], 16) // PAGE * PAGE
            for at in range(top, top - 2 * STACK, -PAGE):
                with contextlib.suppress(OSError):
                    os.pread(memory.fileno(), 1, at)


@contextlib.contextmanager
def recorded(path):
    """perf records the whole machine meanwhile."""
    path.unlink(missing_ok=True)
    with subprocess.Popen(
            ["perf", "record", "-q", "-a", "-e", "cpu-clock", "-F",
             str(HERTZ), "-m", str(BUFFER), "--call-graph",
             f"dwarf,{STACK}", "-o", path]) as perf:
        try:
            yield
        finally:
            perf.send_signal(signal.SIGINT)
            perf.wait(60)
    assert path.exists() and path.stat().st_size, "perf has recorded nothing"


def fold(path, parts):
    """parts: their names by pid."""
    def part_of(comm, pid):
        if pid == 0:
            return None     # nothing to do
        return parts.get(pid) or (
            "client" if comm == "wrk" else folded.OTHERS)

    with subprocess.Popen(
            ["perf", "script", "-i", path, "--no-inline", "-F",
             "comm,pid,ip,sym,dso"], stdout=subprocess.PIPE, text=True,
            errors="replace") as script:
        stacks = folded.fold(script.stdout, part_of)
    assert script.returncode == 0 and stacks, "perf script has failed"
    return stacks


# --- showing -----------------------------------------------------------------

def shade(name, kind):
    """The color of its kind, a little different from its neighbours'."""
    darker = zlib.crc32(name.encode()) % 4 * 8
    return ",".join(str(part - darker) for part in COLORS[kind])


def draw(stacks, title, path):
    """
    Colors are given to flamegraph.pl in the file where it keeps them, and
    Perl's tables an order, so that the same samples make the same picture.
    """
    frames = {("", folded.PART), *(one for stack in stacks for one in stack)}
    colors = {name: f"{name}->rgb({shade(name, kind)})\n"
              for name, kind in sorted(frames)}
    palette = path.with_name("palette.map")
    palette.write_text("".join(sorted(colors.values())))
    done = subprocess.run(
        ["perl", DRAW, "--cp", "--title", title, "--width", str(WIDTH),
         "--minwidth", str(WIDTH * LEAST)], input=folded.text(stacks),
        cwd=path.parent, stdout=subprocess.PIPE, text=True, check=True,
        env={"PERL_HASH_SEED": "0", "PERL_PERTURB_KEYS": "0"})
    palette.unlink()
    picture = done.stdout
    for what, by in SPARED.items():
        picture = re.sub(what, by, picture)
    xml.etree.ElementTree.fromstring(picture)   # or it is none
    path.write_text(picture)


def shares(costs, total):
    return ", ".join(f"{name} {count / total:.1%}"
                     for name, count in costs.most_common()
                     if count / total >= 0.001)


def table(title, costs, total, us):
    """us: for a request, of a sample."""
    lines = [f"| {title} | of | µs | share |", "|---|---|---|---|"]
    lines += [f"| {name} | {kind} | {us * count:.1f} | {count / total:.1%} |"
              for (name, kind), count in costs.most_common(DEAREST)]
    return "\n".join(lines) + "\n"


def describe(stacks, name, us):
    """What it all cost, and the part that answers in detail."""
    parts = folded.by_part(stacks)
    part = next(part for part, _ in parts.most_common() if part in ANSWER)
    total = sum(parts.values())
    text = (f"# {name}\n\n{total} samples, {us * total:.0f} µs a request: "
            f"{shares(parts, total)}\n")
    stacks, total = folded.of_part(stacks, part), parts[part]
    return (f"{text}\n{part}, {us * total:.0f} µs; whose code ran: "
            f"{shares(folded.by_kind(stacks), total)}\n\nin the kernel by: "
            f"{shares(folded.by_entry(stacks), total)}\n\n"
            f"{shares(folded.by_topic(stacks, TOPICS), total)}\n\n"
            + table("itself", folded.own(stacks), total, us) + "\n"
            + table("with what it calls", folded.within(stacks), total, us)
            + "\n" + table("with libraries and kernel below",
                           folded.by_innermost(stacks, folded.OURS), total,
                           us))


# --- the routes --------------------------------------------------------------

def flame(route, target, options):
    name = f"{route.name}, {options.clients} clients"
    data = options.out / "perf.data"
    with route.around(target):
        parts = {pid: part for part, pids in Meter(target.stack).pids().items()
                 for pid in pids}
        for pid in parts:
            have_stacks(pid)
        with recorded(data):
            result = wrk(target.url, clients=options.clients,
                         seconds=options.seconds, **route.request())
    result["clients"] = options.clients
    route.check(target, result)
    assert result["errors"] == 0, result
    stacks = fold(data, parts)
    data.unlink()
    us = 1e6 / HERTZ / result["requests"]
    path = options.out / file_name(route)
    path.with_suffix(".folded").write_text(folded.text(stacks))
    path.with_suffix(".md").write_text(describe(stacks, name, us))
    draw(stacks, f"{name}: {us * sum(stacks.values()):.0f} µs of processor "
         "time a request", path.with_suffix(".svg"))
    print(path.with_suffix(".md").read_text(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of routes' names")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    target = Target(stack_module.Stack(stack_module.environment()))
    for route in ROUTES:
        if not options.names or any(n in route.name for n in options.names):
            route.prepare(target)
            flame(route, target, options)


if __name__ == "__main__":
    main()
