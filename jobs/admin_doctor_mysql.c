/* admin_doctor_mysql.c: parley-admin doctor: MySQL or MariaDB. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin_doctor.h"
#include "clock.h"
#include "db_inspect.h"
#include "db_migrate.h"
#include "db_status.h"

/* What a process may hold beside db_connections: parley-status, the jobs. */
#define CONNECTIONS_MORE 4

/* ---- settings ---- */

static bool
is_one(const struct doctor *d, const char *value)
{
	(void)d;
	return strcmp(value, "1") == 0;
}

static bool
is_off(const struct doctor *d, const char *value)
{
	(void)d;
	return strcasecmp(value, "OFF") == 0 || strcmp(value, "0") == 0;
}

static bool
is_on(const struct doctor *d, const char *value)
{
	return !is_off(d, value);
}

static bool
is_no_statement(const struct doctor *d, const char *value)
{
	(void)d;
	return strcasecmp(value, "STATEMENT") != 0;
}

/* A row is sent with its key, versions and times, so twice the bytes. */
static bool
holds_a_batch(const struct doctor *d, const char *value)
{
	return strtoull(value, NULL, 10) >= 2 * d->config->jobs_batch_bytes;
}

static const struct rule rules[] = {
	{ "innodb_flush_log_at_trx_commit", is_one, FOUND_ERROR, {
	    "mysql innodb_flush_log_at_trx_commit",
	    "the jobs take an event out of the queue after COMMIT: what is "
	    "not on disk then is lost, though it was answered, when the host "
	    "goes down",
	    "set it now, and put innodb_flush_log_at_trx_commit = 1 under "
	    "[mysqld] in the server's configuration",
	    "@mysql -e 'SET GLOBAL innodb_flush_log_at_trx_commit = 1'" } },
	{ "innodb_doublewrite", is_on, FOUND_WARNING, {
	    "mysql innodb_doublewrite",
	    "a page that was half written when the host went down cannot be "
	    "mended without it",
	    "take skip-innodb-doublewrite out of the server's configuration "
	    "and restart it", NULL } },
	{ "max_allowed_packet", holds_a_batch, FOUND_WARNING, {
	    "mysql max_allowed_packet",
	    "a batch of the jobs (jobs_batch_bytes) is one packet: a larger "
	    "one looks like a lost connection, and is stored piece by piece",
	    "set it now, and put max_allowed_packet = 16M under [mysqld]; or "
	    "lower jobs_batch_bytes",
	    "@mysql -e 'SET GLOBAL max_allowed_packet = 16777216'" } },
	{ "read_only", is_off, FOUND_ERROR, {
	    "mysql read_only",
	    "nothing can be stored: it is a replica, or was left so",
	    "point db_host or db_socket to the primary, or make it writable",
	    "@mysql -e 'SET GLOBAL read_only = 0'" } },
};

