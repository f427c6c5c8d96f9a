# The short version: each kind of fault once, on one stack, every answer checked.
# SPDX-License-Identifier: BSD-2-Clause
import os

import pytest

from fault import FAULTS
from network import Network
from parts import find
from retries import Retries
from trial import run

SHORT = (
    (), ("responder-kill",), ("lighttpd-kill",), ("jobs-kill", "mariadb-kill"),
    ("redis-wiped",), ("redis-older",), ("redis-flushed", "jobs-stop"),
    ("rabbitmq-kill",), ("rabbitmq-queue-full",),
    ("rabbitmq-memory-alarm", "responder-stop"), ("mariadb-read-only",),
    ("mariadb-deadlocks",), ("mariadb-disk-full",), ("poison",),
    ("opensearch-429",), ("opensearch-items-refused",),
    ("jobs-before-commit",), ("jobs-before-ack-4-times",),
    ("responder-before-reveal",), ("responder-late-reveal",),
    ("redis-second-and-back",), ("net-redis-fcgi-cuts",),
    ("net-amqp-fcgi-answers-cut",))


@pytest.fixture(scope="module")
def parts():
    return find()


@pytest.fixture(scope="module")
def network(parts):
    network = Network(parts)
    yield network
    network.down()


@pytest.mark.parametrize("names", SHORT, ids=lambda n: "+".join(n) or "none")
def test_every_answer_holds_whatever_dies(parts, network, names):
    if any(FAULTS[n].search for n in names) and parts.search == "mysql":
        pytest.skip("this stack searches with MySQL")
    if any(FAULTS[n].root for n in names) and os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    one = run(parts, network, 1, [names] if names else [])
    assert not one.problems, "\n".join(one.problems)


def test_retries_while_parts_are_killed_are_one_message_a_key(parts):
    parts.up()
    done = Retries(parts, seed=1, retries=1000)
    done.go()
    assert not done.problems, "\n".join(done.problems)
