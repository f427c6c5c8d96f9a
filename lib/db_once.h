/* db_once.h: writes that are to happen once, whoever sends them again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_ONCE_H
#define PARLEY_DB_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "ident.h"

/* A write with an Idempotency-Key, and what its answer is made of. */
struct once_row {
	uint32_t application;		/* 0: an application's creation */
	char key[IDENT_SIZE];		/* made of scope and key */
	char print[IDENT_SIZE];		/* made of the payload */
	char event[IDENT_SIZE];		/* which write it was */
	char token[IDENT_SIZE];		/* of a new application; else "" */
	uint64_t chat, message;		/* where it was written */
	uint64_t count;			/* chats_count or messages_count */
	int64_t created_at, updated_at;
};

/*
 * The row of a key, if its write is younger than the hours that it is kept;
 * else RESULT_NOT_FOUND.
 */
MUST_CHECK enum result db_once_find(struct db *, uint32_t application,
    const char *key, int64_t now, int hours, struct once_row *out);

/*
 * Inside a transaction: stores count rows. clash[i]: the key has been another
 * event's, which was not as many hours ago yet. Then the transaction must be
 * rolled back. A row of the same event may be there already.
 */
MUST_CHECK enum result db_once_store(struct db *, const struct once_row *,
    size_t count, int hours, bool *clash);

/* Deletes at most limit rows that are too old, and says how many. */
MUST_CHECK enum result db_once_expire(struct db *, int64_t now, int hours,
    unsigned limit, unsigned *deleted);

#endif
