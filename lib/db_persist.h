/* db_persist.h: storing a batch of chats and messages, in a transaction. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_PERSIST_H
#define PARLEY_DB_PERSIST_H

#include "db.h"
#include "item.h"

/* What became of one item of a batch. */
enum stored {
	STORED_NEW,		/* inserted */
	STORED_CHANGED,		/* a row of a lower version was replaced */
	STORED_ALREADY,		/* row is of this version or a higher one */
	STORED_CLASH,		/* another event created the row: untouched */
};

/*
 * Inside a transaction: stores count items, at most one for a key, sorted by
 * key_compare, all chats or all messages; says in stored[i] what became of
 * each; writes what follows from it in the same transaction: index_pending
 * for each new or changed message, count_pending for the chat of each new
 * message and the application (chat 0) of each new chat. created_at and
 * origin of an existing row stay. Never overwrites a higher version or a row
 * of another origin. RESULT_CONFLICT: roll back and try again;
 * RESULT_REFUSED: the server refuses some item's content: bisect.
 */
MUST_CHECK enum result db_items_store(struct db *, const struct item *,
    size_t count, enum stored *stored);

#endif
