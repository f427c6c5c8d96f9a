# Measures how much memory the processes of a stack use at most, from moment to moment.
# SPDX-License-Identifier: BSD-2-Clause
import collections
import pathlib
import threading
import time

PAUSE = 0.5
ROOM = 1.10, 4096           # a later peak: at most so much, and so many kB


def peak_of(pid):
    """The highest resident size since the last look, in kB; None if gone."""
    process = pathlib.Path(f"/proc/{pid}")
    try:
        status = (process / "status").read_text()
        (process / "clear_refs").write_text("5")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return None             # a zombie


class Meter(threading.Thread):
    """Looks until stopped; samples are (phase, time, {part: kB})."""

    def __init__(self, parts):
        super().__init__(name="meter", daemon=True)
        self.parts = parts
        self.phase = "before"
        self.samples = []
        self.over = threading.Event()

    def __enter__(self):
        self.look()
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.look()             # the last phase may be a short one

    def run(self):
        while not self.over.wait(PAUSE):
            self.look()

    def look(self):
        phase, peaks = self.phase, {}
        for name in self.parts.responders() + [
                "parley-jobs", "redis", "rabbitmq", "mariadb"]:
            pid = self.parts.pid(name)
            peak = pid and peak_of(pid)
            if peak:
                peaks[name] = peak
        self.samples.append((phase, time.monotonic(), peaks))

    def enter(self, phase):
        """What was until now belongs to the phase before."""
        self.look()
        self.phase = phase

    def peaks(self, phase, begin=0.0, end=1.0):
        """The peak of each part in this share of a phase's time."""
        of_phase = [s for s in self.samples if s[0] == phase]
        first, last = of_phase[0][1], of_phase[-1][1]
        peaks = collections.Counter()
        for _, at, sample in of_phase:
            if begin <= (at - first) / max(last - first, PAUSE) <= end:
                for name, peak in sample.items():
                    peaks[name] = max(peaks[name], peak)
        return peaks


def is_parley(name):
    return name not in ("redis", "rabbitmq", "mariadb")


def grown(early, late):
    """What is wrong: each process of Parley that did not stay flat."""
    factor, room = ROOM
    return [f"{name} grew from {early[name]} to {late[name]} kB"
            for name in late if is_parley(name) and name in early
            and late[name] > early[name] * factor + room]
