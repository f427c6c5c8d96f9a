# The running stack as tests see it: its environment, its processes, waiting.
# SPDX-License-Identifier: BSD-2-Clause
import json
import os
import pathlib
import shlex
import signal
import subprocess
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = TREE / "scripts" / "stack"


def wait_until(what, seconds=15, pause=0.02):
    """Polls `what` until it is true and returns it; fails after a deadline."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < end, (
            f"not so within {seconds} s: {getattr(what, '__doc__', what)}")
        time.sleep(pause)


def others():
    """Our environment without what the caller has set for Parley."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("PARLEY_")}


def environment():
    """PARLEY_* of the stack: from ours, else as scripts/stack prints it."""
    if "PARLEY_URL" in os.environ and "PARLEY_RUN" in os.environ:
        return dict(os.environ)
    directory = os.environ.get("STACK_DIR", str(TREE / "run"))
    done = subprocess.run([SCRIPT, "env", "--dir", directory],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        # Who named a stack wants it tested: that it is not there is a failure.
        assert "STACK_DIR" not in os.environ, done.stderr
        return None
    settings = dict(word.split("=", 1) for word in shlex.split(done.stdout))
    return {**others(), **settings}


class Stack:
    def __init__(self, env):
        self.env = env
        self.run = pathlib.Path(env["PARLEY_RUN"])
        self.options = dict(
            line.split("=", 1)
            for line in (self.run / "options").read_text().splitlines())

    @property
    def search(self):
        return self.options["search"]

    @property
    def server(self):
        """As --server has it: apache-fcgid is a server of its own."""
        return self.options["server"]

    @property
    def web(self):
        """The name of the web server's process."""
        return self.server.removesuffix("-fcgid")

    def program(self, name):
        return self.run / "bin" / name

    def pid(self, name):
        """
        The pid in the part's pid file, None if there is no such process. A
        dead one counts until its last thread is gone: its sockets, too.
        """
        try:
            pid = int((self.run / f"{name}.pid").read_text())
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except (OSError, ValueError):
            return None
        fields = stat.rsplit(")", 1)[1].split()
        state, threads = fields[0], int(fields[17])
        return None if state == "Z" and threads <= 1 else pid

    def responders(self):
        """Names of the responders that run: messages-1 and so on."""
        names = [path.stem for path in self.run.glob("*-[0-9]*.pid")]
        return sorted(name for name in names if self.pid(name))

    def send(self, name, number):
        pid = self.pid(name)
        assert pid, f"{name} does not run"
        os.kill(pid, number)
        return pid

    def kill(self, name, number=signal.SIGKILL):
        """Kills a part and returns when that process is no more."""
        pid = self.send(name, number)
        wait_until(lambda: self.pid(name) != pid, seconds=30)
        return pid

    def stop_process(self, name):
        self.send(name, signal.SIGSTOP)

    def continue_process(self, name):
        self.send(name, signal.SIGCONT)

    def up(self):
        """Brings back what does not run."""
        done = subprocess.run([SCRIPT, "up", "--dir", self.run], env={
            name: value for name, value in os.environ.items()
            if not name.startswith("PARLEY_") or name == "PARLEY_NODE_HOME"
        }, capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 0, done.stderr

    def asked_by_hand(self, **settings):
        """
        What a parley-status of its own finds out at once for /readyz, with
        these settings in the place of those in the file: its dependencies,
        and the lines of its log but for the request's.
        """
        done = subprocess.run(
            [self.program("../libexec/parley-status"), "-c",
             self.run / "accounts" / "web.conf"],
            env={**others(), "REQUEST_METHOD": "GET",
                 "REQUEST_URI": "/readyz", "PARLEY_LOG_REQUESTS": "none",
                 **{"PARLEY_" + key.upper(): str(value)
                    for key, value in settings.items()}},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout.split("\n\n", 1)[-1])
        return answer["dependencies"], [
            json.loads(line) for line in done.stderr.splitlines()]

    def count(self, *arguments):
        """Runs parley-count as cron would; its exit status must be 0."""
        done = subprocess.run(
            [self.program("parley-count"), "-c",
             self.run / "accounts" / "count.conf", *arguments], env={"PATH": os.environ["PATH"]},
            capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done
        return done
