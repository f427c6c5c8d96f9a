# What /metrics says, read and compared.
# SPDX-License-Identifier: BSD-2-Clause
import re
import urllib.request

LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="([^"]*)"')


class Scrape:
    """One answer: {(name, {(label, value), ...}): number}."""

    def __init__(self, text):
        self.text = text
        self.series = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = LINE.match(line).groups()
            key = name, frozenset(LABEL.findall(labels or ""))
            assert key not in self.series, line
            self.series[key] = float(value)

    def get(self, name, **labels):
        """The one series with just these labels; None: there is none."""
        return self.series.get((name, frozenset(labels.items())))

    def all(self, name, **labels):
        """{labels: number} of the series that have these, and others."""
        return {key: value for (found, key), value in self.series.items()
                if found == name and labels.items() <= dict(key).items()}

    def sum(self, name, **labels):
        return sum(self.all(name, **labels).values())


class Watch:
    """What has been counted since it was made, or since it last said so."""

    def __init__(self, url):
        self.url = url + "/metrics"
        self.before = self.scrape()

    def scrape(self):
        with urllib.request.urlopen(self.url, timeout=10) as answer:
            assert answer.headers["Content-Type"] == (
                "text/plain; version=0.0.4; charset=utf-8")
            return Scrape(answer.read().decode())

    def since(self):
        """As a Scrape, without what has not changed."""
        now, change = self.scrape(), Scrape("")
        change.series = {
            key: round(value - self.before.series.get(key, 0), 6)
            for key, value in now.series.items()
            if value != self.before.series.get(key, 0)}
        return change

    def counted(self, name, **labels):
        return self.since().sum(name, **labels)
