# parley-admin doctor: a good installation gives no finding; each bad setting is made and named, and its remedy carried out.
# SPDX-License-Identifier: BSD-2-Clause
import glob
import json
import os
import shutil
import subprocess
import time

import pytest

import amqp
from parts import Parts
from stack import TREE, wait_until

GUEST = {"PARLEY_AMQP_USER": "guest", "PARLEY_AMQP_PASSWORD": "guest"}
BAD = {"warning", "error"}
FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)


class Doctor:
    """doctor(): all findings of a look, by (where, check): lists of dicts."""

    def __init__(self, stack, admin):
        self.stack, self.admin = stack, admin
        self.parts = Parts(stack.env)
        self.status = None

    def command(self, *arguments, account="admin"):
        return [self.stack.program("parley-admin"), "-c",
                str(self.stack.run / "accounts" / f"{account}.conf"),
                "doctor", "--sql", str(TREE / "sql"), *arguments]

    def run(self, *arguments, account="admin", **settings):
        return subprocess.run(
            self.command(*arguments, account=account),
            env=self.admin.environment(**settings), capture_output=True,
            text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)

    def __call__(self, *arguments, **rest):
        done = self.run("--json", *arguments, **rest)
        self.status = done.returncode
        found = {}
        for one in json.loads(done.stdout):
            found.setdefault((one["where"], one["check"]), []).append(one)
        return found

    def bad(self, *arguments, **rest):
        """What is a warning, an error, or could not be looked at."""
        return {name: [one for one in some if one["level"] not in
                       ("ok", "note")]
                for name, some in self(*arguments, **rest).items()
                if any(one["level"] not in ("ok", "note") for one in some)}

    def only(self, name, level, **rest):
        """The one thing that is bad, besides the stack's guest."""
        bad = self.bad(**{**GUEST, **rest})
        assert list(bad) == [name], bad
        assert [one["level"] for one in bad[name]] == [level], bad
        assert self.status == (1 if level in BAD else 111)
        for text in ("what", "why", "remedy"):
            assert bad[name][0][text]
        return bad[name][0]

    def shell(self, command):
        """Carries a remedy out, as the operator with his own accounts."""
        done = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True,
            timeout=60, check=False, env={
                "PATH": f"{self.stack.run / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.stack.run)})
        assert done.returncode == 0, (command, done)

    def mended(self, finding):
        self.shell(finding["command"])
        assert self.bad(**GUEST) == {}
        assert self.status == 0


@pytest.fixture(scope="module")
def well(stack, admin):
    """Nothing waits that others have left."""
    admin("dead", "drop", "--all", "--yes")
    stack.count()


@pytest.fixture
def doctor(stack, admin, well, indexed):
    """A doctor of a stack that is well."""
    indexed()
    return Doctor(stack, admin)


# ---- a good installation ----

def test_a_good_installation_gives_no_finding(doctor):
    assert doctor.bad(**GUEST) == {}
    assert doctor.status == 0
    done = doctor.run(**GUEST)
    assert done.returncode == 0 and done.stderr == ""
    assert " 0 errors, 0 warnings, 0 not to be looked at" in done.stdout


def test_the_operators_account_may_look_at_all_that_it_must(doctor):
    assert list(doctor.bad()) == [("rabbitmq", "guest")]
    for program in ("mysql", "redis", "rabbitmq"):
        assert (program, "version") in doctor()


def test_no_password_is_printed(doctor, stack):
    said = "".join(done.stdout + done.stderr for done in (
        doctor.run("--all"), doctor.run("--all", account="jobs"),
        doctor.run("--json"),
        doctor.run("--all", PARLEY_AMQP_PASSWORD="wrong-secret-1",
                   PARLEY_DB_PASSWORD="wrong-secret-2",
                   PARLEY_REDIS_PASSWORD="wrong-secret-3")))
    assert "wrong-secret" not in said
    for path in (stack.run / "accounts").glob("*.conf"):
        for line in path.read_text().splitlines():
            if "password = " in line or "admin_key = " in line:
                assert line.split(" = ")[1] not in said


def test_a_wrong_password_is_an_error_of_that_service_alone(doctor):
    bad = doctor.bad(**GUEST, PARLEY_DB_PASSWORD="no", PARLEY_DB_USER="no")
    assert list(bad) == [("mysql", "answers")]
    assert "Access denied" in bad["mysql", "answers"][0]["what"]


# ---- Redis ----

@pytest.mark.parametrize("setting, value, level", [
    ("appendonly", "no", "warning"), ("appendfsync", "no", "warning"),
    ("maxmemory-policy", "allkeys-lru", "error"),
    ("maxmemory", "0", "warning"), ("maxmemory", "900mb", "warning")])
def test_a_setting_of_redis_that_weakens_a_promise(
        doctor, redis, setting, value, level):
    before = redis.config_get(setting)[setting]
    redis.config_set(setting, value)
    try:
        doctor.mended(doctor.only(("redis", setting), level))
    finally:
        redis.config_set(setting, before)


def test_an_account_of_redis_that_may_not_look_says_how_to_let_it(
        doctor, redis):
    redis.execute_command("ACL", "SETUSER", "parley_admin", "-config|get")
    try:
        doctor.mended(doctor.only(("redis", "appendfsync"), "unknown"))
    finally:
        redis.execute_command("ACL", "SETUSER", "parley_admin",
                              "+config|get")


# ---- MySQL ----

@pytest.mark.parametrize("setting, value, level", [
    ("innodb_flush_log_at_trx_commit", 0, "error"),
    ("max_allowed_packet", 1 << 20, "warning"),
    ("read_only", 1, "error")])
def test_a_setting_of_mysql_that_weakens_a_promise(
        doctor, db, setting, value, level):
    before = db(f"select @@global.{setting} as it")[0]["it"]
    db(f"set global {setting} = {value}")
    try:
        doctor.mended(doctor.only(("mysql", setting), level))
    finally:
        db(f"set global {setting} = {before}")


def test_connections_of_mysql_that_nearly_ran_out(doctor, db):
    most = int(db("show global status like 'Max_used_connections'")
               [0]["Value"])
    before = db("select @@global.max_connections as it")[0]["it"]
    db(f"set global max_connections = {most + 1}")
    try:
        doctor.mended(doctor.only(("mysql", "max_connections"), "warning"))
    finally:
        db(f"set global max_connections = {before}")


def test_fewer_connections_of_mysql_than_all_processes_may_hold(doctor):
    finding = doctor.only(("mysql", "max_connections"), "warning",
                          PARLEY_DB_CONNECTIONS="100")
    assert "max_connections = " in finding["command"]


def test_a_table_of_another_engine_and_kind_of_text(doctor, db):
    made = db("show create table index_rebuild")[0]["Create Table"]
    db("alter table index_rebuild engine = MyISAM, "
       "modify target varchar(255) character set latin1 not null")
    try:
        finding = doctor.only(("mysql", "tables"), "error")
        assert "index_rebuild (MyISAM)" in finding["what"]
        assert "index_rebuild.target (latin1" in finding["what"]
    finally:
        db("drop table index_rebuild")
        db(made)
    assert doctor.bad(**GUEST) == {}


def test_a_migration_that_was_not_made(doctor, db, stack, tmp_path):
    files = shutil.copytree(TREE / "sql", tmp_path / "sql")
    (files / "999-more.sql").write_text(
        "CREATE TABLE IF NOT EXISTS more (a INT) ENGINE = InnoDB;\n")
    look = ("--sql", str(files))
    try:
        bad = doctor.bad(*look, **GUEST)
        assert list(bad) == [("mysql", "schema")]
        assert "1 migrations" in bad["mysql", "schema"][0]["what"]
        assert bad["mysql", "schema"][0]["command"] == \
            "parley-admin -c migrate.conf migrate"
        subprocess.run(
            [stack.program("parley-admin"), "-c",
             stack.run / "accounts" / "migrate.conf", "migrate", *look],
            env=doctor.admin.environment(), check=True, timeout=60, capture_output=True)
        assert doctor.bad(*look, **GUEST) == {}
    finally:
        db("drop table if exists more")
        db("delete from schema_migrations where name = '999-more.sql'")


def test_a_schema_that_is_not_to_be_found_is_unknown(doctor, tmp_path):
    bad = doctor.bad("--sql", str(tmp_path), **GUEST)
    assert [one["level"] for one in bad["mysql", "schema"]] == ["unknown"]
    assert doctor.status == 111


# ---- RabbitMQ ----

@pytest.fixture
def without_jobs(stack):
    """No parley-jobs runs; it is brought back."""
    stack.kill("parley-jobs")
    yield
    stack.up()


@pytest.fixture
def broker(stack):
    with amqp.Broker(stack.env["PARLEY_AMQP"]) as broker:
        yield broker


def test_a_classic_queue_is_named_and_made_anew(
        doctor, stack, broker, without_jobs):
    broker.delete("parley.dead")
    broker.declare("parley.dead")
    finding, = doctor.bad(**GUEST)["rabbitmq", "queues"]
    assert finding["level"] == "error"
    assert "parley.dead" in finding["what"]
    assert "x-queue-type" in finding["what"]
    found = doctor.bad()["rabbitmq", "queues"]
    assert {one["level"] for one in found} == {"unknown"}
    assert "jobs.conf doctor" in found[0]["command"]
    found = doctor(account="jobs")["rabbitmq", "queues"]
    assert sorted(one["level"] for one in found) == ["error", "ok", "ok"]
    assert finding["command"].startswith("rabbitmqctl ")
    doctor.parts.rabbitmqctl(*finding["command"].split()[1:])
    missing, = doctor.bad(**GUEST)["rabbitmq", "queues"]
    assert missing["what"] == "there is no queue parley.dead"
    stack.up()
    assert doctor.bad(**GUEST) == {}


def test_an_alarm_of_the_broker(doctor):
    doctor.parts.rabbitmqctl("set_disk_free_limit", "999GB")
    try:
        def alarmed():
            """the doctor names the alarm"""
            return ("rabbitmq", "alarm") in doctor.bad(**GUEST)
        wait_until(alarmed, 20, pause=0.5)
    finally:
        doctor.parts.rabbitmqctl("set_disk_free_limit", "200MB")

    def over():
        """the alarm is over"""
        return doctor.bad(**GUEST) == {}
    wait_until(over, 20, pause=0.5)


def test_a_queue_that_is_not_bound(doctor, broker):
    broker.unbind("parley.writes", "parley", "write")
    try:
        doctor.only(("rabbitmq", "binding"), "error")
    finally:
        broker.bind("parley.writes", "parley", "write")
    assert doctor.bad(**GUEST) == {}


# ---- OpenSearch ----

def test_an_index_that_was_blocked(doctor, node):
    node("PUT", "/parley-messages/_settings",
         {"index.blocks.read_only_allow_delete": True})
    try:
        doctor.mended(doctor.only(("search", "block"), "error"))
    finally:
        node("PUT", "/parley-messages/_settings",
             {"index.blocks.read_only_allow_delete": None})


def test_an_index_that_is_seldom_refreshed(doctor, node):
    node("PUT", "/parley-messages/_settings",
         {"index.refresh_interval": "30s"})
    doctor.mended(doctor.only(("search", "refresh"), "warning"))


def test_a_mapping_that_is_not_the_templates(doctor, node):
    node("PUT", "/parley-messages/_mapping",
         {"properties": {"more": {"type": "keyword"}}})
    doctor.mended(doctor.only(("search", "mapping"), "error"))


# ---- what waits ----

def test_jobs_that_do_not_run(doctor, stack, without_jobs):
    finding = doctor.only(("jobs", "consumers"), "error")
    assert finding["command"] == "systemctl start parley-jobs"
    stack.up()

    def consume():
        """somebody consumes"""
        return doctor.bad(**GUEST) == {}
    wait_until(consume, 20, pause=0.5)


def test_dead_letters(doctor, publish, admin, no_letters):
    publish("dead", b"a letter")
    finding = doctor.only(("jobs", "dead-letters"), "warning")
    doctor.shell(finding["command"])
    admin("dead", "drop", "--all", "--yes")
    assert doctor.bad(**GUEST) == {}


def test_counts_that_cron_does_not_make(doctor, db, stack, chat, rows):
    chat.write("to be counted")

    def marked():
        """there is a mark"""
        return db("update count_pending set since = "
                  "utc_timestamp(3) - interval 16 minute") or \
            db("select 1 from count_pending")
    wait_until(marked, 20)
    finding = doctor.only(("cron", "parley-count"), "warning")
    doctor.shell(f"PARLEY_CONFIG={stack.run}/accounts/count.conf "
                 + finding["command"])
    assert doctor.bad(**GUEST) == {}


def test_messages_that_are_not_indexed(doctor, db):
    db("insert into index_pending (application_id, chat_number, number, "
       "since, not_before) values (4000000000, 1, 1, "
       "utc_timestamp(3) - interval 2 minute, "
       "utc_timestamp(3) + interval 1 hour)")
    try:
        finding = doctor.only(("jobs", "indexing"), "warning")
        assert "120 s" in finding["what"] or "121 s" in finding["what"]
    finally:
        db("delete from index_pending where application_id = 4000000000")


# ---- the host ----

def test_a_configuration_with_a_password_that_others_can_read(
        doctor, stack):
    path = stack.run / "accounts" / "left.conf"
    path.write_text("db_password = hidden\n")
    path.chmod(0o644)
    try:
        finding = doctor.only(("host", "configuration"), "error")
        assert str(path) in finding["what"]
        assert "hidden" not in json.dumps(finding)
        doctor.mended(finding)
    finally:
        path.unlink()


def test_a_socket_that_everybody_can_connect_to(doctor, stack):
    path, *_ = sorted((stack.run / "sockets").glob("messages*"))
    path = path.resolve()
    before = path.stat().st_mode & 0o7777
    path.chmod(0o666)
    try:
        doctor.mended(doctor.only(("host", "sockets"), "warning"))
    finally:
        path.chmod(before)


@pytest.mark.skipif(FAKETIME is None, reason="there is no libfaketime")
def test_clocks_that_differ(doctor):
    """It is ours that is wrong, which looks the same."""
    options = os.environ.get("ASAN_OPTIONS", "")
    bad = doctor.bad(**GUEST, LD_PRELOAD=FAKETIME, FAKETIME="-90",
                     ASAN_OPTIONS=f"{options}:verify_asan_link_order=0")
    assert set(bad) == {("host", "clocks")}
    assert [one["level"] for one in bad["host", "clocks"]] == \
        ["error", "error"]
    for one, part in zip(bad["host", "clocks"], ("MySQL", "Redis")):
        assert f"the clock of {part} is 9" in one["what"]
        assert "before this host's" in one["what"]


def test_the_web_server_is_asked_when_it_is_named(doctor, stack):
    url = stack.env["PARLEY_URL"]
    assert len(doctor("--url", url, **GUEST)["web", "server"]) == 2
    assert doctor.status == 0
    bad = doctor.bad("--url", url + "/nothing/there", **GUEST)
    assert [one["level"] for one in bad["web", "server"]] == \
        ["error", "error"]


# ---- what is down ----

@pytest.mark.parametrize("part, name", [
    ("redis", "redis"), ("rabbitmq", "rabbitmq"), ("mariadb", "mysql"),
    ("opensearch", "search")])
def test_a_service_that_hangs_is_said_and_the_others_are_looked_at(
        doctor, stack, ready, part, name):
    stack.stop_process(part)
    try:
        began = time.monotonic()
        found = doctor(**GUEST)
        assert time.monotonic() - began < 20
    finally:
        stack.continue_process(part)
    assert doctor.status == 1
    assert [one["level"] for one in found[name, "answers"]] == ["error"]
    for other in {"redis", "rabbitmq", "mysql", "search"} - {name}:
        assert [one["level"] for one in found[other, "answers"]] == ["ok"]
    ready(60)
