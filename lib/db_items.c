/* db_items.c: reading chats and messages that are stored. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_items.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "db_lookup.h"
#include "db_stmt.h"
#include "memory.h"

/* All tables here are indexed by: is it about messages (or chats)? */

/* ---- by primary key ---- */

static const struct query get_query[] = {
	[false] = { .head = "SELECT " CHAT_COLUMNS " FROM chats WHERE ",
	    CHAT_EACH },
	[true] = { .head = "SELECT " MESSAGE_COLUMNS " FROM messages WHERE ",
	    MESSAGE_EACH },
};

/* Chats first. */
static int
compare_wanted(const void *a, const void *b)
{
	const struct key *const left = &(*(struct wanted *const *)a)->key;
	const struct key *const right = &(*(struct wanted *const *)b)->key;
	const int kind = (left->message != 0) - (right->message != 0);

	return kind != 0 ? kind : key_compare(left, right);
}

/* All chats or all messages, sorted. */
static enum result
get_kind(struct db *db, struct wanted *const *wanted, size_t count)
{
	const struct key *keys[ITEMS_MOST];
	struct lookup lookup = { .db = db, .keys = keys, .count = count };
	enum result result;
	size_t i;

	if (count == 0)
		return RESULT_OK;
	lookup.query = &get_query[wanted[0]->key.message != 0];
	for (i = 0; i < count; i++)
		keys[i] = &wanted[i]->key;
	while ((result = lookup_next(&lookup, &i)) == RESULT_OK) {
		stmt_item(lookup.stmt, &wanted[i]->item);
		wanted[i]->found = true;
	}
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_items_get(struct db *db, struct wanted **wanted, size_t count)
{
	enum result result;
	size_t chats = 0, i;

	assert(count <= ITEMS_MOST);
	if (count > 1)
		qsort(wanted, count, sizeof *wanted, compare_wanted);
	for (i = 0; i < count; i++) {
		wanted[i]->found = false;
		chats += wanted[i]->key.message == 0;
	}
	result = get_kind(db, wanted, chats);
	if (result == RESULT_OK)
		result = get_kind(db, wanted + chats, count - chats);
	for (i = 0; i < count && result != RESULT_OK; i++) {
		if (wanted[i]->found)
			item_clear(&wanted[i]->item);
		wanted[i]->found = false;
	}
	return result;
}

enum result
db_item_get(struct db *db, const struct key *key, struct item *out)
{
	struct wanted wanted = { .key = *key }, *only = &wanted;
	const enum result result = db_items_get(db, &only, 1);

	if (result != RESULT_OK)
		return result;
	if (!wanted.found)
		return RESULT_NOT_FOUND;
	*out = wanted.item;
	return RESULT_OK;
}

/* ---- versions ---- */

static const struct query versions_query[] = {
	[false] = { .head = "SELECT " CHAT_KEY ", version FROM chats "
	    "WHERE " CHAT_AMONG, CHAT_AMONG_ROW,
	    .tail = AMONG_END CHAT_ORDER },
	[true] = { .head = "SELECT " MESSAGE_KEY ", version FROM messages "
	    "WHERE " MESSAGE_AMONG, MESSAGE_AMONG_ROW,
	    .tail = AMONG_END MESSAGE_ORDER },
};

static int
compare_pointers(const void *a, const void *b)
{
	return key_compare(*(const struct key *const *)a,
	    *(const struct key *const *)b);
}

/* wanted: sorted pointers into keys, all chats or all messages. */
static enum result
read_versions(struct lookup *lookup, const struct key *keys,
    uint64_t *versions)
{
	enum result result;
	size_t i;

	while ((result = lookup_next(lookup, &i)) == RESULT_OK)
		versions[lookup->keys[i] - keys] =
		    stmt_get_uint(lookup->stmt, 3);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_item_versions(struct db *db, const struct key *keys, size_t count,
    uint64_t *versions)
{
	const struct key **wanted = xcalloc(count, sizeof(*wanted));
	enum result result = RESULT_OK;

	for (size_t i = 0; i < count; i++)
		versions[i] = 0;
	for (int messages = 0; messages < 2 && result == RESULT_OK;
	    messages++) {
		struct lookup lookup = { .db = db, .keys = wanted,
			.query = &versions_query[messages] };

		for (size_t i = 0; i < count; i++)
			if ((keys[i].message != 0) == messages)
				wanted[lookup.count++] = &keys[i];
		qsort(wanted, lookup.count, sizeof(*wanted), compare_pointers);
		result = read_versions(&lookup, keys, versions);
	}
	free(wanted);
	return result;
}
