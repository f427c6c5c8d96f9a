/* store.c: writing chats and messages, and who owns a token. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_applications.h"
#include "db_items.h"
#include "db_lives.h"
#include "gauges.h"
#include "memory.h"
#include "store_internal.h"

#define LOOKS_MOST 64		/* into Redis, with one answer */
#define WRITE_DEADLINE_MS 1500	/* for tries that need token or lease */

/* ---- what the threads share ---- */

void
shared_init(struct shared *shared, const struct config *config, bool writes,
    struct metrics *metrics)
{
	const int half = (config->db_connections + 1) / 2;

	memset(shared, 0, sizeof *shared);
	shared->config = config;
	shared->metrics = metrics;
	shared->gauges = gauges_new(config);
	shared->pool = db_pool_new(config);
	shared->life = life_keeper_new(config, shared->pool);
	shared->pages = pages_new(config->page_cache_bytes);
	combiner_init(&shared->cache_readers, 1, LOOKS_MOST);
	combiner_init(&shared->row_readers, half, ITEMS_MOST);
	combiner_init(&shared->list_readers, half, LISTS_MOST * LIST_LEAST);
	shared->health = health_keeper_new(config, shared->life);
	if (!writes)
		return;
	shared->lessor = lessor_new(config, shared->pool, shared->life,
	    metrics);
	shared->committer = committer_new(config, shared->pool,
	    shared->life, metrics);
}

void
shared_clear(struct shared *shared)
{
	committer_free(shared->committer);
	lessor_free(shared->lessor);
	health_keeper_free(shared->health);
	gauges_free(shared->gauges);
	life_keeper_free(shared->life);
	pages_free(shared->pages);
	combiner_clear(&shared->list_readers);
	combiner_clear(&shared->row_readers);
	combiner_clear(&shared->cache_readers);
	db_pool_free(shared->pool);
	memset(shared, 0, sizeof *shared);
}

struct store *
store_new(struct shared *shared, struct spent *spent)
{
	struct store *s = xcalloc(1, sizeof *s);

	s->shared = shared;
	s->spent = spent;
	s->cache = cache_new(shared->config);
	cache_measure(s->cache, spent);
	cache_combine(s->cache, &shared->cache_readers);
	return s;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	cache_free(s->cache);
	free(s);
}

enum result
store_db(struct store *s, struct db **db)
{
	enum result result;

	spent_switch(s->spent, SPENT_MYSQL);
	result = db_pool_take(s->shared->pool, db);
	if (result != RESULT_OK)
		spent_switch(s->spent, SPENT_OWN);
	return result;
}

void
store_db_give(struct store *s, struct db *db)
{
	db_pool_give(s->shared->pool, db);
	spent_switch(s->spent, SPENT_OWN);
}

enum result
store_charge(struct store *s, struct charge *charge)
{
	return cache_charge(s->cache, charge);
}

/* ---- tokens ---- */

enum result
store_learn_token(struct store *s, const char *token, uint32_t *application)
{
	struct application found = { 0 };
	struct db *db = NULL;
	enum result result;
	uint32_t epoch = 0;

	/*
	 * The life is asked for before MySQL is: should the token be rotated
	 * in between, then this life is the one that is told to refuse it,
	 * and no later one can be given what was true before it began.
	 */
	if (life_epoch(s->shared->life, s->cache, &epoch))
		epoch = 0;
	if ((result = store_db(s, &db)))
		return result;
	result = db_application_by_token(db, token, &found);
	store_db_give(s, db);
	if (result)
		return result;
	*application = found.id;
	application_clear(&found);
	if (epoch == 0 ||
	    cache_application_add(s->cache, epoch, token, *application))
		return RESULT_OK;	/* Redis learns it another time */
	return RESULT_OK;
}

/* ---- writing ---- */

/*
 * Gets numbers for a chat's messages or an application's chats. Where no
 * counter is known the chat itself may not exist, which is found out first.
 */
