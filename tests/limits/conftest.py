# The fixtures of the tests of rate limits: those of the API tests, small rates, clients behind a proxy.
# SPDX-License-Identifier: BSD-2-Clause
import itertools
import pathlib
import sys

import http_sf
import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "dialects")]

from client import Client  # noqa: E402 (it is in a folder just added)
from fixtures import *  # noqa: E402,F401,F403 (pytest finds them here)
from speaker import Speaker  # noqa: E402

# As the stack has them in these tests: (a minute, at once).
RATES = {
    "application-reads": (300, 5), "address-reads": (600, 12),
    "application-writes": (300, 5), "address-writes": (600, 12),
    "application-search": (300, 3), "address-search": (600, 8),
    "address-applications": (120, 3),
}
PROXIED = {"trusted_proxies": "127.0.0.0/8 ::1", "log_level": "debug",
           "limit_hold_ms": 0}


@pytest.fixture(scope="session")
def configured(stack):
    """configured(key=value, ...): Parley runs so, beside the rates."""
    override = stack.run / "override.conf"
    rates = {"limit_" + name.replace("-", "_"): f"{minute}/{burst}"
             for name, (minute, burst) in RATES.items()}

    def configure(**keys):
        text = "".join(f"{key} = {value}\n"
                       for key, value in {**rates, **keys}.items())
        if not override.exists() or override.read_text() != text:
            override.write_text(text)
            stack.up()
    yield configure
    override.unlink(missing_ok=True)


@pytest.fixture
def proxied(configured):
    """The tests are a proxy that is trusted."""
    configured(**PROXIED)


ADDRESSES = (f"192.0.2.{n}" for n in itertools.count(1))


class Visitor(Client):
    """A client with an address of its own, as the proxy says."""

    def __init__(self, stack, address=None):
        super().__init__(stack.env["PARLEY_URL"], stack.server)
        self.address = address or next(ADDRESSES)

    def raw(self, method, target, body=None, headers=(), length=True):
        headers = {"X-Forwarded-For": self.address, **dict(headers)}
        return super().raw(method, target, body, headers, length)


class SpeakingVisitor(Visitor, Speaker):
    """The same, to a service of an older system."""

    def __init__(self, stack, port):
        Speaker.__init__(self, port, stack.server)
        self.address = next(ADDRESSES)


@pytest.fixture
def client_at(stack):
    """client_at("192.0.2.7"): one who says that his address is that."""
    return lambda address: Visitor(stack, address)


@pytest.fixture
def visitor(stack, proxied):
    return lambda address=None: Visitor(stack, address)


@pytest.fixture
def client(visitor):
    """Takes the place of the API tests' client: a visitor for each test."""
    return visitor()


@pytest.fixture
def speaking(stack, proxied):
    """speaking(8080): a visitor of what the originals have on that port."""
    shift = int(stack.options["dialect_port_base"]) - 3000
    return lambda port: SpeakingVisitor(stack, port + shift)


def fields(answer, name="RateLimit"):
    """{policy: {parameter: value}} of a field, as RFC 9651 reads it."""
    value = answer.headers[name]
    items = http_sf.parse(value.encode(), tltype="list")
    assert http_sf.ser(items) == value      # and writes it
    assert all(isinstance(policy, str) for policy, _ in items)
    return dict(items)
