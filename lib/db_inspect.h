/* db_inspect.h: how the database is set up, for the operator. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_INSPECT_H
#define PARLEY_DB_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "db.h"

/* A variable of the server; one that it does not have is not known. */
#define DB_SETTING_SIZE 128
struct db_setting {
	const char *name;
	bool known;
	char value[DB_SETTING_SIZE];	/* cut if it is longer */
};

/* Fills in those that are named, as new sessions get them. */
MUST_CHECK enum result db_settings(struct db *, struct db_setting *,
    size_t count);

/* The most connections that there were at once since the server began. */
MUST_CHECK enum result db_connections_most(struct db *, uint64_t *most);

/*
 * Our tables that are not of InnoDB, or have texts of another kind than
 * schema.sql says: "chats (MyISAM), messages.body (latin1_swedish_ci)".
 */
MUST_CHECK enum result db_tables_wrong(struct db *, struct buffer *out);

/* What time the server has, in ms as of clock_wall_ms. */
MUST_CHECK enum result db_time(struct db *, int64_t *ms);

#endif