static enum result
obtain_numbers(struct store *s, const char *token,
    const struct admission *a)
{
	struct key chat = { .chat = a->is_chat ? 0 : a->key.chat };
	struct item item = { 0 };
	enum result result;
	uint32_t epoch;

	if (!a->is_chat && a->seen == LEASE_NONE) {
		if ((result = store_get(s, token, &chat, &item)))
			return result;
		item_clear(&item);
	}
	chat.application = a->key.application;
	if ((result = life_epoch(s->shared->life, s->cache, &epoch)))
		return result;
	spent_switch(s->spent, SPENT_MYSQL);	/* but what Redis takes of it */
	result = lease_obtain(s->shared->lessor, s->cache, epoch, &chat,
	    a->seen);
	spent_switch(s->spent, SPENT_OWN);
	return result;
}

/* What a write that was not admitted still needs. RESULT_OK: try again. */
static enum result
make_good(struct store *s, const char *token, const struct admission *a)
{
	uint32_t application;

	switch (a->admit) {
	case ADMIT_UNKNOWN_TOKEN:
		return store_learn_token(s, token, &application);
	case ADMIT_LEASE:
		return obtain_numbers(s, token, a);
	case ADMIT_LIMITED:
		return RESULT_LIMITED;
	default:
		return RESULT_NOT_FOUND;	/* the token was revoked */
	}
}

/* Takes over what the write got, and asks for more numbers in time. */
static void
take_over(struct store *s, const struct admission *a, struct event *event)
{
	struct key counter = a->key;

	event->item.key = a->key;
	event->item.version = a->version;
	if (!a->creates || !a->due)
		return;
	counter.message = 0;
	if (a->is_chat)
		counter.chat = 0;
	lessor_ask(s->shared->lessor, &counter, a->seen);
}

/* Whether that is all that can be said: what is missing cannot be got. */
static bool
is_judged(const struct admission *a)
{
	return a->admit == ADMIT_OK ||
	    (a->admit >= ADMIT_KEY && a->admit <= ADMIT_REUSED);
}

/* What became of a write; one whose answer was there already is none. */
static void
count_write(struct store *s, enum result result, const struct admission *a)
{
	enum write_end end = WRITE_REFUSED;

	if (result == RESULT_OK && a->admit == ADMIT_REPLAY)
		return;
	if (result == RESULT_OK && a->admit == ADMIT_OK)
		end = WRITE_STORED;
	else if (result == RESULT_UNKNOWN)
		end = WRITE_UNKNOWN;
	else if (result == RESULT_UNAVAILABLE)
		end = WRITE_UNAVAILABLE;
	metrics_add(s->shared->metrics, METRIC_COMMIT_WRITES, end, 1);
}

enum result
store_commit(struct store *s, const char *token, struct event *event,
    struct charge *charge, struct write *w)
{
	const int64_t deadline = clock_mono_ms() + WRITE_DEADLINE_MS;
	struct claim *claim = w->admission.claim;
	struct buffer tail = BUFFER_EMPTY;
	enum result result;

	event_tail(&tail, event);
	do {
		memset(w, 0, sizeof *w);
		w->admission.token = token;
		w->admission.tail = tail.data;
		w->admission.claim = claim;
		w->admission.creates = strcmp(event->id,
		    event->item.origin) == 0;
		w->admission.is_chat = event->type == EVENT_CHAT;
		w->admission.key = event->item.key;
		w->admission.charge =
		    charge->count == 0 || charge->asked ? NULL : charge;
		spent_switch(s->spent, SPENT_TURN);
		result = commit_write(s->shared->committer, w);
		spent_switch(s->spent, SPENT_OWN);
		spent_explain(s->spent, SPENT_TURN, &w->spent);
		if (result)
			goto out;
		if (is_judged(&w->admission)) {
			take_over(s, &w->admission, event);
			goto out;
		}
		result = make_good(s, token, &w->admission);
	} while (!result && clock_mono_ms() < deadline);
	if (!result)
		result = RESULT_UNAVAILABLE;
out:
	count_write(s, result, &w->admission);
	buffer_free(&tail);
	return result;
}

enum result
store_write(struct store *s, const char *token, struct event *event,
    struct charge *charge)
{
	struct write w = { .admission.claim = NULL };

	return store_commit(s, token, event, charge, &w);
}
