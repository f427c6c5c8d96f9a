/* admin_reconcile.c: parley-admin reconcile: the index against the database. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin.h"
#include "admin_output.h"
#include "db_editions.h"
#include "db_items.h"
#include "db_rebuild.h"
#include "human.h"
#include "memory.h"
#include "progress.h"
#include "search_upkeep.h"

#define PAGE 1000
#define TIMEOUT_MS 300000	/* of the database: counting takes long */

struct work {
	const struct call *call;
	struct db *db;
	struct upkeep *upkeep;
	struct progress progress;
	bool forgot;		/* nothing was removed since the index forgot */
	uint64_t messages, missing, old, waiting;
	uint64_t documents, dangling, ahead, foreign;
	/* Of the page. */
	struct edition page[PAGE], wrong[PAGE];
	uint64_t versions[PAGE];
};

static int
fail_db(const struct work *work)
{
	return admin_fail(EXIT_AGAIN, "reconcile: the database: %s",
	    db_error(work->db));
}

static int
fail_index(const struct work *work)
{
	return admin_fail(EXIT_AGAIN, "reconcile: %s",
	    upkeep_error(work->upkeep));
}

static bool
mends(const struct work *work)
{
	return (work->call->given & GIVEN_DRY_RUN) == 0;
}

/*
 * What was removed from the index is forgotten by it before any of that is
 * entered to be indexed: it would take what it once had for late.
 */
static int
forget(struct work *work)
{
	if (work->forgot)
		return EXIT_OK;
	work->forgot = true;
	return upkeep_forget(work->upkeep) ? fail_index(work) : EXIT_OK;
}

static int
mend(struct work *work, const struct edition *editions, size_t count)
{
	int status = EXIT_OK;

	if (count > 0)
		status = forget(work);
	if (status == EXIT_OK && db_index_append(work->db, editions, count))
		status = fail_db(work);
	return status;
}

/* ---- messages that the index does not have ---- */

/* Keeps of count editions, in place, those that the index lacks. */
static enum result
keep_lacking(struct work *work, struct edition *editions, size_t *count)
{
	size_t kept = 0;
	enum result result = upkeep_versions(work->upkeep, editions, *count,
	    work->versions);

	if (result != RESULT_OK)
		return result;
	for (size_t i = 0; i < *count; i++)
		if (work->versions[i] < editions[i].version) {
			work->versions[kept] = work->versions[i];
			editions[kept++] = editions[i];
		}
	*count = kept;
	return RESULT_OK;
}

static int
compare_keys(const void *a, const void *b)
{
	return key_compare(a, b);
}

/* Keeps, in place, those that nobody is going to index. */
static enum result
keep_not_waiting(struct work *work, struct edition *editions, size_t *count)
{
	struct key *keys;
	size_t waiting, kept = 0;
	enum result result = db_index_waiting(work->db, &editions[0].key,
	    &editions[*count - 1].key, &keys, &waiting);

	if (result != RESULT_OK)
		return result;
	for (size_t i = 0; i < *count; i++)
		if (waiting == 0 || bsearch(&editions[i].key, keys, waiting,
		    sizeof(*keys), compare_keys) == NULL)
			editions[kept++] = editions[i];
	work->waiting += *count - kept;
	*count = kept;
	free(keys);
	return RESULT_OK;
}

/*
 * What the index lacks may only be on its way. It was entered in
 * index_pending when it was stored, so if it stands there no more, the index
 * got it before we looked there: then a second look at the index decides.
 */
static int
check_messages(struct work *work, size_t count)
{
	struct edition *wrong = work->wrong;

	for (size_t i = 0; i < count; i++)
		wrong[i] = work->page[i];
	if (keep_lacking(work, wrong, &count))
		return fail_index(work);
	if (count > 0 && keep_not_waiting(work, wrong, &count))
		return fail_db(work);
	if (count > 0 && keep_lacking(work, wrong, &count))
		return fail_index(work);
	for (size_t i = 0; i < count; i++) {
		work->missing += work->versions[i] == 0;
		work->old += work->versions[i] != 0;
	}
	return mends(work) ? mend(work, wrong, count) : EXIT_OK;
}

static int
compare_messages(struct work *work)
{
	struct key after = {0};
	uint64_t total;
	size_t count;
	int status = EXIT_OK;

	if (db_editions_total(work->db, EDITIONS_OF_MESSAGES, &total))
		return fail_db(work);
	progress_begin(&work->progress, "messages compared", 0, total,
	    admin_is_quiet(work->call));
	while (status == EXIT_OK && !*work->call->stop) {
		if (db_editions_page(work->db, EDITIONS_OF_MESSAGES, &after,
		    PAGE, work->page, &count))
			return fail_db(work);
		if (count == 0)
			break;
		status = check_messages(work, count);
		after = work->page[count - 1].key;
		work->messages += count;
		progress_show(&work->progress, work->messages);
	}
	progress_end(&work->progress, work->messages);
	return status;
}

/* ---- documents that the database does not have ---- */