/* Those that matter only with a binary log. */
static const struct rule log_rules[] = {
	{ "sync_binlog", is_one, FOUND_WARNING, {
	    "mysql sync_binlog",
	    "after a crash of the host replicas may have what the primary "
	    "lost, or lack what it has",
	    "set it now, and put sync_binlog = 1 under [mysqld]",
	    "@mysql -e 'SET GLOBAL sync_binlog = 1'" } },
	{ "binlog_format", is_no_statement, FOUND_ERROR, {
	    "mysql binlog_format",
	    "Parley's transactions are READ COMMITTED, which the server "
	    "refuses to log as statements: nothing can be stored",
	    "set it now, put binlog_format = ROW under [mysqld], and restart "
	    "parley-jobs",
	    "@mysql -e 'SET GLOBAL binlog_format = ROW'" } },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
judge_all(struct doctor *d, const struct rule *some, size_t count)
{
	struct db_setting settings[COUNT(rules)] = {{0}};

	for (size_t i = 0; i < count; i++)
		settings[i].name = some[i].name;
	if (db_settings(d->db, settings, count) != RESULT_OK)
		return;		/* the next question finds that it is down */
	for (size_t i = 0; i < count; i++)
		if (settings[i].known)
			doctor_judge(d, &some[i], settings[i].value);
}

static void
judge_settings(struct doctor *d)
{
	struct db_setting log = { .name = "log_bin" };

	judge_all(d, rules, COUNT(rules));
	if (db_settings(d->db, &log, 1) == RESULT_OK && is_on(d, log.value))
		judge_all(d, log_rules, COUNT(log_rules));
}

/* ---- version, tables, schema ---- */

static const struct versions versions[] = {
	{ "MySQL", { 8, 0 }, "MariaDB 10.11", {
	    "mysql version", "statements of Parley need what came with it",
	    "upgrade to MySQL 8.0 or MariaDB 10.6, or later", NULL } },
	{ "MariaDB", { 10, 6 }, "10.11", {
	    "mysql version", "statements of Parley need what came with it",
	    "upgrade to MySQL 8.0 or MariaDB 10.6, or later", NULL } },
};

static bool
look_at_version(struct doctor *d)
{
	static const struct advice down = {
		"mysql answers",
		"reads of what is not fresh fail, and nothing is stored",
		"start it, or mend db_host, db_socket, db_user, db_password",
		NULL,
	};
	char text[DB_SETTING_SIZE];

	d->mysql = db_version(d->db, text, sizeof(text)) == RESULT_OK;
	if (!d->mysql) {
		doctor_find(d, FOUND_ERROR, &down, NULL,
		    "it does not answer: %s", db_error(d->db));
		return false;
	}
	doctor_find(d, FOUND_OK, &down, NULL, "it answers");
	d->is_mysql = strstr(text, "MariaDB") == NULL;
	doctor_version(d, &versions[!d->is_mysql], text);
	return true;
}

static void
look_at_tables(struct doctor *d)
{
	static const struct advice advice = {
		"mysql tables",
		"only InnoDB has transactions; and texts of another kind "
		"refuse characters, or change them, or hold two for the same",
		"for each of them: ALTER TABLE ... ENGINE = InnoDB, or "
		"CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin "
		"(columns that schema.sql says are ascii: ascii_bin)", NULL,
	};
	struct buffer wrong = BUFFER_EMPTY;

	if (db_tables_wrong(d->db, &wrong) == RESULT_OK)
		doctor_find(d, wrong.len > 0 ? FOUND_ERROR : FOUND_OK,
		    &advice, NULL, "%s%s", wrong.len > 0 ?
		    "not as schema.sql makes them: " : "all are as they "
		    "should be", wrong.len > 0 ? wrong.data : "");
	buffer_free(&wrong);
}

static void
count_migration(void *count, const char *name, const char *statements)
{
	(void)name;
	(void)statements;
	++*(unsigned *)count;
}

static void
look_at_schema(struct doctor *d)
{
	static const struct advice pending = {
		"mysql schema",
		"programs of this version need what the migration makes",
		"run it with the account that may change tables "
		"(migrate.conf, if there are several accounts), then "
		"grants.sql", PROGRAM " -c migrate.conf migrate",
	}, unknown = {
		"mysql schema",
		"whether all migrations were made is not known",
		"name the directory of schema.sql with --sql",
		"@admin doctor --sql /usr/share/parley/sql",
	};
	unsigned count = 0;
	struct migration migration = {
		.directory = d->call->sql_directory,
		.dry_run = true,
		.report = count_migration,
		.user = &count,
	};

	if (db_migrate(d->db, &migration) != RESULT_OK)
		doctor_find(d, FOUND_UNKNOWN, &unknown, NULL,
		    "it could not be compared: %s", migration.error);
	else
		doctor_find(d, count > 0 ? FOUND_ERROR : FOUND_OK, &pending,
		    NULL, "%u migrations are not made yet", count);
}

/*
 * Those that Parley's processes may hold, as far as pid files tell of them;
 * and, whoever held them, those that there were.
 */
static void
look_at_connections(struct doctor *d)
{
	static const struct advice advice = {
		"mysql max_connections",
		"a responder that gets no connection answers 503",
		"raise max_connections to @it, now and under [mysqld]; or "
		"lower db_connections",
		"@mysql -e 'SET GLOBAL max_connections = @it'",
	};
	const uint64_t need = d->processes * ((uint64_t)
	    d->config->db_connections + CONNECTIONS_MORE);
	struct db_setting setting = { .name = "max_connections" };
	uint64_t limit, most;
	char wanted[24];

	if (db_settings(d->db, &setting, 1) != RESULT_OK ||
	    db_connections_most(d->db, &most) != RESULT_OK)
		return;
	limit = strtoull(setting.value, NULL, 10);
	snprintf(wanted, sizeof(wanted), "%" PRIu64,
	    most * 2 > need ? most * 2 : need);
	doctor_find(d, need > limit || most * 10 >= limit * 9 ?
	    FOUND_WARNING : FOUND_OK, &advice, wanted, "max_connections is "
	    "%" PRIu64 "; %u processes on this host may hold %" PRIu64 ", "
	    "and there were %" PRIu64 " at once", limit, d->processes, need,
	    most);
}

void
doctor_mysql(struct doctor *d)
{
	int64_t before, theirs;

	if (!look_at_version(d))
		return;
	judge_settings(d);
	look_at_tables(d);
	look_at_schema(d);
	look_at_connections(d);
	before = clock_wall_ms();
	if (db_time(d->db, &theirs) == RESULT_OK)
		doctor_clock(d, "MySQL", before, theirs, clock_wall_ms());
}
