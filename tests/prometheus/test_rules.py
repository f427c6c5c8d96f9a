# What promtool says of conf/prometheus: that it is right, and when each alert fires.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import re
import subprocess

import pytest

from watch import hastened

HERE = pathlib.Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "conf" / "prometheus"


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True,
                          text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_and_its_rules_are_right():
    promtool("check", "config", SHIPPED / "prometheus.yml")


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.yml")),
                         ids=lambda file: file.name)
def test_each_alert_fires_when_it_should_and_only_then(file):
    promtool("test", "rules", file)


def test_what_the_tests_hasten_is_the_same_but_for_times(tmp_path):
    shipped = (SHIPPED / "parley.rules.yml").read_text()
    faster = hastened(shipped)

    def timeless(rules):
        return re.sub(r"\[\d+[smhd]\]|(?m:^ +for: \d+[smhd]$)", "", rules)

    assert timeless(faster) == timeless(shipped)
    assert not re.search(r"(\[|for: )\d+[mhd]", faster)
    (tmp_path / "rules.yml").write_text(faster)
    promtool("check", "rules", tmp_path / "rules.yml")
