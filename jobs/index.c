/* index.c: brings stored messages into the search index. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "index.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "buffer.h"
#include "clock.h"
#include "db.h"
#include "db_pending.h"
#include "db_rebuild.h"
#include "log.h"
#include "memory.h"
#include "search.h"
#include "search_upkeep.h"
#include "thread.h"

#define IDLE_MS 500		/* between looks when nobody wakes us */
#define GATHER_MS 100		/* after a batch that was not full */
#define PAUSE_FIRST_MS 100	/* after a failure; doubles */
#define PAUSE_MOST_MS 10000
#define REFUSALS_SAID 10	/* so many of one document are an error */

struct indexer {
	const struct config *config;
	struct metrics *metrics;
	struct db *db;
	struct search *search;
	struct config next_config;	/* as config, but for the index */
	char *next_alias;
	struct search *next;	/* to an index that is being built */
	bool prepared;		/* the index was there when last looked at */
	bool failing;		/* it has been logged that nothing goes in */
	long pause_ms;		/* the next one; 0: the last batch went in */
	pthread_mutex_t mutex;	/* for what follows */
	pthread_cond_t cond;
	bool woken;
};

static void
open_next(struct indexer *indexer)
{
	struct buffer alias = BUFFER_EMPTY;

	buffer_printf(&alias, "%s" UPKEEP_NEXT, indexer->config->search_index);
	indexer->next_alias = buffer_take(&alias);
	indexer->next_config = *indexer->config;
	indexer->next_config.search_index = indexer->next_alias;
	indexer->next = search_new(&indexer->next_config, indexer->db);
}

struct indexer *
indexer_new(const struct config *config, struct metrics *metrics)
{
	struct indexer *indexer = xcalloc(1, sizeof(*indexer));

	indexer->config = config;
	indexer->metrics = metrics;
	indexer->db = db_new(config);
	indexer->search = search_new(config, indexer->db);
	open_next(indexer);
	pthread_mutex_init(&indexer->mutex, NULL);
	thread_cond_init(&indexer->cond);
	return indexer;
}

void
indexer_free(struct indexer *indexer)
{
	if (indexer == NULL)
		return;
	search_free(indexer->search);
	search_free(indexer->next);
	free(indexer->next_alias);
	db_free(indexer->db);
	pthread_cond_destroy(&indexer->cond);
	pthread_mutex_destroy(&indexer->mutex);
	free(indexer);
}

void
indexer_wake(struct indexer *indexer)
{
	pthread_mutex_lock(&indexer->mutex);
	indexer->woken = true;
	pthread_cond_signal(&indexer->cond);
	pthread_mutex_unlock(&indexer->mutex);
}

/* ---- one batch ---- */

/* Entries that were claimed and what becomes of them. */
struct batch {
	struct index_entry *entries;
	size_t count;
	unsigned char *done;	/* of each entry: strike it off */
	const struct item **items;	/* those whose message is there */
	size_t *entry_of;	/* of each item */
	enum indexed *outcome;	/* of each item */
	enum indexed *next_outcome;	/* the same, in the next index */
	size_t items_count;
};

static void
batch_set_up(struct batch *batch)
{
	batch->done = xcalloc(batch->count, sizeof(*batch->done));
	batch->items = xcalloc(batch->count, sizeof(*batch->items));
	batch->entry_of = xcalloc(batch->count, sizeof(*batch->entry_of));
	batch->outcome = xcalloc(batch->count, sizeof(*batch->outcome));
	batch->next_outcome = xcalloc(batch->count,
	    sizeof(*batch->next_outcome));	/* INDEXED */
	for (size_t i = 0; i < batch->count; i++) {
		const struct item *item = &batch->entries[i].item;

		/* Somebody took the message away: nothing to index. */
		batch->done[i] = item->text == NULL;
		if (batch->done[i])
			continue;
		batch->entry_of[batch->items_count] = i;
		batch->items[batch->items_count++] = item;
	}
}

static void
batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		item_clear(&batch->entries[i].item);
	free(batch->entries);
	free(batch->done);
	free(batch->items);
	free(batch->entry_of);
	free(batch->outcome);
	free(batch->next_outcome);
}

/*
 * A refused document is tried again for ever, with pauses that db_index_finish
 * makes long: the index may be mended next week. But somebody must know.
 */
static void
note_refusal(const struct index_entry *entry)
{
	const struct key *key = &entry->item.key;

	if ((entry->attempts + 1) % REFUSALS_SAID == 0)
		log_error(NULL, "message %" PRIu32 ":%" PRIu64 ":%" PRIu64
		    " was refused %u times by the index and is not found",
		    key->application, key->chat, key->message,
		    entry->attempts + 1);
}

/* RESULT_FULL: some go in later; all others are dealt with. */
static enum result
batch_judge(struct batch *batch)
{
	enum result result = RESULT_OK;

	for (size_t i = 0; i < batch->items_count; i++) {
		size_t at = batch->entry_of[i];
		enum indexed outcome = batch->outcome[i];

		if (outcome == INDEXED)
			outcome = batch->next_outcome[i];
		batch->done[at] = outcome == INDEXED;
		if (outcome == INDEX_LATER)
			result = RESULT_FULL;
		else if (outcome == INDEX_REFUSED)
			note_refusal(&batch->entries[at]);
	}
	return result;
}

/*
 * While a new index is being built it takes what is new, too, and takes it
 * first: if it turns out to be in its place already, what follows goes to
 * wherever the alias then points. If it was given up meanwhile, all is well.
 */
