/* database.c: a database of its own for each run of test_db. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "db_migrate.h"
#include "db_stmt.h"
#include "memory.h"

#define SKIP 77

static struct config config;
static char name[64];

static const char *const tables[] = {
	"applications", "chats", "messages", "index_pending", "count_pending",
	"epochs", "leases", "search_texts", "idempotency_keys",
};

const struct config *
database_config(void)
{
	return &config;
}

void
database_run(struct db *db, const char *sql)
{
	if (db_run_text(db, sql, strlen(sql)) != RESULT_OK)
		fail_msg("%s: %s", sql, db_error(db));
}

uint64_t
database_number(const char *sql)
{
	/* Statements are known by their address: a connection for each. */
	const struct query query = { .head = sql };
	struct db *db = db_new(&config);
	struct stmt *stmt = db_stmt(db, &query, 0);
	uint64_t number;

	assert_ok(stmt_query_row(stmt));
	number = stmt_get_uint(stmt, 0);
	db_free(db);
	return number;
}

void
database_kill(struct db *db)
{
	static const struct query query = { .head = "SELECT CONNECTION_ID()" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	struct db *killer = db_new(&config);
	char sql[64];

	assert_ok(stmt_query_row(stmt));
	snprintf(sql, sizeof(sql), "KILL %llu",
	    (unsigned long long)stmt_get_uint(stmt, 0));
	database_run(killer, sql);
	db_free(killer);
}

/* Runs "CREATE DATABASE" or "DROP DATABASE" in the database there is. */
static enum result
with_database(const char *verb)
{
	struct config outside = config;
	char sql[128];
	struct db *db;
	enum result result;

	outside.db_name = getenv("PARLEY_DB_NAME");
	db = db_new(&outside);
	snprintf(sql, sizeof(sql), "%s DATABASE %s", verb, name);
	result = db_run_text(db, sql, strlen(sql));
	if (result != RESULT_OK)
		fprintf(stderr, "%s: %s\n", sql, db_error(db));
	db_free(db);
	return result;
}

static enum result
load_schema(void)
{
	static char directory[4096];
	const char *source = getenv("srcdir");
	struct migration migration = { .directory = directory };
	struct db *db = db_new(&config);
	enum result result;

	snprintf(directory, sizeof(directory), "%s/sql", source ? source : ".");
	db_set_timeout(db, 60000);
	result = db_migrate(db, &migration);
	if (result != RESULT_OK)
		fprintf(stderr, "%s\n", migration.error);
	db_free(db);
	return result;
}

int
database_start(void)
{
	const struct passwd *me = getpwuid(getuid());
	char error[256];

	if (getenv("PARLEY_DB_SOCKET") == NULL ||
	    getenv("PARLEY_DB_NAME") == NULL) {
		printf("1..0 # SKIP no PARLEY_DB_SOCKET, PARLEY_DB_NAME\n");
		return SKIP;
	}
	/* Whoever may make databases: the server's own user, no other. */
	if (me != NULL)
		setenv("PARLEY_DB_USER", me->pw_name, 1);
	setenv("PARLEY_CONFIG", "/dev/null", 1);
	if (config_load(&config, NULL, environ, error, sizeof(error)) !=
	    RESULT_OK) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	snprintf(name, sizeof(name), "parley_test_%ld", (long)getpid());
	free(config.db_name);
	config.db_name = xstrdup(name);
	if (with_database("CREATE") != RESULT_OK)
		return 1;
	if (load_schema() != RESULT_OK) {
		database_stop();
		return 1;
	}
	return 0;
}

void
database_stop(void)
{
	if (with_database("DROP") != RESULT_OK)
		fprintf(stderr, "the database %s is left over\n", name);
	config_free(&config);
}

int
database_setup(void **state)
{
	struct db *db = db_new(&config);

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char sql[64];

		snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[i]);
		database_run(db, sql);
	}
	*state = db;
	return 0;
}

int
database_teardown(void **state)
{
	db_free(*state);
	return 0;
}

struct item
database_item(struct key key, uint64_t version, unsigned origin,
    const char *text)
{
	struct item item = { .key = key, .version = version,
		.text = text ? xstrdup(text) : NULL,
		.created_at = 1700000000123, .updated_at = 1700000000123 };

	snprintf(item.origin, sizeof(item.origin),
	    "00000000-0000-4000-8000-%012x", origin);
	return item;
}

void
database_store(struct db *db, const struct item *items, size_t count,
    enum stored *stored)
{
	assert_ok(db_begin(db));
	assert_ok(db_items_store(db, items, count, stored));
	assert_ok(db_commit(db));
}
