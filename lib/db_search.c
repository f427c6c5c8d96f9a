/* db_search.c: the texts that are searched when MySQL itself searches. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_search.h"

#include <string.h>

#include "db_lookup.h"
#include "db_stmt.h"

/* Bytes of text in one statement: the least packet limit is 4 MiB. */
#define CHUNK_BYTES (1024 * 1024)

/* ---- storing ---- */

/* version is last: each assignment sees those before it. */
static const struct query store_query = {
	.head = "INSERT INTO search_texts (application_id, chat_number, "
	    "number, version, folded, words) VALUES ",
	.row = "(?, ?, ?, ?, ?, ?)",
	.between = ", ",
	.tail = " ON DUPLICATE KEY UPDATE "
	    "folded = IF(version < VALUES(version), VALUES(folded), folded), "
	    "words = IF(version < VALUES(version), VALUES(words), words), "
	    "version = IF(version < VALUES(version), VALUES(version), "
	    "version)",
};

/* How many of the texts fit into the next statement. */
static unsigned
chunk_rows(const struct search_text *texts, size_t count)
{
	unsigned rows = stmt_rows(count);
	size_t bytes = 0;

	for (unsigned i = 0; i < rows; i++) {
		bytes += strlen(texts[i].folded) + strlen(texts[i].words);
		if (bytes > CHUNK_BYTES && i > 0)
			return stmt_rows(i);
	}
	return rows;
}

enum result
db_search_store(struct db *db, const struct search_text *texts, size_t count)
{
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = chunk_rows(texts, count);
		struct stmt *stmt = db_stmt(db, &store_query, rows);

		for (unsigned i = 0; i < rows; i++) {
			const struct search_text *text = &texts[i];

			stmt_key(stmt, text->key);
			stmt_uint(stmt, text->version);
			stmt_bytes(stmt, text->folded, strlen(text->folded));
			stmt_bytes(stmt, text->words, strlen(text->words));
		}
		result = stmt_run(stmt);
		texts += rows;
		count -= rows;
	}
	return result;
}

/* ---- finding ---- */

/*
 * The rule of text_match, in SQL; three of the pairs are looked for first,
 * because a regular expression costs ten times as much. Bytes are compared
 * with bytes: a whole character in UTF-8 is never found inside of another.
 * MySQL 8 refuses expressions on bytes, hence the conversion. Rows come along
 * the primary key, so the server stops reading once there are enough.
 */
static const struct query scan_query = {
	.head = "SELECT number, LEAST(3",
	.row = ", IF(LOCATE(?, folded), IF(LOCATE(?, words), 3, 2), "
	    "IF(LOCATE(?, folded) AND LOCATE(?, folded) AND "
	    "LOCATE(?, folded) AND CONVERT(folded USING utf8mb4) "
	    "COLLATE utf8mb4_bin REGEXP ?, 1, 0))",
	.between = "",
	.tail = ") AS match_rank FROM search_texts "
	    "WHERE application_id = ? AND chat_number = ? AND number < ? "
	    "HAVING match_rank BETWEEN ? AND ? "
	    "ORDER BY number DESC LIMIT ?",
};

enum result
db_search_scan(struct db *db, const struct search_scan *scan,
    struct search_found *out, size_t *count)
{
	struct stmt *stmt = db_stmt(db, &scan_query,
	    (unsigned)scan->terms_count);
	enum result result;

	for (size_t i = 0; i < scan->terms_count; i++) {
		stmt_bytes(stmt, scan->terms[i], strlen(scan->terms[i]));
		stmt_bytes(stmt, scan->words[i], strlen(scan->words[i]));
		for (int pair = 0; pair < SEARCH_PAIRS; pair++)
			stmt_string(stmt, scan->alike[i].pair[pair]);
		stmt_string(stmt, scan->alike[i].expression);
	}
	stmt_uint(stmt, scan->chat.application);
	stmt_uint(stmt, scan->chat.chat);
	stmt_uint(stmt, scan->before);
	stmt_uint(stmt, scan->rank_least);
	stmt_uint(stmt, scan->rank_most);
	stmt_uint(stmt, scan->limit);
	result = stmt_query(stmt);
	if (result != RESULT_OK)
		return result;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		out[(*count)++] = (struct search_found){
			.number = stmt_get_uint(stmt, 0),
			.rank = (unsigned)stmt_get_uint(stmt, 1),
		};
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_search_messages(struct db *db, const struct key *const *keys, size_t count,
    struct item *out)
{
	static const struct query query = { .head =
	    "SELECT " MESSAGE_COLUMNS " FROM messages WHERE " MESSAGE_AMONG,
	    MESSAGE_AMONG_ROW, .tail = AMONG_END MESSAGE_ORDER };
	struct lookup lookup = { .db = db, .query = &query, .keys = keys,
		.count = count };
	enum result result;
	size_t i;

	while ((result = lookup_next(&lookup, &i)) == RESULT_OK)
		stmt_item(lookup.stmt, &out[i]);
	if (result == RESULT_NOT_FOUND)
		return RESULT_OK;
	for (i = 0; i < count; i++)
		item_clear(&out[i]);
	return result;
}

enum result
db_search_check(struct db *db)
{
	static const struct query query = { .head =
	    "SELECT number FROM search_texts LIMIT 1" };

	return stmt_query(db_stmt(db, &query, 0));
}