static enum result
index_next(struct indexer *indexer, struct batch *batch)
{
	bool runs;
	enum result result = db_rebuild_runs(indexer->db, &runs);

	if (result != RESULT_OK || !runs)
		return result;
	result = search_index(indexer->next, batch->items,
	    batch->items_count, batch->next_outcome);
	if (result != RESULT_NOT_FOUND)
		return result;
	for (size_t i = 0; i < batch->items_count; i++)
		batch->next_outcome[i] = INDEXED;
	return RESULT_OK;
}

/* One bulk: into the index that is searched, and one that is being built. */
static enum result
index_items(struct indexer *indexer, struct batch *batch)
{
	const int64_t start = clock_mono_us();
	enum result result = index_next(indexer, batch);

	if (result == RESULT_OK)
		result = search_index(indexer->search, batch->items,
		    batch->items_count, batch->outcome);
	metrics_took(indexer->metrics, METRIC_INDEX_SECONDS,
	    clock_mono_us() - start);
	return result;
}

/* Those that were taken, once that is sure; all others were not. */
static void
count_indexed(struct indexer *indexer, const struct batch *batch, bool sure)
{
	size_t taken = 0;

	for (size_t i = 0; sure && i < batch->items_count; i++)
		taken += batch->done[batch->entry_of[i]];
	metrics_add(indexer->metrics, METRIC_INDEX_DOCUMENTS, 0, taken);
	metrics_add(indexer->metrics, METRIC_INDEX_FAILURES, 0,
	    batch->items_count - taken);
}

/*
 * Indexes what was claimed, and ends the transaction that claimed it. With
 * MySQL as the index, the texts go in with that same transaction; with
 * OpenSearch, what went in before a failure is found there (409) again.
 */
static enum result
index_claimed(struct indexer *indexer, struct batch *batch)
{
	enum result judged, result;

	batch_set_up(batch);
	result = index_items(indexer, batch);
	if (result != RESULT_OK) {
		db_rollback(indexer->db);
		indexer->prepared = false;
		count_indexed(indexer, batch, false);
		return result;
	}
	judged = batch_judge(batch);
	result = db_index_finish(indexer->db, batch->entries, batch->count,
	    batch->done);
	count_indexed(indexer, batch, result == RESULT_OK);
	if (result != RESULT_OK) {
		db_rollback(indexer->db);
		return result;
	}
	return judged;
}

/* RESULT_NOT_FOUND: nothing is due. Sets *full when more may be. */
static enum result
index_batch(struct indexer *indexer, bool *full)
{
	struct batch batch = {0};
	enum result result = RESULT_OK;

	if (!indexer->prepared)
		result = search_prepare(indexer->search);
	if (result != RESULT_OK)
		return RESULT_UNAVAILABLE;
	indexer->prepared = true;
	result = db_index_claim(indexer->db,
	    (size_t)indexer->config->index_batch, &batch.entries,
	    &batch.count);
	if (result != RESULT_OK) {
		db_rollback(indexer->db);
		return RESULT_UNAVAILABLE;
	}
	if (batch.count == 0)
		return RESULT_NOT_FOUND;
	*full = batch.count == (size_t)indexer->config->index_batch;
	result = index_claimed(indexer, &batch);
	batch_clear(&batch);
	return result == RESULT_OK ? RESULT_OK : RESULT_UNAVAILABLE;
}

/* ---- the loop ---- */

/* Waits for a wake, or so long. */
static void
wait_idle(struct indexer *indexer)
{
	struct timespec deadline = thread_deadline(IDLE_MS);

	pthread_mutex_lock(&indexer->mutex);
	if (!indexer->woken)
		pthread_cond_timedwait(&indexer->cond, &indexer->mutex,
		    &deadline);
	indexer->woken = false;
	pthread_mutex_unlock(&indexer->mutex);
}

/* Waits that long though work comes in; only a stop ends it. */
static void
wait_out(struct indexer *indexer, long ms, const atomic_bool *stop)
{
	struct timespec deadline = thread_deadline(ms);
	int timeout = 0;

	pthread_mutex_lock(&indexer->mutex);
	while (!*stop && timeout == 0)
		timeout = pthread_cond_timedwait(&indexer->cond,
		    &indexer->mutex, &deadline);
	pthread_mutex_unlock(&indexer->mutex);
}

/* Pauses between half and all of what is due, so that several spread. */
static void
wait_after_failure(struct indexer *indexer, const atomic_bool *stop)
{
	if (indexer->pause_ms == 0)
		indexer->pause_ms = PAUSE_FIRST_MS;
	if (!indexer->failing && indexer->pause_ms > PAUSE_FIRST_MS) {
		log_warn(NULL, "indexing pauses: what is new waits in MySQL");
		indexer->failing = true;
	}
	wait_out(indexer, indexer->pause_ms / 2 +
	    random() % (indexer->pause_ms / 2 + 1), stop);
	indexer->pause_ms *= 2;
	if (indexer->pause_ms > PAUSE_MOST_MS)
		indexer->pause_ms = PAUSE_MOST_MS;
}

static void
note_success(struct indexer *indexer)
{
	if (indexer->failing)
		log_info(NULL, "indexing goes on");
	indexer->failing = false;
	indexer->pause_ms = 0;
}

/*
 * What is stored goes in at once when nothing went in lately. In a stream, a
 * bulk of ten costs the index nearly as much as one of hundreds: so they are
 * gathered for a while, far less than it takes until they can be found.
 */
void
indexer_run(struct indexer *indexer, const atomic_bool *stop)
{
	bool full = false;

	while (!*stop) {
		switch (index_batch(indexer, &full)) {
		case RESULT_OK:
			note_success(indexer);
			if (!full)
				wait_out(indexer, GATHER_MS, stop);
			break;
		case RESULT_NOT_FOUND:
			note_success(indexer);
			wait_idle(indexer);
			break;
		default:
			wait_after_failure(indexer, stop);
			break;
		}
	}
}
