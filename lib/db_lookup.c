/* db_lookup.c: reading the rows of many keys, for the db_*.c files. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_lookup.h"

#include <assert.h>

void
stmt_key(struct stmt *stmt, const struct key *key)
{
	stmt_uint(stmt, key->application);
	stmt_uint(stmt, key->chat);
	if (key->message != 0)
		stmt_uint(stmt, key->message);
}

struct key
stmt_get_key(const struct stmt *stmt)
{
	return (struct key){
		.application = (uint32_t)stmt_get_uint(stmt, 0),
		.chat = stmt_get_uint(stmt, 1),
		.message = stmt_get_uint(stmt, 2),
	};
}

void
stmt_item(const struct stmt *stmt, struct item *item)
{
	const char *origin;
	size_t len;

	*item = (struct item){
		.key = stmt_get_key(stmt),
		.version = stmt_get_uint(stmt, 3),
		.text = stmt_take_string(stmt, 5),
		.created_at = stmt_get_time(stmt, 6),
		.updated_at = stmt_get_time(stmt, 7),
		.messages_count = stmt_get_uint(stmt, 8),
	};
	origin = stmt_get_bytes(stmt, 4, &len);
	assert(len == IDENT_BYTES);
	ident_from_bytes((const unsigned char *)origin, item->origin);
}

/* Asks for the next keys; the last one again and again if they are few. */
static enum result
ask(struct lookup *lookup)
{
	size_t left = lookup->count - lookup->asked;
	unsigned rows = stmt_rows_padded(left);

	lookup->stmt = db_stmt(lookup->db, lookup->query, rows);
	lookup->first = lookup->asked;
	for (unsigned i = 0; i < rows; i++) {
		stmt_key(lookup->stmt, lookup->keys[lookup->asked]);
		if (lookup->asked < lookup->count - 1 && i < rows - 1)
			lookup->asked++;
	}
	lookup->asked++;
	return stmt_query(lookup->stmt);
}

/* The first key of this statement that is not below the given one. */
static size_t
find(const struct lookup *lookup, const struct key *key)
{
	size_t low = lookup->first, high = lookup->asked, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (key_compare(lookup->keys[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether the row on which we are is also that of the next key. */
static bool
repeats(const struct lookup *lookup)
{
	return lookup->on_row && lookup->at + 1 < lookup->asked &&
	    key_compare(lookup->keys[lookup->at],
	    lookup->keys[lookup->at + 1]) == 0;
}

/* The next row of any statement; RESULT_NOT_FOUND: no row, no more keys. */
static enum result
next_row(struct lookup *lookup)
{
	enum result result = RESULT_OK;

	do {
		if (lookup->stmt == NULL && lookup->asked == lookup->count)
			return RESULT_NOT_FOUND;
		if (lookup->stmt == NULL)
			result = ask(lookup);
		if (result == RESULT_OK)
			result = stmt_fetch(lookup->stmt);
		if (result == RESULT_NOT_FOUND)
			lookup->stmt = NULL;
	} while (result == RESULT_NOT_FOUND);
	return result;
}

enum result
lookup_next(struct lookup *lookup, size_t *which)
{
	enum result result;
	struct key key;

	if (repeats(lookup)) {
		*which = ++lookup->at;
		return RESULT_OK;
	}
	result = next_row(lookup);
	lookup->on_row = result == RESULT_OK;
	if (result != RESULT_OK)
		return result;
	/*
	 * Looked for, not walked to: MariaDB 10.11 was seen to sort the rows
	 * of a statement, run again with other keys, by number before chat.
	 */
	key = stmt_get_key(lookup->stmt);
	lookup->at = find(lookup, &key);
	assert(lookup->at < lookup->asked &&
	    key_compare(lookup->keys[lookup->at], &key) == 0);
	*which = lookup->at;
	return RESULT_OK;
}
