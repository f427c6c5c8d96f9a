/* db_migrate.c: brings the schema of the database up to date. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_migrate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "db_lock.h"
#include "db_script.h"
#include "db_stmt.h"

#define LOCK_NAME "parley-migrate"
#define LOCK_WAIT_S 60
#define SCHEMA "schema.sql"

/* As schema.sql has it; it must be there before schema.sql is. */
#define CREATE_RECORDS "CREATE TABLE IF NOT EXISTS schema_migrations (" \
	"name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, " \
	"checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, " \
	"applied_at DATETIME(3) NOT NULL, PRIMARY KEY (name)) ENGINE = InnoDB"

static enum result __attribute__((format(printf, 3, 4)))
fail(struct migration *migration, enum result result, const char *format, ...)
{
	va_list args;

	if (migration->error[0] == '\0') {
		va_start(args, format);
		vsnprintf(migration->error, sizeof(migration->error), format,
		    args);
		va_end(args);
	}
	return result;
}

static enum result
fail_db(struct db *db, struct migration *migration, enum result result)
{
	return fail(migration, result, "the database: %s", db_error(db));
}

/* ---- files ---- */

/* Reads the file's statements, without comments, each ended by ";\n". */
static enum result
read_statements(struct migration *migration, const char *name,
    struct buffer *out)
{
	struct buffer text = BUFFER_EMPTY, statement = BUFFER_EMPTY;
	char path[4096], piece[4096];
	const char *cursor;
	enum result result;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", migration->directory, name);
	file = fopen(path, "re");
	if (file == NULL)
		return fail(migration, RESULT_INVALID, "%s: %s", path,
		    strerror(errno));
	while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
		buffer_add(&text, piece, len);
	buffer_add(&text, NULL, 0);
	fclose(file);
	cursor = text.data;
	while ((result = db_script_next(&cursor, &statement)) == RESULT_OK) {
		buffer_add(out, statement.data, statement.len);
		buffer_str(out, ";\n");
	}
	if (result == RESULT_INVALID)
		fail(migration, result, "%s: a quote or a comment has no end",
		    path);
	else if (out->len == 0)
		result = fail(migration, RESULT_INVALID,
		    "%s: has no statement in it", path);
	else
		result = RESULT_OK;
	buffer_free(&text);
	buffer_free(&statement);
	return result;
}

/* ---- what has been applied ---- */

