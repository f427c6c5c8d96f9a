# Compares the table of lib/metrics_table.c with the one of doc/metrics.md.
# SPDX-License-Identifier: BSD-2-Clause
#
# With the standard library alone, so that it runs wherever Parley is built.
import pathlib
import re
import sys

TYPES = {"COUNTER": "counter", "HISTOGRAM": "histogram"}    # else a gauge
# Labels that are not in the table, because they are put on when it is printed.
PRINTED = {"parley_dependency_up": ["dependency"],
           "parley_queue_messages": ["queue"],
           "parley_queue_consumers": ["queue"],
           "parley_build_info": ["version"],
           **dict.fromkeys(("parley_worker_threads", "parley_processes",
                            "parley_worker_threads_busy",
                            "parley_start_time_seconds"), ["program"])}


def of_program():
    text = pathlib.Path("lib/metrics_table.c").read_text(encoding="utf-8")
    table = text[text.index("metric_table[METRICS] = {"):]
    return [(name, TYPES.get(kind, "gauge"),
             PRINTED.get(name) or re.findall(r'\{ "(\w+)"', rest), about)
            for name, about, kind, rest in re.findall(
                r'^\[METRIC_\w+\] = \{ "(\w+)",\s+"([^"]*)",\s+KIND_(\w+)'
                r"(.*?) \},\n(?=\[|\};)", table, re.M | re.S)]


def of_document():
    text = pathlib.Path("doc/metrics.md").read_text(encoding="utf-8")
    return [(name, kind, re.findall(r"`(\w+)`", labels), about)
            for name, kind, labels, about in re.findall(
                r"^\| `(\w+)` \| (\w+) \| (.*?)\| (.*) \|$", text, re.M)]


def main():
    table, documented = of_program(), of_document()
    for row in [row for row in table if row not in documented]:
        print(f"metrics: not so in doc/metrics.md: {row}")
    for row in [row for row in documented if row not in table]:
        print(f"metrics: not so in lib/metrics_table.c: {row}")
    header = pathlib.Path("lib/metrics.h").read_text(encoding="utf-8")
    if len(table) != len(set(re.findall(r"^\t(METRIC_\w+)[, ]", header,
                                        re.M))):
        print("metrics: lib/metrics.h has other ones than its table")
        return True
    return table != documented


if __name__ == "__main__":
    sys.exit(main())
