# A Prometheus that watches a stack with the shipped rules, sixty times as fast.
# SPDX-License-Identifier: BSD-2-Clause
import json
import pathlib
import re
import socket
import subprocess
import urllib.parse
import urllib.request

from stack import wait_until

TREE = pathlib.Path(__file__).resolve().parents[2]
RULES = TREE / "conf" / "prometheus" / "parley.rules.yml"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

CONFIGURATION = """\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
  evaluation_interval: 1s
rule_files:
  - hastened.yml
scrape_configs:
  - job_name: parley
    file_sd_configs:
      - files: [targets.json]
        refresh_interval: 1s
"""


def hastened(rules):
    """
    The rules with each time for which something must be so, and each window,
    a sixtieth as long: a minute is a second. A window has 5 s at least, because
    it needs some scrapes, and 20 s at most, else nothing that looks back a day
    would ever clear here. Nothing else is changed: no expression, no bound.
    """
    def shorter(least, most):
        def replace(found):
            seconds = int(found[2]) * SECONDS[found[3]] / 60
            return f"{found[1]}{max(least, min(seconds, most)):.0f}s{found[4]}"
        return replace

    rules = re.sub(r"(\[)(\d+)([smhd])(\])", shorter(5, 20), rules)
    return re.sub(r"(?m)^( +for: )(\d+)([smhd])($)", shorter(0, 20), rules)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Prometheus:
    """Debian's, on loopback, with its data in a directory of its own."""

    def __init__(self, directory, target):
        self.directory = directory
        self.target = target
        self.url = f"http://127.0.0.1:{free_port()}"
        directory.mkdir(exist_ok=True)
        (directory / "prometheus.yml").write_text(CONFIGURATION)
        (directory / "hastened.yml").write_text(hastened(RULES.read_text()))
        self.watch(True)
        self.process = None

    def watch(self, yes):
        """Whether it knows the stack at all."""
        targets = [{"targets": [self.target]}] if yes else []
        new = self.directory / "targets.new"
        new.write_text(json.dumps(targets))
        new.rename(self.directory / "targets.json")

    def start(self):
        with open(self.directory / "prometheus.log", "w") as log:
            self.process = subprocess.Popen(
                ["prometheus", "--web.listen-address",
                 self.url.removeprefix("http://"),
                 "--config.file", self.directory / "prometheus.yml",
                 "--storage.tsdb.path", self.directory / "data"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def ready():
            """Prometheus is ready"""
            assert self.process.poll() is None, "it has ended"
            try:
                self.get("/-/ready")
            except OSError:
                return False
            return True
        wait_until(ready, 30, pause=0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read()

    def data(self, path):
        answer = json.loads(self.get("/api/v1/" + path))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression):
        """[(labels, value)] of an instant vector."""
        found = self.data("query?" + urllib.parse.urlencode(
            {"query": expression}))["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def rules(self):
        """The alerts of the rules: {name: rule}."""
        return {rule["name"]: rule for group in self.data("rules")["groups"]
                for rule in group["rules"] if rule["type"] == "alerting"}

    def firing(self):
        """{name: [alert]} of those that fire now."""
        return {name: firing for name, rule in self.rules().items()
                if (firing := [alert for alert in rule["alerts"]
                               if alert["state"] == "firing"])}

    def wait_for(self, *names, seconds=30):
        """Waits until they all fire; what fires then, as firing() has it."""
        def fire():
            firing = self.firing()
            return firing if set(names) <= firing.keys() else None
        fire.__doc__ = f"all of {names} fire"
        firing = wait_until(fire, seconds, pause=0.2)
        self.check_annotations(firing)
        return firing

    def check_annotations(self, firing):
        """Each label that an annotation names is one of the alert's."""
        for name, alerts in firing.items():
            texts = "".join(self.rules()[name]["annotations"].values())
            named = set(re.findall(r"\$labels\.(\w+)", texts))
            for alert in alerts:
                assert named <= alert["labels"].keys(), (name, alert)

    def wait_for_silence(self, *names, seconds=40):
        def silent():
            return not set(names) & self.firing().keys()
        silent.__doc__ = f"none of {names} fires"
        wait_until(silent, seconds, pause=0.2)
