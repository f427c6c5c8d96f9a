/* admin_reindex.c: parley-admin reindex: the search index built anew. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin.h"
#include "admin_output.h"
#include "db_editions.h"
#include "db_rebuild.h"
#include "human.h"
#include "memory.h"
#include "progress.h"
#include "search_upkeep.h"
#include "thread.h"

#define TIMEOUT_MS 300000	/* of the database: counting takes long */
#define TRIES 12		/* with the index away: half a minute */
#define PAUSE_FIRST_MS 100	/* between two tries; doubles */
#define PAUSE_MOST_MS 5000
#define GRACE_MS 2000		/* for searches that began in the old index */

struct work {
	const struct call *call;
	struct db *db;
	struct upkeep *upkeep;
	struct rebuild rebuild;
	struct progress progress;
	bool swapped;
};

static int
fail_db(const struct work *work)
{
	return admin_fail(EXIT_AGAIN, "reindex: the database: %s",
	    db_error(work->db));
}

static int
fail_index(const struct work *work)
{
	return admin_fail(EXIT_AGAIN, "reindex: %s",
	    upkeep_error(work->upkeep));
}

/* What happens to the index that is being built. */
static void
say_step(const struct work *work, const char *before, const char *after)
{
	if (!admin_is_quiet(work->call))
		fprintf(stderr, "%s%s%s\n", before, work->rebuild.target,
		    after);
}

/* ---- beginning, or going on ---- */

/*
 * The index first, then the row: from the moment in which the indexer sees
 * the row it writes to both, and everything that it does not write to the
 * new one was stored before that moment, so copying will meet it.
 */
static int
begin(struct work *work)
{
	if (upkeep_rebuild_begin(work->upkeep, &work->rebuild))
		return fail_index(work);
	if (db_rebuild_begin(work->db, &work->rebuild))
		return fail_db(work);
	say_step(work, "building ", "");
	return EXIT_OK;
}

static int
begin_or_go_on(struct work *work)
{
	enum result result = db_rebuild_get(work->db, &work->rebuild);

	if (result == RESULT_NOT_FOUND)
		return begin(work);
	if (result != RESULT_OK)
		return fail_db(work);
	result = upkeep_rebuild_look(work->upkeep, &work->rebuild,
	    &work->swapped);
	if (result == RESULT_OK) {
		say_step(work, "going on with ", "");
		return EXIT_OK;
	}
	if (result != RESULT_NOT_FOUND)
		return fail_index(work);
	say_step(work, "", ", which was begun, is not there: beginning anew");
	if (db_rebuild_end(work->db))
		return fail_db(work);
	return begin(work);
}

/* ---- copying ---- */

/* Whether all of a page is in, or never will be. */
static bool
is_settled(struct work *work, const enum indexed *outcome, size_t count)
{
	uint64_t refused = 0;

	for (size_t i = 0; i < count; i++) {
		if (outcome[i] == INDEX_LATER)
			return false;
		refused += outcome[i] == INDEX_REFUSED;
	}
	work->rebuild.refused += refused;
	return true;
}

/* The index may be busy, or away for a moment; what is in stays in. */
static int
index_items(struct work *work, const struct item *const *items, size_t count)
{
	enum indexed *outcome = xcalloc(count, sizeof(*outcome));
	enum result result = RESULT_UNAVAILABLE;
	long pause = PAUSE_FIRST_MS;
	bool settled = false;

	for (int tries = 0; tries < TRIES && !settled &&
	    result != RESULT_NOT_FOUND && !*work->call->stop; tries++) {
		if (tries > 0)
			thread_pause(pause);
		pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
		result = upkeep_rebuild_index(work->upkeep, items, count,
		    outcome);
		settled = result == RESULT_OK &&
		    is_settled(work, outcome, count);
	}
	free(outcome);
	if (settled || *work->call->stop)
		return EXIT_OK;
	return result == RESULT_OK ? admin_fail(EXIT_AGAIN,
	    "reindex: the new index takes no more") : fail_index(work);
}

/* Copies a page and notes it; *more: there was one. */
static int
copy_page(struct work *work, struct items *page, bool *more)
{
	const struct item **items;
	int status;

	if (db_messages_page(work->db, &work->rebuild.copied_to,
	    (size_t)work->call->config->index_batch, page))
		return fail_db(work);
	*more = page->count > 0;
	if (!*more)
		return EXIT_OK;
	items = xcalloc(page->count, sizeof(*items));
	for (size_t i = 0; i < page->count; i++)
		items[i] = &page->item[i];
	status = index_items(work, items, page->count);
	free(items);
	/* Interrupted: maybe not all of it is in, so it is not noted. */
	if (status != EXIT_OK || *work->call->stop)
		return status;
	work->rebuild.copied += page->count;
	work->rebuild.copied_to = page->item[page->count - 1].key;
	return db_rebuild_note(work->db, &work->rebuild) ? fail_db(work) :
	    EXIT_OK;
}

