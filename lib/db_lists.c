/* db_lists.c: reading lists of chats and messages that are stored. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "db_items.h"
#include "db_lookup.h"
#include "db_stmt.h"

/*
 * The last column says whose row it is. Both servers send the parts of such
 * a union as they come, without a table between.
 */
#define WHICH "CAST(? AS UNSIGNED)"
#define WHICH_COLUMN 9
#define CHATS_BETWEEN "(SELECT " CHAT_COLUMNS ", " WHICH \
	" FROM chats WHERE application_id = ? AND number > ? AND number < ? "
#define MESSAGES_BETWEEN "(SELECT " MESSAGE_COLUMNS ", " WHICH \
	" FROM messages WHERE application_id = ? AND chat_number = ? " \
	"AND number > ? AND number < ? "
#define UP "ORDER BY number LIMIT ?)", .between = " UNION ALL "
#define DOWN "ORDER BY number DESC LIMIT ?)", .between = " UNION ALL "

/* Is it about messages (or chats)? Is it descending? */
static const struct query list_query[][2] = {
	[false] = {
		{ .head = "", .row = CHATS_BETWEEN UP },
		{ .head = "", .row = CHATS_BETWEEN DOWN },
	},
	[true] = {
		{ .head = "", .row = MESSAGES_BETWEEN UP },
		{ .head = "", .row = MESSAGES_BETWEEN DOWN },
	},
};

static const struct query *
query_of(const struct wanted_list *list)
{
	return &list_query[list->chat != 0][list->range.descending != 0];
}

static void
add_list(struct stmt *stmt, const struct wanted_list *list, size_t which,
    size_t limit)
{
	const struct range *range = &list->range;

	stmt_uint(stmt, which);
	stmt_uint(stmt, list->application);
	if (list->chat != 0)
		stmt_uint(stmt, list->chat);
	stmt_uint(stmt, range->after);
	stmt_uint(stmt, range->before ? range->before : UINT64_MAX);
	stmt_uint(stmt, limit);
}

/* Those of one query; what a statement has room for beside them is empty. */
static enum result
read_lists(struct db *db, const struct query *query,
    struct wanted_list *const *lists, size_t count)
{
	const unsigned rows = stmt_rows_padded(count);
	struct stmt *stmt = db_stmt(db, query, rows);
	enum result result;
	size_t i;

	for (i = 0; i < rows; i++)
		add_list(stmt, lists[i < count ? i : 0], i,
		    i < count ? lists[i]->range.limit : 0);
	if ((result = stmt_query(stmt)))
		return result;
	while ((result = stmt_fetch(stmt)) == RESULT_OK) {
		i = stmt_get_uint(stmt, WHICH_COLUMN);
		assert(i < count);
		stmt_item(stmt, items_add(lists[i]->items));
	}
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_item_lists(struct db *db, struct wanted_list *const *lists, size_t count)
{
	struct wanted_list *same[LISTS_MOST];
	const struct query *const all = &list_query[0][0];
	const size_t queries = sizeof(list_query) / sizeof(*all);
	enum result result = RESULT_OK;
	size_t some, q, i;

	assert(count <= LISTS_MOST);
	for (q = 0; q < queries && !result; q++) {
		for (some = 0, i = 0; i < count; i++)
			if (query_of(lists[i]) == &all[q])
				same[some++] = lists[i];
		if (some > 0)
			result = read_lists(db, &all[q], same, some);
	}
	return result;
}
