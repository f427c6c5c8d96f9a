# The services are reached with TLS, and only if their certificates are right; on a stack with --tls.
# SPDX-License-Identifier: BSD-2-Clause
import contextlib
import shutil
import socket
import subprocess

import pytest

from stack import others, wait_until

ENCRYPTED = ("mysql", "rabbitmq", "search")


@pytest.fixture(autouse=True)
def with_tls(stack):
    if stack.options["tls"] != "yes":
        pytest.skip("a stack without --tls")


@pytest.fixture
def ports(stack):
    return dict(line.split("=") for line in
                (stack.run / "ports").read_text().splitlines())


def places(host, db, amqp, search):
    """Settings that lead the three connections elsewhere."""
    return {"db_host": host, "db_port": db,
            "amqp_url": f"amqps://{host}:{amqp}/%2f",
            "search_url": f"https://{host}:{search}"}


def refused(answer, *reasons, parts=ENCRYPTED):
    """Each part is down, and the log says of it why."""
    states, messages = answer
    assert {states[part] for part in parts} == {"unavailable"}, messages
    for part in parts:
        of_it = [message for message in messages if message.lower()
                 .startswith({"mysql": "database"}.get(part, part))]
        assert of_it, messages
        for message in of_it:
            assert any(reason.lower() in message.lower()
                       for reason in reasons), message


def test_all_is_well_with_the_right_certificates(ask):
    states, messages = ask()
    assert {states[part] for part in ENCRYPTED} == {"ok"}
    assert not messages


def test_the_connections_are_encrypted(stack, ports, db):
    """As the services see it."""
    accounts = db("SELECT DISTINCT user FROM information_schema.processlist "
                  "WHERE user LIKE 'parley\\_%%' AND host NOT LIKE '127.%%'")
    assert not accounts                  # nobody comes by the socket
    plain = int(ports["amqp"])
    with open("/proc/net/tcp", encoding="ascii") as table:
        ends = [line.split()[1:4] for line in table][1:]
    connected = {int(local.rsplit(":", 1)[1], 16)
                 for local, _, state in ends if state == "01"}
    assert plain not in connected
    assert int(ports["amqps"]) in connected
    assert int(ports["db"]) in connected


def test_an_authority_that_nobody_knows_is_refused(stack, ask):
    strangers = stack.run / "tls" / "strangers.pem"
    refused(ask(tls_ca=strangers), "self-signed certificate",
            "unable to get local issuer")
    refused(ask(tls_ca=""), "self-signed certificate",
            "unable to get local issuer")


def test_a_certificate_for_another_name_is_refused(ask, ports):
    """The services' is for localhost, not for its address."""
    refused(ask(**places("127.0.0.1", ports["db"], ports["amqps"],
                         ports["https"])),
            "IP address mismatch",
            "no alternative certificate subject name",
            "Validation of SSL server certificate failed")


def test_a_service_without_tls_is_refused(stack, ask, ports, plain_mariadb):
    refused(ask(**places("localhost", plain_mariadb, ports["amqp"],
                         ports["search"])),
            "SSL is required", "SSL handshake failed", "wrong version number",
            "does not support it")


def test_without_a_certificate_of_our_own_we_are_refused(ask, db):
    try:
        db("ALTER USER parley_web@'%%' REQUIRE X509")
        assert ask()[0]["mysql"] == "ok"
        states, messages = ask(tls_cert="", tls_key="")
    finally:
        db("ALTER USER parley_web@'%%' REQUIRE NONE")
    assert {states[part] for part in ENCRYPTED} == {"unavailable"}, messages


def test_a_wrong_password_for_the_search_is_refused(ask):
    states, messages = ask(search_password="wrong")
    assert states["search"] == "unavailable"
    assert not any("wrong" in message for message in messages)
    assert states["mysql"] == states["rabbitmq"] == "ok"


@pytest.mark.parametrize("settings, names", [
    ({"tls_ca": "/nowhere/ca.pem"}, ("/nowhere/ca.pem", "No such file")),
    ({"tls_cert": "/nowhere/c.pem", "tls_key": "/nowhere/k.pem"},
     ("/nowhere/c.pem", "No such file", "Unable to get private key",
      "could not load")),
])
def test_a_file_that_is_not_there_is_named(ask, settings, names):
    refused(ask(**settings), *names)


# ---- servers that show what they should not ----

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    def so():
        """it listens"""
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        return False
    wait_until(so, 30)
    return port


@pytest.fixture
def plain_mariadb(tmp_path):
    """The port of a MariaDB that knows no TLS, and nobody's tables."""
    port = free_port()
    with subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={tmp_path}",
             f"--socket={tmp_path}/s", f"--port={port}", "--user=root",
             "--bind-address=127.0.0.1", "--skip-grant-tables",
             "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M",
             f"--pid-file={tmp_path}/pid", f"--tmpdir={tmp_path}"],
            env=others(), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as process:
        yield listens(port)
        process.terminate()
        process.wait(30)


@pytest.fixture
def showing(stack, db):
    """
    showing("expired"): ports of MySQL and of a server that show this
    certificate. What comes after the handshake does not matter.
    """
    shown = stack.run / "tls"
    servers = []

    def show(name):
        for kind in ("pem", "key"):
            shutil.copy(shown / f"{name}.{kind}", shown / f"server.{kind}")
        db("FLUSH SSL")
        port = free_port()
        servers.append(subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet",
             "-cert", shown / f"{name}.pem", "-key", shown / f"{name}.key"],
            env=others(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return listens(port)
    for kind in ("pem", "key"):
        shutil.copy(shown / f"server.{kind}", shown / f"kept.{kind}")
    yield show
    for kind in ("pem", "key"):
        shutil.copy(shown / f"kept.{kind}", shown / f"server.{kind}")
    db("FLUSH SSL")
    for server in servers:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize("certificate, reasons", [
    ("expired", ("certificate has expired",)),
    ("elsewhere", ("hostname mismatch",
                   "no alternative certificate subject name",
                   "Validation of SSL server certificate failed")),
    ("unknown", ("self-signed certificate", "unable to get local issuer",
                 "unable to verify the first certificate")),
])
def test_a_server_that_shows_a_wrong_certificate_is_refused(
        ask, ports, showing, certificate, reasons):
    port = showing(certificate)
    refused(ask(**places("localhost", ports["db"], port, port)), *reasons)
