# Stacks that perf has sampled: folded for a flame graph, and added up.
# SPDX-License-Identifier: BSD-2-Clause
#
# A folded stack is a tuple of frames, outermost first, and a frame is its name
# and the kind of code that it is. The first is the part that was running, as
# the table of processor time has it.
import collections
import pathlib
import re

HEADER = re.compile(r"(?P<comm>\S.*?)\s+(?P<pid>-?\d+)\s*$")
FRAME = re.compile(r"\s+[0-9a-f]+ (?P<name>.*) "
                   r"\((?P<file>[^()]*(?: \(deleted\))?)\)$")

PART, KERNEL, OURS, LIBC, OTHER = \
    "part", "kernel", "Parley", "C library", "other"
OTHERS = "others"       # a part: what is on the machine beside them
# On the way into each call of the kernel: they tell nothing.
ENTRIES = {"entry_SYSCALL_64_after_hwframe", "do_syscall_64", "x64_sys_call"}


def kind_of(file):
    name = pathlib.PurePath(file).name
    if file.startswith("[kernel") or file == "[vdso]":
        return KERNEL
    if name.startswith("parley-"):
        return OURS
    if re.match(r"(libc|libpthread|libm|ld-linux[^.]*)[.-]", name):
        return LIBC
    return OTHER


def frame(name, file):
    """
    Where there is no name, that of the file, if there is one: Erlang and Lua
    make code in memory. Of a C++ function's name what is before its arguments.
    """
    if name == "[unknown]":
        name = f"[{pathlib.PurePath(file.strip('[]')).name}]"
        name = re.sub(r"^\[(memfd:.*|perf-\d+\.map)\]$", "[in memory]", name)
    name = re.sub(r"(?<=\w)\(.*", "", name)
    # A semicolon separates frames, and flamegraph.pl makes < a parenthesis.
    return name.translate(str.maketrans(";<>", ":()")), kind_of(file)


def samples(lines):
    """
    Of the output of perf script -F comm,pid,ip,sym,dso: (comm, pid, frames)
    for each sample, the innermost frame first.
    """
    head, frames = None, []
    for line in lines:
        line = line.rstrip("\n")
        if not line:
            if head:
                yield head["comm"], int(head["pid"]), frames
            head, frames = None, []
        elif found := FRAME.match(line):
            frames.append(frame(found["name"], found["file"]))
        else:
            head = HEADER.match(line.strip())
            assert head, f"no line of perf script: {line!r}"
    if head:
        yield head["comm"], int(head["pid"]), frames


def fold(lines, part_of):
    """
    A counter of stacks. part_of: the part's name by comm and pid, None for
    what is not wanted; of the OTHERS only which program it was. Frames without
    names that call each other are one.
    """
    stacks = collections.Counter()
    for comm, pid, frames in samples(lines):
        part = part_of(comm, pid)
        if part is None:
            continue
        stack = [(part, PART)]
        if part == OTHERS:
            frames = [(comm, OTHER)]
        for one in reversed(frames):
            if one[0] not in ENTRIES and one != stack[-1]:
                stack.append(one)
        stacks[tuple(stack)] += 1
    return stacks


def text(stacks):
    """As flamegraph.pl reads them."""
    return "".join(sorted(f"{';'.join(name for name, _ in stack)} {count}\n"
                          for stack, count in stacks.items()))


# --- adding up ---------------------------------------------------------------

def by_part(stacks):
    return by(stacks, lambda stack: [stack[0][0]])


def of_part(stacks, part):
    return collections.Counter({stack: count
                                for stack, count in stacks.items()
                                if stack[0][0] == part})


def by_kind(stacks):
    """By the kind of the innermost frame: whose instructions ran."""
    return by(stacks, lambda stack: [stack[-1][1]])


def own(stacks):
    """By frame: samples in itself."""
    return by(stacks, lambda stack: [stack[-1]])


def within(stacks):
    """By frame: samples in itself and in what it called."""
    return by(stacks, lambda stack: set(stack[1:]))


def by_innermost(stacks, kind):
    """By the last frame of this kind, with all that this called."""
    return by(stacks, lambda stack: [
        next((one for one in reversed(stack) if one[1] == kind), stack[0])])


def by_entry(stacks):
    """By the first frame in the kernel: which calls, and what interrupts."""
    return by(stacks, lambda stack: [
        one[0] for one in stack if one[1] == KERNEL][:1])


def by_topic(stacks, topics):
    """By topic: samples with a frame whose name its pattern is."""
    return by(stacks, lambda stack: [
        topic for topic, pattern in topics.items()
        if any(re.fullmatch(pattern, name) for name, _ in stack[1:])])


def by(stacks, keys):
    """Adds up by each of the keys of a stack."""
    total = collections.Counter()
    for stack, count in stacks.items():
        for key in keys(stack):
            total[key] += count
    return total
