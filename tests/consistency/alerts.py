# Compares the alerts and the dashboard in conf/ with lib/metrics_table.c, their documents and tests.
# SPDX-License-Identifier: BSD-2-Clause
#
# With the standard library alone, so that it runs wherever Parley is built:
# of YAML and C it reads just the lines that these files are made of.
import json
import pathlib
import re
import sys

RULES = pathlib.Path("conf/prometheus/parley.rules.yml")
DASHBOARD = pathlib.Path("conf/grafana/parley.json")
DOCUMENT = pathlib.Path("doc/monitoring.md")
TESTS = pathlib.Path("tests/prometheus")
HISTOGRAM = ("_bucket", "_count", "_sum")


def complain(text):
    complain.failed = True
    print(f"alerts: {text}")


complain.failed = False


def metrics_of_table():
    """The names that a scrape may have, out of the table in C."""
    text = pathlib.Path("lib/metrics_table.c").read_text()
    names = set()
    for name, kind in re.findall(
            r'^\[METRIC_\w+\] = \{ "(\w+)".*?KIND_(\w+)', text, re.M | re.S):
        names |= ({name + suffix for suffix in HISTOGRAM}
                  if kind == "HISTOGRAM" else {name})
    return names


def rules():
    """[(record or alert, name, all of its text)]"""
    text = re.sub(r"(?m)^ *#.*\n", "", RULES.read_text())
    parts = re.split(r"(?m)^ +- (record|alert): (\S+)\n", text)[1:]
    return list(zip(parts[0::3], parts[1::3], parts[2::3]))


def check_metrics(where, text, names):
    used = set(re.findall(r"\bparley_\w+", re.sub(r"\w*:\w[\w:]*", "", text)))
    for name in sorted(used - names):
        complain(f"{where}: there is no metric {name}")
    return used


def check_records(text):
    made = {name for kind, name, _ in rules() if kind == "record"}
    used = set(re.findall(r"\w+:parley_\w+:\w+", re.sub(
        r"(?m)^ +- record:.*$", "", text)))
    for name in sorted(made ^ used):
        complain(f"{name} is recorded and not used, or the other way round")


def sections():
    """{alert: its section} of the document."""
    parts = re.split(r"(?m)^### (.*)\n", DOCUMENT.read_text())[1:]
    return dict(zip(parts[0::2], parts[1::2]))


def check_alert(name, text, section):
    for word in ("summary", "description"):
        if f"{word}: " not in text:
            complain(f"{name} has no {word}")
    if f"runbook: {DOCUMENT}#{name.lower()}\n" not in text:
        complain(f"{name}: the runbook is not its section")
    severity = re.search(r"severity: (\w+)", text).group(1)
    if not re.match(rf"\s*\*{severity}\b", section):
        complain(f"{DOCUMENT}: {name} is not said to be {severity}")


def check_alerts():
    described = sections()
    alerts = {name: text for kind, name, text in rules() if kind == "alert"}
    if len(alerts) < 15:
        complain(f"only {len(alerts)} alerts were found in {RULES}")
    for name in sorted(alerts.keys() ^ described.keys()):
        complain(f"{name} is not both in {RULES} and in {DOCUMENT}")
    for name in alerts.keys() & described.keys():
        check_alert(name, alerts[name], described[name])
    return alerts


def check_tests(alerts):
    """Each is tested by promtool and by a fault, and nothing else is."""
    kinds = {"*.test.yml": r'alertname="(\w+)"',
             "test_alerts.py": r'"(Parley\w+)"'}
    for pattern, regex in kinds.items():
        text = "".join(path.read_text() for path in TESTS.glob(pattern))
        for name in sorted(alerts.keys() ^ set(re.findall(regex, text))):
            complain(f"{name} is not both in {RULES} and {TESTS}/{pattern}")


def overlap(one, other):
    return (one["x"] < other["x"] + other["w"] and
            other["x"] < one["x"] + one["w"] and
            one["y"] < other["y"] + other["h"] and
            other["y"] < one["y"] + one["h"])


def check_panel(panel):
    where = f"{DASHBOARD}: {panel['title']}"
    place = panel["gridPos"]
    if place["x"] < 0 or place["x"] + place["w"] > 24:
        complain(f"{where}: is not on the grid")
    targets = panel.get("targets", [])
    if (panel["type"] == "row") == bool(targets):
        complain(f"{where}: shows nothing, or is a row that does")
    if len({target["refId"] for target in targets}) != len(targets):
        complain(f"{where}: two targets of one name")


def check_dashboard(names):
    board = json.loads(DASHBOARD.read_text())
    panels = board["panels"]
    known = {variable["name"] for variable in board["templating"]["list"]}
    if len({panel["id"] for panel in panels}) != len(panels):
        complain(f"{DASHBOARD}: two panels of one id")
    for i, panel in enumerate(panels):
        check_panel(panel)
        for other in panels[:i]:
            if overlap(panel["gridPos"], other["gridPos"]):
                complain(f"{DASHBOARD}: {panel['title']} and "
                         f"{other['title']} lie on each other")
    text = json.dumps(board)
    for name in set(re.findall(r"\$\{?([a-z]\w*)", text)) - known:
        complain(f"{DASHBOARD}: there is no variable {name}")
    return check_metrics(DASHBOARD, text, names)


def main():
    names = metrics_of_table()
    if len(names) < 30:
        complain(f"only {len(names)} metrics were found")
    text = RULES.read_text()
    check_metrics(RULES, text, names)
    check_records(text)
    check_tests(check_alerts())
    shown = check_dashboard(names)
    for name in sorted(names - shown):
        if not name.endswith(HISTOGRAM):
            complain(f"{DASHBOARD} does not show {name}")
    return complain.failed


if __name__ == "__main__":
    sys.exit(main())