static int
copy(struct work *work)
{
	uint64_t total;
	bool more = true;
	int status = EXIT_OK;

	if (db_editions_total(work->db, EDITIONS_OF_MESSAGES, &total))
		return fail_db(work);
	progress_begin(&work->progress, "messages copied",
	    work->rebuild.copied, total, admin_is_quiet(work->call));
	while (more && status == EXIT_OK && !*work->call->stop) {
		struct items page = {0};

		status = copy_page(work, &page, &more);
		items_clear(&page);
		progress_show(&work->progress, work->rebuild.copied);
	}
	progress_end(&work->progress, work->rebuild.copied);
	if (status == EXIT_OK && *work->call->stop)
		return admin_fail(EXIT_AGAIN, "reindex: interrupted; "
		    "run it again to go on, or with --cancel to give it up");
	return status;
}

/* ---- the end ---- */

static void
say_json(const struct rebuild *rebuild, bool kept)
{
	bool was = rebuild->retired[0] != '\0';

	output_json(json_pack("{s:s,s:I,s:I,s:s?,s:b}",
	    "index", rebuild->target,
	    "copied", (json_int_t)rebuild->copied,
	    "refused", (json_int_t)rebuild->refused,
	    "old_index", was ? rebuild->retired : NULL,
	    "old_index_kept", was && kept));
}

static void
say(const struct rebuild *rebuild, bool kept)
{
	char copied[HUMAN_SIZE], refused[HUMAN_SIZE];

	human_number(rebuild->copied, copied);
	human_number(rebuild->refused, refused);
	printf("%s is searched now: %s messages copied, %s refused\n",
	    rebuild->target, copied, refused);
	if (rebuild->retired[0] != '\0')
		printf("%s was %s\n", rebuild->retired,
		    kept ? "kept" : "removed");
}

/* The row goes last: until then it is known what there is to remove. */
static int
finish(struct work *work)
{
	const struct rebuild *rebuild = &work->rebuild;
	bool keep = (work->call->given & GIVEN_KEEP) != 0;

	if (!work->swapped && upkeep_rebuild_swap(work->upkeep, rebuild))
		return fail_index(work);
	if (!keep && rebuild->retired[0] != '\0') {
		thread_pause(GRACE_MS);
		if (upkeep_rebuild_remove(work->upkeep, rebuild->retired))
			return fail_index(work);
	}
	if (db_rebuild_end(work->db))
		return fail_db(work);
	if (admin_wants_json(work->call))
		say_json(rebuild, keep);
	else if (!admin_is_quiet(work->call))
		say(rebuild, keep);
	return rebuild->refused == 0 ? EXIT_OK : EXIT_NO;
}

static int
cancel(struct work *work)
{
	enum result result = db_rebuild_get(work->db, &work->rebuild);

	if (result == RESULT_NOT_FOUND)
		return admin_fail(EXIT_NO, "reindex: none was begun");
	if (result != RESULT_OK)
		return fail_db(work);
	result = upkeep_rebuild_look(work->upkeep, &work->rebuild,
	    &work->swapped);
	if (result == RESULT_OK && work->swapped)
		return admin_fail(EXIT_NO, "reindex: %s is searched already; "
		    "run it without --cancel to end it",
		    work->rebuild.target);
	if (result != RESULT_OK && result != RESULT_NOT_FOUND)
		return fail_index(work);
	if (upkeep_rebuild_remove(work->upkeep, work->rebuild.target))
		return fail_index(work);
	if (db_rebuild_end(work->db))
		return fail_db(work);
	if (admin_wants_json(work->call))
		output_json(json_pack("{s:s}", "given_up",
		    work->rebuild.target));
	else if (!admin_is_quiet(work->call))
		printf("%s was given up\n", work->rebuild.target);
	return EXIT_OK;
}

static int
run(struct work *work)
{
	int status;

	if (work->call->given & GIVEN_CANCEL)
		return cancel(work);
	status = begin_or_go_on(work);
	if (status == EXIT_OK && !work->swapped)
		status = copy(work);
	return status == EXIT_OK ? finish(work) : status;
}

int
admin_reindex(const struct call *call)
{
	struct work work = { .call = call, .db = db_new(call->config) };
	enum result result;
	int status;

	work.upkeep = upkeep_new(call->config, work.db);
	db_set_timeout(work.db, TIMEOUT_MS);
	result = db_rebuild_lock(work.db);
	if (result == RESULT_OK) {
		status = run(&work);
		db_rebuild_unlock(work.db);
	} else if (result == RESULT_CONFLICT) {
		status = admin_fail(EXIT_AGAIN,
		    "reindex: another " PROGRAM " is at the index");
	} else {
		status = fail_db(&work);
	}
	upkeep_free(work.upkeep);
	db_free(work.db);
	return status;
}