static int
mend_documents(struct work *work, const struct edition *ahead, size_t count,
    size_t dangling)
{
	if (!mends(work) || dangling + count == 0)
		return EXIT_OK;
	if (upkeep_remove(work->upkeep, work->wrong, dangling + count))
		return fail_index(work);
	work->forgot = false;
	return mend(work, ahead, count);
}

/*
 * A document is removed if its message is not there, or has an older version
 * (after a backup of the database was put back); the latter is indexed again.
 * Rows are read after documents, so they are never behind otherwise.
 */
static int
check_documents(struct work *work, size_t count)
{
	struct key *keys = xcalloc(count, sizeof(*keys));
	struct edition *ahead = xcalloc(count, sizeof(*ahead));
	size_t wrong = 0, ahead_count = 0;
	enum result result;
	int status;

	for (size_t i = 0; i < count; i++)
		keys[i] = work->page[i].key;
	result = db_item_versions(work->db, keys, count, work->versions);
	for (size_t i = 0; i < count && result == RESULT_OK; i++) {
		const struct edition *document = &work->page[i];

		if (document->key.application == 0) {
			work->foreign++;
			continue;
		}
		if (work->versions[i] >= document->version)
			continue;
		work->wrong[wrong++] = *document;
		if (work->versions[i] != 0)
			ahead[ahead_count++] = *document;
	}
	work->ahead += ahead_count;
	work->dangling += wrong - ahead_count;
	status = result == RESULT_OK ? mend_documents(work, ahead,
	    ahead_count, wrong - ahead_count) : fail_db(work);
	free(keys);
	free(ahead);
	return status;
}

static int
compare_documents(struct work *work)
{
	uint64_t total = 0;
	size_t count = 0;
	int status = EXIT_OK;

	while (status == EXIT_OK && !*work->call->stop) {
		if (upkeep_walk(work->upkeep, work->page, PAGE, &count,
		    &total))
			return fail_index(work);
		if (work->documents == 0)
			progress_begin(&work->progress, "documents compared",
			    0, total, admin_is_quiet(work->call));
		if (count == 0)
			break;
		status = check_documents(work, count);
		work->documents += count;
		progress_show(&work->progress, work->documents);
	}
	progress_end(&work->progress, work->documents);
	return status;
}

/* ---- all of it ---- */

static void
say_json(const struct work *work, bool wrong)
{
	output_json(json_pack("{s:b,s:b,s:{s:I,s:I,s:I,s:I},"
	    "s:{s:I,s:I,s:I,s:I}}",
	    "well", !wrong, "mended", wrong && mends(work), "messages",
	    "compared", (json_int_t)work->messages,
	    "missing", (json_int_t)work->missing,
	    "old", (json_int_t)work->old,
	    "waiting", (json_int_t)work->waiting, "documents",
	    "compared", (json_int_t)work->documents,
	    "without_message", (json_int_t)work->dangling,
	    "newer", (json_int_t)work->ahead,
	    "foreign", (json_int_t)work->foreign));
}

/* "      1,200 missing in the index" */
static void
say_count(uint64_t count, const char *what)
{
	char number[HUMAN_SIZE];

	human_number(count, number);
	printf("%13s %s\n", number, what);
}

static void
say(const struct work *work, bool wrong)
{
	say_count(work->messages, "messages in the database, of which");
	say_count(work->missing, "are missing in the index");
	say_count(work->old, "are old in it");
	say_count(work->waiting, "wait to be indexed, which is well");
	say_count(work->documents, "documents in the index, of which");
	say_count(work->dangling, "have no message");
	say_count(work->ahead, "are newer than their message");
	say_count(work->foreign, "are not of this system");
	if (!wrong)
		printf("nothing was wrong\n");
	else if (mends(work))
		printf("mended: what is missing or old is entered to be "
		    "indexed, the others are removed\n");
	else
		printf("nothing was changed\n");
}

static int
conclude(const struct work *work)
{
	bool wrong = work->missing + work->old + work->dangling + work->ahead;

	if (admin_wants_json(work->call))
		say_json(work, wrong);
	else if (!admin_is_quiet(work->call))
		say(work, wrong);
	return wrong && !mends(work) ? EXIT_NO : EXIT_OK;
}

static int
run(struct work *work)
{
	int status = compare_messages(work);

	if (status == EXIT_OK && !*work->call->stop)
		status = compare_documents(work);
	if (status != EXIT_OK)
		return status;
	if (*work->call->stop)
		return admin_fail(EXIT_AGAIN, "reconcile: interrupted");
	return conclude(work);
}

int
admin_reconcile(const struct call *call)
{
	struct work *work = xcalloc(1, sizeof(*work));
	enum result result;
	int status;

	work->call = call;
	work->db = db_new(call->config);
	work->upkeep = upkeep_new(call->config, work->db);
	db_set_timeout(work->db, TIMEOUT_MS);
	result = db_rebuild_lock(work->db);
	if (result == RESULT_OK) {
		status = run(work);
		db_rebuild_unlock(work->db);
	} else if (result == RESULT_CONFLICT) {
		status = admin_fail(EXIT_AGAIN,
		    "reconcile: another " PROGRAM " is at the index");
	} else {
		status = fail_db(work);
	}
	upkeep_free(work->upkeep);
	db_free(work->db);
	free(work);
	return status;
}
