/* db_lookup.h: reading the rows of many keys, for the db_*.c files. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_LOOKUP_H
#define PARLEY_DB_LOOKUP_H

#include <stddef.h>

#include "db_stmt.h"
#include "item.h"

/* Binds a key: application and number of a chat, or those of a message. */
void stmt_key(struct stmt *, const struct key *);

/*
 * The columns that queries of chats and messages have in common; stmt_item
 * reads them into a new item, stmt_get_key the first three.
 */
#define CHAT_KEY "application_id, number, 0"
#define MESSAGE_KEY "application_id, chat_number, number"
#define CHAT_COLUMNS CHAT_KEY ", version, origin, name, " \
	"created_at, updated_at, messages_count"
#define MESSAGE_COLUMNS MESSAGE_KEY ", version, origin, body, " \
	"created_at, updated_at, 0"
struct key stmt_get_key(const struct stmt *);
void stmt_item(const struct stmt *, struct item *);

/*
 * The rows of any number of keys, all chats or all messages, in any order.
 * query has CHAT_KEY or MESSAGE_KEY as its first columns, and asks for its keys
 * in one of two ways, in both of which both servers see only ranges of the
 * primary key: for few keys CHAT_EACH or MESSAGE_EACH as its row, which is
 * cheaper for one; for many CHAT_AMONG or MESSAGE_AMONG behind WHERE, the row
 * of that name, and AMONG_END: of 256 keys MariaDB understands that in a third
 * of the time.
 */
#define CHAT_EACH .row = "(application_id = ? AND number = ?)", \
	.between = " OR "
#define MESSAGE_EACH .row = \
	"(application_id = ? AND chat_number = ? AND number = ?)", \
	.between = " OR "
#define CHAT_AMONG "(application_id, number) IN ("
#define CHAT_AMONG_ROW .row = "(?, ?)", .between = ", "
#define MESSAGE_AMONG "(application_id, chat_number, number) IN ("
#define MESSAGE_AMONG_ROW .row = "(?, ?, ?)", .between = ", "
#define AMONG_END ")"
#define CHAT_ORDER " ORDER BY application_id, number"
#define MESSAGE_ORDER " ORDER BY application_id, chat_number, number"

struct lookup {
	struct db *db;
	const struct query *query;
	const struct key *const *keys;	/* sorted; may repeat */
	size_t count;
	/* Zero at first; stmt holds the row then. */
	struct stmt *stmt;
	size_t first;		/* of the keys of this statement */
	size_t asked;		/* keys of this statement and those before */
	size_t at;		/* the key of the row */
	bool on_row;
};

/* Next row: which[0] is the index of its key. RESULT_NOT_FOUND: no more. */
MUST_CHECK enum result lookup_next(struct lookup *, size_t *which);

#endif