static enum result
records_exist(struct db *db, bool *exist)
{
	static const struct query query = { .head =
	    "SELECT COUNT(*) FROM information_schema.tables "
	    "WHERE table_schema = DATABASE() "
	    "AND table_name = 'schema_migrations'" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	*exist = result == RESULT_OK && stmt_get_uint(stmt, 0) > 0;
	return result;
}

/* Whether a file is recorded; if so *same: with these statements. */
static enum result
find_record(struct db *db, const char *name, const struct buffer *statements,
    bool *found, bool *same)
{
	static const struct query query = { .head =
	    "SELECT checksum = SHA2(?, 256) FROM schema_migrations "
	    "WHERE name = ?" };
	bool exist;
	enum result result = records_exist(db, &exist);
	struct stmt *stmt;

	*found = *same = false;
	if (result != RESULT_OK || !exist)
		return result;
	stmt = db_stmt(db, &query, 0);
	stmt_bytes(stmt, statements->data, statements->len);
	stmt_string(stmt, name);
	result = stmt_query_row(stmt);
	*found = result == RESULT_OK;
	*same = *found && stmt_get_uint(stmt, 0) == 1;
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static enum result
record(struct db *db, const char *name, const struct buffer *statements)
{
	static const struct query query = { .head =
	    "INSERT INTO schema_migrations (name, checksum, applied_at) "
	    "VALUES (?, SHA2(?, 256), UTC_TIMESTAMP(3))" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_string(stmt, name);
	stmt_bytes(stmt, statements->data, statements->len);
	return stmt_run(stmt);
}

/* ---- applying ---- */

/*
 * DDL commits by itself, so a file that fails half way stays half applied.
 * schema.sql can be run again; of the others nobody knows.
 */
static enum result
fail_statement(struct db *db, struct migration *migration, const char *name,
    unsigned number, enum result result)
{
	const char *advice = "what it did cannot be taken back by itself; "
	    "undo it by hand, or take it out of the file, then run again";

	if (strcmp(name, SCHEMA) == 0 || number == 1)
		advice = "nothing has to be undone; "
		    "run again when the cause is gone";
	/* Unknown: the server is gone. All else is its word on the SQL. */
	return fail(migration, result == RESULT_UNKNOWN ?
	    RESULT_UNAVAILABLE : RESULT_REFUSED, "%s, statement %u: %s (%u "
	    "before it %s applied: %s)", name, number, db_error(db),
	    number - 1, number == 2 ? "was" : "were", advice);
}

static enum result
run_statements(struct db *db, struct migration *migration, const char *name,
    const char *cursor)
{
	struct buffer statement = BUFFER_EMPTY;
	enum result result;
	unsigned number = 0;

	while ((result = db_script_next(&cursor, &statement)) == RESULT_OK) {
		number++;
		result = db_run_text(db, statement.data, statement.len);
		if (result != RESULT_OK) {
			result = fail_statement(db, migration, name, number,
			    result);
			break;
		}
	}
	buffer_free(&statement);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static enum result
apply_new(struct db *db, struct migration *migration, const char *name,
    const struct buffer *statements)
{
	enum result result;

	if (migration->report != NULL)
		migration->report(migration->user, name, statements->data);
	if (migration->dry_run)
		return RESULT_OK;
	result = db_run_text(db, CREATE_RECORDS, strlen(CREATE_RECORDS));
	if (result == RESULT_OK)
		result = run_statements(db, migration, name, statements->data);
	if (result == RESULT_OK)
		result = record(db, name, statements);
	return result;
}

static enum result
apply(struct db *db, struct migration *migration, const char *name)
{
	struct buffer statements = BUFFER_EMPTY;
	bool found, same;
	enum result result = read_statements(migration, name, &statements);

	if (result != RESULT_OK)
		goto out;
	result = find_record(db, name, &statements, &found, &same);
	if (result == RESULT_OK && found && !same)
		result = fail(migration, RESULT_INVALID, "%s was changed after "
		    "it had been applied to this database: what is new belongs "
		    "in a new NNN-<change>.sql", name);
	else if (result == RESULT_OK && !found)
		result = apply_new(db, migration, name, &statements);
	if (result != RESULT_OK)
		fail_db(db, migration, result);
out:
	buffer_free(&statements);
	return result;
}

/* ---- in order ---- */

static bool
is_numbered(const char *name)
{
	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)name[i]))
			return false;
	return name[3] == '-' && strlen(name) < 190;
}

/* All .sql files; scandir sorts them. */
static int
is_sql(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 &&
	    strcmp(entry->d_name + len - 4, ".sql") == 0;
}

static int
compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum result
apply_all(struct db *db, struct migration *migration)
{
	struct dirent **entries;
	int count = scandir(migration->directory, &entries, is_sql,
	    compare_names);
	enum result result;

	if (count < 0)
		return fail(migration, RESULT_INVALID, "%s: %s",
		    migration->directory, strerror(errno));
	result = apply(db, migration, SCHEMA);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (result == RESULT_OK && is_numbered(name))
			result = apply(db, migration, name);
		else if (result == RESULT_OK && strcmp(name, SCHEMA) != 0)
			result = fail(migration, RESULT_INVALID,
			    "%s: not named like 001-what-it-does.sql", name);
		free(entries[i]);
	}
	free(entries);
	return result;
}

enum result
db_migrate(struct db *db, struct migration *migration)
{
	enum result result;

	migration->error[0] = '\0';
	result = db_lock(db, LOCK_NAME, LOCK_WAIT_S);
	if (result == RESULT_CONFLICT)
		return fail(migration, result, "another migration has been "
		    "running for over %d seconds", LOCK_WAIT_S);
	if (result != RESULT_OK)
		return fail_db(db, migration, result);
	result = apply_all(db, migration);
	db_unlock(db, LOCK_NAME);
	return result;
}
