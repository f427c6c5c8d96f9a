# Loads a stack with wrk, and tells how fast it answered and what that cost.
# SPDX-License-Identifier: BSD-2-Clause
import json
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
THREADS = 2             # of wrk


def cpu_seconds(pid):
    """What a process and the children it has waited for have used."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICKS


def peak_mb(pid):
    """The most memory that a process has had at once."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


class Meter:
    """The processors' time that each part takes, from start to stop."""

    def __init__(self, stack):
        self.stack = stack

    def pids(self):
        """Lists of pids, by the part's name; responders count as one."""
        found = {}
        for path in self.stack.run.glob("*.pid"):
            pid = self.stack.pid(path.stem)
            if pid:
                name = re.sub(r"-\d+$", "", path.stem)
                found.setdefault(name, []).append(pid)
        found["hello"] = [
            int(path.parent.name) for path in pathlib.Path("/proc").glob(
                "[0-9]*/comm") if is_hello(path)]
        return found

    def read(self):
        return {name: sum(map(cpu_seconds, pids))
                for name, pids in self.pids().items()}

    def start(self):
        self.before = self.read()
        self.client = client_seconds()

    def stop(self):
        used = {name: seconds - self.before.get(name, 0.0)
                for name, seconds in self.read().items()}
        used["client"] = client_seconds() - self.client
        return used


def is_hello(path):
    try:
        return path.read_text() == "hello\n"
    except OSError:
        return False


def client_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wrk(url, paths, clients, seconds, method="GET", body=None, delay=None):
    """
    One round: what wrk measured. Paths are drawn at random. delay: ms that
    each client waits before a request.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".paths") as file:
        file.write("\n".join(paths) + "\n")
        file.flush()
        env = {"PATH": os.environ["PATH"], "METHOD": method,
               "PATHS": file.name}
        if body is not None:
            env["BODY"] = json.dumps(body)
        if delay is not None:
            env["DELAY"] = str(delay)
        done = subprocess.run(
            ["wrk", "-t", str(THREADS), "-c", str(clients), "-d",
             str(seconds), "-s", HERE / "request.lua", url], env=env,
            capture_output=True, text=True, check=False,
            timeout=seconds + 60)
    line = re.search(r"^RESULT (.*)$", done.stdout, re.M)
    assert line, done.stdout + done.stderr
    return json.loads(line[1])


def measure(stack, url, clients, seconds, request):
    """wrk's result, with the rate and µs of each part for a request."""
    meter = Meter(stack)
    meter.start()
    result = wrk(url, clients=clients, seconds=seconds, **request)
    used = meter.stop()
    count = max(1, result["requests"])
    result["rate"] = result["requests"] / result["seconds"]
    result["cpu_us"] = {name: 1e6 * s / count for name, s in used.items()
                        if 1e6 * s / count >= 0.5}
    return result


def wait(what, seconds, pause=0.2):
    """Until what() is true; how many seconds it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, what.__doc__
        time.sleep(pause)
    return time.monotonic() - began
