/* db_lives.c: epochs (lives of Redis) and leases of numbers in MySQL. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_lives.h"

#include "db_stmt.h"

/*
 * What is written here without an answer counts as not done: a lease or an
 * epoch that nobody knows of is a gap in the numbers, and no more.
 */
static enum result
run(struct stmt *stmt)
{
	enum result result = stmt_run(stmt);

	if (result == RESULT_OK && stmt_affected(stmt) == 0)
		return RESULT_CONFLICT;
	return result == RESULT_UNKNOWN ? RESULT_UNAVAILABLE : result;
}

/* ---- epochs ---- */

enum result
db_epoch_newest(struct db *db, uint32_t *epoch)
{
	static const struct query query = { .head =
	    "SELECT MAX(epoch) FROM epochs" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	if (result == RESULT_OK)
		*epoch = (uint32_t)stmt_get_uint(stmt, 0);
	return result;
}

enum result
db_epoch_raise(struct db *db, uint32_t from, const char *life, int64_t now)
{
	/* Two that see the same newest epoch clash in the primary key. */
	static const struct query query = { .head =
	    "INSERT INTO epochs (epoch, life, started_at) "
	    "SELECT ?, ?, ? FROM (SELECT COALESCE(MAX(epoch), 0) AS epoch "
	    "FROM epochs) AS newest WHERE newest.epoch = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, (uint64_t)from + 1);
	stmt_string(stmt, life);
	stmt_time(stmt, now);
	stmt_uint(stmt, from);
	return run(stmt);
}

enum result
db_epoch_passed(struct db *db, uint32_t epoch, bool *passed)
{
	static const struct query query = { .head =
	    "SELECT epoch FROM epochs "
	    "WHERE epoch >= ? AND passed_at IS NOT NULL LIMIT 1" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_uint(stmt, epoch);
	result = stmt_query_row(stmt);
	*passed = result == RESULT_OK;
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_epoch_pass(struct db *db, uint32_t epoch, int64_t now)
{
	/* Markers that were lost on the way are passed with it. */
	static const struct query query = { .head =
	    "UPDATE epochs SET passed_at = ? "
	    "WHERE epoch <= ? AND passed_at IS NULL" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_time(stmt, now);
	stmt_uint(stmt, epoch);
	return stmt_run(stmt);
}

/* ---- leases ---- */

/* What is recorded of a counter; upto is right without a row, too. */
struct record {
	bool exists, busy;
	uint64_t upto;
	uint64_t size;
	uint32_t epoch;
};

static enum result
read_record(struct db *db, const struct lease_request *request,
    struct record *out)
{
	static const struct query query = { .head =
	    "SELECT upto, size, epoch, taken_at >= "
	    "UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND FROM leases "
	    "WHERE application_id = ? AND chat_number = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_uint(stmt, LEASE_BUSY_MS * 1000ULL);
	stmt_uint(stmt, request->application);
	stmt_uint(stmt, request->chat);
	result = stmt_query_row(stmt);
	*out = (struct record){ .upto = request->chat ? LEASE_FIRST : 0 };
	if (result == RESULT_OK)
		*out = (struct record){
			.exists = true,
			.upto = stmt_get_uint(stmt, 0),
			.size = stmt_get_uint(stmt, 1),
			.epoch = (uint32_t)stmt_get_uint(stmt, 2),
			.busy = stmt_get_uint(stmt, 3) != 0,
		};
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* What a life had left of its lease is a gap: so a new one begins small. */
static uint64_t
next_size(const struct record *record, uint32_t epoch)
{
	uint64_t size = record->busy && record->epoch == epoch ?
	    record->size * 2 : LEASE_FIRST;

	return size < LEASE_MOST ? size : LEASE_MOST;
}

static enum result
insert_record(struct db *db, const struct lease_request *request,
    const struct lease *lease)
{
	static const struct query query = { .head =
	    "INSERT INTO leases (application_id, chat_number, upto, size, "
	    "epoch, taken_at) VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3))" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, request->application);
	stmt_uint(stmt, request->chat);
	stmt_uint(stmt, lease->to);
	stmt_uint(stmt, lease->to - lease->from);
	stmt_uint(stmt, request->epoch);
	return run(stmt);
}

static enum result
update_record(struct db *db, const struct lease_request *request,
    const struct record *record, const struct lease *lease)
{
	static const struct query query = { .head =
	    "UPDATE leases SET upto = ?, size = ?, epoch = ?, "
	    "taken_at = UTC_TIMESTAMP(3) "
	    "WHERE application_id = ? AND chat_number = ? "
	    "AND upto = ? AND epoch = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, lease->to);
	stmt_uint(stmt, lease->to - lease->from);
	stmt_uint(stmt, request->epoch);
	stmt_uint(stmt, request->application);
	stmt_uint(stmt, request->chat);
	stmt_uint(stmt, record->upto);
	stmt_uint(stmt, record->epoch);
	return run(stmt);
}

enum result
db_lease_take(struct db *db, const struct lease_request *request,
    struct lease *out)
{
	struct record record;
	enum result result = read_record(db, request, &record);

	if (result != RESULT_OK)
		return result;
	/* Ours is an old life, or what is recorded is on its way to Redis. */
	if (record.epoch > request->epoch)
		return RESULT_CONFLICT;
	if (record.exists && record.epoch == request->epoch &&
	    record.upto != request->seen && !request->insist)
		return RESULT_CONFLICT;
	out->from = record.upto;
	/* Never behind Redis, even if MySQL was restored from a backup. */
	if (request->seen != LEASE_NONE && request->seen > out->from)
		out->from = request->seen;
	out->to = out->from + next_size(&record, request->epoch);
	return record.exists ? update_record(db, request, &record, out) :
	    insert_record(db, request, out);
}
