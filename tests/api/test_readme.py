"""The README's tour answers as printed."""
# SPDX-License-Identifier: BSD-2-Clause
import os
import pathlib
import re
import subprocess

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z")


def tour():
    """The commands of the README's console block, each with its output."""
    block = README.read_text("utf-8").split("```console\n")[1].split("```")[0]
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append([line[2:], []])
        elif line:
            steps[-1][1].append(line)
    return steps


def masked(text):
    return TIME.sub("TIME", UUID.sub("UUID", text))


def run(script, url):
    return subprocess.run(["bash", "-c", script], check=True, text=True,
                          capture_output=True, timeout=30,
                          env={"PARLEY_URL": url,
                               "PATH": os.environ["PATH"]}).stdout


def test_the_tour_answers_as_printed(stack, wait_until):
    url = stack.env["PARLEY_URL"]
    steps = tour()
    assert len(steps) > 5
    printed = UUID.search("\n".join(steps[0][1])).group()
    token, script = printed, ""
    for command, expected in steps:
        command = command.replace(printed, token)
        if not expected:
            script += command + "\n"
            continue
        wanted = masked("\n".join(expected))
        out = run(script + command, url)
        if command.startswith("sleep"):     # a busy machine may take longer
            wait_until(lambda: masked(run(script + command, url)) == wanted)
            continue
        if token == printed:
            token = UUID.search(out).group()
        assert masked(out) == wanted, command
