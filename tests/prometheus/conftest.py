# The fixtures of the tests of alerts: those of the API tests, small limits, a Prometheus.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "prometheus")]

from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)
from watch import Prometheus  # noqa: E402 (it is in a folder just added)

# Only searches are limited, and few writes may wait to be stored; an event that
# is refused is soon a dead letter.
OVERRIDE = """\
fresh_limit = 1500
jobs_retries = 1
limit_address_applications = 0
limit_address_reads = 0
limit_address_search = 0
limit_address_writes = 0
limit_application_reads = 0
limit_application_search = 60/1
limit_application_writes = 0
"""


@pytest.fixture(scope="session")
def hurt(stack):
    """The stack, so configured that little is needed to hurt it."""
    override = stack.run / "override.conf"
    override.write_text(OVERRIDE)
    stack.up()
    yield stack
    override.unlink()


@pytest.fixture(scope="session")
def prometheus(hurt):
    watching = Prometheus(
        hurt.run / "prometheus",
        hurt.env["PARLEY_URL"].removeprefix("http://"))
    watching.start()
    yield watching
    watching.stop()
