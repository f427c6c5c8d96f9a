/* db_pending.c: messages that are still to be indexed. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_pending.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "db_lookup.h"
#include "db_stmt.h"
#include "memory.h"

#define PAUSE_FIRST_MS 1000
#define PAUSE_MOST_MS 600000

/*
 * Texts are read in chunks until there are this many bytes of them, because
 * of large ones a whole batch would be a hundred times what it usually is,
 * and the index makes several times that of it. At most 10 MB in all.
 */
#define CHUNK_ENTRIES 128
#define READ_BYTES (2 * 1024 * 1024)

static void
free_entries(struct index_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		item_clear(&entries[i].item);
	free(entries);
}

/* ---- claiming ---- */

/* Locks what is due and nobody else has; entries has room for limit. */
static enum result
lock_entries(struct db *db, size_t limit, struct index_entry *entries,
    size_t *count)
{
	static const struct query query = { .head =
	    "SELECT application_id, chat_number, number, sequence, attempts "
	    "FROM index_pending WHERE not_before <= UTC_TIMESTAMP(3) "
	    "ORDER BY sequence LIMIT ? FOR UPDATE SKIP LOCKED" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_uint(stmt, limit);
	result = stmt_query(stmt);
	if (result != RESULT_OK)
		return result;
	*count = 0;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		entries[(*count)++] = (struct index_entry){
			.item.key = stmt_get_key(stmt),
			.sequence = stmt_get_uint(stmt, 3),
			.attempts = (unsigned)stmt_get_uint(stmt, 4),
		};
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static int
compare_sequence(const void *sequence, const void *entry)
{
	const uint64_t a = *(const uint64_t *)sequence;
	const uint64_t b = ((const struct index_entry *)entry)->sequence;

	return a < b ? -1 : a > b;
}

/* The entry of that number: they are in its order. */
static struct index_entry *
find_entry(struct index_entry *entries, size_t count, uint64_t sequence)
{
	struct index_entry *const found = bsearch(&sequence, entries, count,
	    sizeof(*entries), compare_sequence);

	assert(found != NULL);
	return found;
}

/*
 * Reads the messages of the entries, which is done without locks: a newer
 * version that comes meanwhile has an entry of its own. Those that are not
 * there keep version 0. By way of the entries, because each of them is then
 * looked up by one key; a list of so many keys of messages takes the server
 * longer to understand than to read.
 */
static enum result
read_chunk(struct db *db, struct index_entry *entries, size_t count)
{
	static const struct query query = { .head =
	    "SELECT STRAIGHT_JOIN " MESSAGE_COLUMNS ", sequence "
	    "FROM index_pending JOIN messages "
	    "USING (application_id, chat_number, number) "
	    "WHERE sequence IN (", .row = "?", .between = ", ", .tail = ")" };
	unsigned rows = stmt_rows_padded(count);
	struct stmt *stmt = db_stmt(db, &query, rows);
	enum result result;

	for (size_t i = 0; i < rows; i++)
		stmt_uint(stmt, entries[i < count ? i : count - 1].sequence);
	result = stmt_query(stmt);
	while (result == RESULT_OK && (result = stmt_fetch(stmt)) == RESULT_OK)
		stmt_item(stmt, &find_entry(entries, count,
		    stmt_get_uint(stmt, 9))->item);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static size_t
bytes_of(const struct index_entry *entries, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		if (entries[i].item.text != NULL)
			bytes += strlen(entries[i].item.text);
	return bytes;
}

/* The entries that come after *count then are left for another claim. */
static enum result
read_messages(struct db *db, struct index_entry *entries, size_t *count)
{
	enum result result = RESULT_OK;
	size_t at = 0, bytes = 0;

	while (at < *count && bytes < READ_BYTES && result == RESULT_OK) {
		size_t chunk = *count - at;

		if (chunk > CHUNK_ENTRIES)
			chunk = CHUNK_ENTRIES;
		result = read_chunk(db, entries + at, chunk);
		bytes += bytes_of(entries + at, chunk);
		at += chunk;
	}
	*count = at;
	return result;
}

/* ---- finishing ---- */

static enum result
strike_off(struct db *db, const uint64_t *sequences, size_t count)
{
	static const struct query query = { .head =
	    "DELETE FROM index_pending WHERE sequence IN (",
	    .row = "?", .between = ", ", .tail = ")" };
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = stmt_rows(count);
		struct stmt *stmt = db_stmt(db, &query, rows);

		for (unsigned i = 0; i < rows; i++)
			stmt_uint(stmt, sequences[i]);
		result = stmt_run(stmt);
		sequences += rows;
		count -= rows;
	}
	return result;
}

static uint64_t
pause_ms(unsigned attempts)
{
	uint64_t pause = PAUSE_FIRST_MS;

	for (; attempts > 0 && pause < PAUSE_MOST_MS; attempts--)
		pause *= 2;
	return pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
}

/*
 * An upsert of rows that are there and locked: the one way to set many rows
 * to different values at once. All but the last two values are for show.
 */
static enum result
put_off(struct db *db, const struct index_entry *const *entries, size_t count)
{
	static const struct query query = { .head =
	    "INSERT INTO index_pending (application_id, chat_number, number, "
	    "sequence, since, attempts, not_before) VALUES ",
	    .row = "(?, ?, ?, ?, UTC_TIMESTAMP(3), ?, "
	    "UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND)", .between = ", ",
	    .tail = " ON DUPLICATE KEY UPDATE attempts = VALUES(attempts), "
	    "not_before = VALUES(not_before)" };
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = stmt_rows(count);
		struct stmt *stmt = db_stmt(db, &query, rows);

		for (unsigned i = 0; i < rows; i++) {
			stmt_key(stmt, &entries[i]->item.key);
			stmt_uint(stmt, entries[i]->sequence);
			stmt_uint(stmt, entries[i]->attempts + 1ULL);
			stmt_uint(stmt, pause_ms(entries[i]->attempts) * 1000);
		}
		result = stmt_run(stmt);
		entries += rows;
		count -= rows;
	}
	return result;
}

enum result
db_index_finish(struct db *db, const struct index_entry *entries,
    size_t count, const unsigned char *done)
{
	const struct index_entry **later = xcalloc(count, sizeof(*later));
	uint64_t *struck = xcalloc(count, sizeof(*struck));
	size_t later_count = 0, struck_count = 0;
	enum result result;

	for (size_t i = 0; i < count; i++) {
		if (done[i])
			struck[struck_count++] = entries[i].sequence;
		else
			later[later_count++] = &entries[i];
	}
	result = strike_off(db, struck, struck_count);
	if (result == RESULT_OK)
		result = put_off(db, later, later_count);
	if (result == RESULT_OK)
		result = db_commit(db);
	free(later);
	free(struck);
	return result;
}

/* Strikes off entries whose message is not there; keeps the others. */
static enum result
drop_missing(struct db *db, struct index_entry *entries, size_t *count)
{
	uint64_t *struck = xcalloc(*count, sizeof(*struck));
	size_t struck_count = 0, kept = 0;
	enum result result;

	for (size_t i = 0; i < *count; i++) {
		if (entries[i].item.version == 0)
			struck[struck_count++] = entries[i].sequence;
		else
			entries[kept++] = entries[i];
	}
	*count = kept;
	result = strike_off(db, struck, struck_count);
	free(struck);
	return result;
}

enum result
db_index_claim(struct db *db, size_t limit, struct index_entry **out,
    size_t *count)
{
	struct index_entry *entries;
	enum result result = db_begin(db);

	*out = NULL;
	*count = 0;
	if (result != RESULT_OK)
		return result;
	entries = xcalloc(limit, sizeof(*entries));
	result = lock_entries(db, limit, entries, count);
	if (result == RESULT_OK)
		result = read_messages(db, entries, count);
	if (result == RESULT_OK)
		result = drop_missing(db, entries, count);
	if (result == RESULT_OK && *count == 0)
		result = db_commit(db);
	if (result == RESULT_OK && *count > 0) {
		*out = entries;
		return RESULT_OK;
	}
	free_entries(entries, *count);
	*count = 0;
	if (result != RESULT_OK)
		db_rollback(db);
	return result;
}

enum result
db_index_backlog(struct db *db, uint64_t *entries, int64_t *oldest_ms)
{
	static const struct query query = { .head =
	    "SELECT (SELECT COUNT(*) FROM index_pending), "
	    "(SELECT GREATEST(0, TIMESTAMPDIFF(MICROSECOND, since, "
	    "UTC_TIMESTAMP(3)) DIV 1000) "
	    "FROM index_pending ORDER BY sequence LIMIT 1)" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	if (result != RESULT_OK)
		return result;
	*entries = stmt_get_uint(stmt, 0);
	*oldest_ms = (int64_t)stmt_get_uint(stmt, 1);
	return RESULT_OK;
}
