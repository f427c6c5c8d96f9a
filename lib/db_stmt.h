/* db_stmt.h: prepared statements, for the db_*.c files. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_STMT_H
#define PARLEY_DB_STMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

/*
 * The text of a statement: a constant with static storage, because its
 * address is what a connection knows the prepared statement by.
 *
 * One that is made for many rows is head, then row as often as there are
 * rows with between in between, then tail. Each number of rows is another
 * statement to the server, so let there be few: see stmt_rows.
 */
struct query {
	const char *head;
	const char *row, *between, *tail;	/* NULL: none */
};

/* Most rows in one statement, and how many of count to take into the next. */
#define STMT_ROWS_MOST 256
unsigned stmt_rows(size_t count);

/* The least such number that is >= count, for what may be padded. */
unsigned stmt_rows_padded(size_t count);

/*
 * A statement being filled in, run, and read. It belongs to the connection
 * and is valid until the same query is asked for again with the same number
 * of rows (0 for one without a row part). Nothing here fails before it is
 * run: connecting and preparing are done then.
 */
struct stmt;
struct stmt *db_stmt(struct db *, const struct query *, unsigned rows);

/* Parameters, in order. Bytes are borrowed until it is run; NULL is NULL. */
void stmt_uint(struct stmt *, uint64_t);
void stmt_bytes(struct stmt *, const void *, size_t len);
void stmt_string(struct stmt *, const char *);
void stmt_time(struct stmt *, int64_t ms);	/* DATETIME(3), UTC */

/*
 * Runs a statement that changes something. Results are those of db.h, and
 *   RESULT_CONFLICT  also for a duplicate key, which db_duplicate tells from
 *                    a deadlock: a transaction goes on after it
 *   RESULT_UNKNOWN   the connection was lost before the answer, and no
 *                    transaction was open: it may have been done
 * Counts matched rows, changed or not; an upsert counts 2 for a changed one.
 */
MUST_CHECK enum result stmt_run(struct stmt *);
uint64_t stmt_affected(const struct stmt *);
uint64_t stmt_insert_id(const struct stmt *);
bool db_duplicate(const struct db *);

/*
 * Runs a query and takes all of its rows over. Outside a transaction it is
 * tried once more when the connection turns out to be dead, so never use it
 * for what changes anything.
 */
MUST_CHECK enum result stmt_query(struct stmt *);

/* Moves to the next row; RESULT_NOT_FOUND after the last. */
MUST_CHECK enum result stmt_fetch(struct stmt *);

/* Columns of the row, from 0. Bytes are borrowed until the next fetch. */
bool stmt_is_null(const struct stmt *, unsigned column);
uint64_t stmt_get_uint(const struct stmt *, unsigned column);
int64_t stmt_get_time(const struct stmt *, unsigned column);
const char *stmt_get_bytes(const struct stmt *, unsigned column, size_t *len);

/* The text as a new string; NULL for NULL. */
char *stmt_take_string(const struct stmt *, unsigned column);

/* stmt_query and stmt_fetch for exactly one row, or RESULT_NOT_FOUND. */
MUST_CHECK enum result stmt_query_row(struct stmt *);

/*
 * From now on the session holds something that would be lost with the
 * connection (an advisory lock): so a lost one is not made anew, and all
 * calls are RESULT_UNAVAILABLE until it is let go.
 */
void db_hold(struct db *, bool hold);

/* Runs one statement that cannot be prepared everywhere (DDL). */
MUST_CHECK enum result db_run_text(struct db *, const char *sql, size_t len);

#endif
