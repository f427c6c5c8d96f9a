/* db_internal.h: a connection's insides, for db.c, db_stmt.c, db_row.c. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_INTERNAL_H
#define PARLEY_DB_INTERNAL_H

#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>

#include "db.h"

/*
 * mysql.h is met here and nowhere else: MariaDB's Connector/C and MySQL's
 * libmysqlclient both have it.
 */

enum session {
	SESSION_FREE,		/* each statement is a transaction */
	SESSION_TRANSACTION,
	SESSION_FAILED,		/* as good as rolled back: db_rollback */
};

struct db {
	const struct config *config;
	int timeout_ms;
	MYSQL *mysql;		/* NULL: not connected */
	struct stmt *stmts;	/* the last used one first */
	enum session session;
	bool held;		/* see db_hold */
	bool lost;		/* last failure: the connection is gone */
	bool duplicate;		/* last failure: a duplicate key */
	bool down;		/* it has been logged that there is none */
	unsigned said;		/* the last failure logged, */
	int64_t said_at;	/* and when (clock_mono_ms) */
	char error[512];	/* in the server's words */
};

/* my_bool in MariaDB's connector, bool in MySQL's. */
typedef __typeof__(((MYSQL_BIND *)0)->is_null_value) db_flag;

/* What a parameter or a column holds; its MYSQL_BIND points here. */
struct value {
	uint64_t number;
	MYSQL_TIME time;
	char *bytes;		/* columns only: owned, grows */
	unsigned long len;
	db_flag null;
};

struct stmt {
	struct db *db;
	const struct query *query;
	unsigned rows;
	MYSQL_STMT *handle;	/* NULL: not prepared on this connection */
	unsigned params, filled, columns;
	MYSQL_BIND *param, *column;
	struct value *in, *out;	/* of param and column */
	struct stmt *next;
};

/* Makes sure that there is a connection for the next statement. */
MUST_CHECK enum result db_ready(struct db *);

/*
 * Takes note of a failure of the connection, or of a statement of it (else
 * NULL), in the statement that begins with sql: what it means is returned.
 */
MUST_CHECK enum result db_fail(struct db *, MYSQL_STMT *, const char *sql);

/* Closes the statements' handles; db.c calls it when it disconnects. */
void db_stmts_close(struct db *);
void db_stmts_free(struct db *);

/* Binds the columns of a statement just prepared; frees them. */
void row_bind(struct stmt *);
/* After the rows are stored: buffers as long as needed. False: an error. */
bool row_rebind(struct stmt *);
void row_free(struct stmt *);

#endif
