/* store_once.c: writing what is to be stored once, whoever sends it again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <string.h>

#include "cache_claim.h"
#include "clock.h"
#include "db_once.h"
#include "store.h"
#include "store_internal.h"

/*
 * Redis has the claims of this life that are not stored yet, MySQL those that
 * are, from all lives. So MySQL is asked first; that it does not have a key
 * says that nobody has it only if it has all of the earlier lives, and then
 * the script sees whether somebody claimed it in this one.
 */

/* Gives back what an earlier request was answered; the text is the same. */
static enum result
replay(const struct once_row *row, struct once *once, struct event *event)
{
	struct item *item = &event->item;

	if (strcmp(row->print, once->print) != 0) {
		once->reused = true;
		return RESULT_CONFLICT;
	}
	once->replayed = true;
	item->key = (struct key){ row->application, row->chat, row->message };
	item->created_at = row->created_at;
	item->updated_at = row->updated_at;
	item->messages_count = row->count;
	return RESULT_OK;
}

/* The epoch up to which MySQL has everything; 0: that is not known. */
static uint32_t
settled_epoch(struct store *s, struct db *db)
{
	bool settled = false;
	uint32_t epoch;

	if (life_epoch(s->shared->life, s->cache, &epoch) ||
	    life_settled(s->shared->life, db, epoch, &settled))
		return 0;
	return settled ? epoch : 0;
}

/*
 * RESULT_NOT_FOUND: MySQL does not have the key, and *clear says in which
 * epoch that is enough; with MySQL away it is 0, and Redis alone may know.
 */
static enum result
ask_mysql(struct store *s, uint32_t application, const char *key,
    struct once_row *row, uint32_t *clear)
{
	struct db *db = NULL;
	enum result result;

	*clear = 0;
	if (store_db(s, &db))
		return RESULT_NOT_FOUND;
	*clear = settled_epoch(s, db);
	result = db_once_find(db, application, key, clock_wall_ms(),
	    s->shared->config->idempotency_hours, row);
	store_db_give(s, db);
	if (result == RESULT_OK || result == RESULT_NOT_FOUND)
		return result;
	*clear = 0;
	return RESULT_NOT_FOUND;
}

/* What the answer is made of is the first request's from now on. */
static void
take_first(const struct claim *claim, struct event *event)
{
	event->item.created_at = claim->created_at;
	event->item.updated_at = claim->updated_at;
	event->item.messages_count = claim->count;
}

/*
 * The write is durable and visible, but an answer is given only when the
 * claim says so: should its life be over, the key may be somebody else's.
 */
static enum result
finish(struct store *s, const struct admission *a, struct once *once,
    struct event *event)
{
	once->replayed = a->claim->owner > 1;
	if (once->replayed)
		take_first(a->claim, event);
	return cache_claim_done(s->cache, VERSION_EPOCH(a->version), a) ?
	    RESULT_UNKNOWN : RESULT_OK;
}

/* What became of a write that was judged. */
static enum result
conclude(struct store *s, const struct admission *a, struct once *once,
    struct event *event)
{
	const struct claim *claim = a->claim;

	switch (a->admit) {
	case ADMIT_OK:
		return finish(s, a, once, event);
	case ADMIT_REPLAY:
		once->replayed = true;
		take_first(claim, event);
		return RESULT_OK;
	case ADMIT_RUNNING:
		once->wait_ms = claim->wait_ms;
		return RESULT_CONFLICT;
	case ADMIT_REUSED:
		once->reused = true;
		return RESULT_CONFLICT;
	default:
		return RESULT_UNAVAILABLE;	/* ask again when MySQL can */
	}
}

/* If Redis can't be told, the claim is taken over when its time is over. */
static void
give_up(struct store *s, const struct admission *a, enum result why)
{
	if (a->version == 0 || a->admit != ADMIT_OK)
		return;			/* it never had the claim */
	if (cache_claim_give_up(s->cache, a, why != RESULT_UNKNOWN))
		return;
}

enum result
store_write_once(struct store *s, const char *token, struct event *event,
    struct charge *charge, struct once *once)
{
	struct claim claim = {
		.key = once->key,
		.print = once->print,
		.created_at = event->item.created_at,
		.updated_at = event->item.updated_at,
		.count = event->item.messages_count,
	};
	struct write w = { .admission.claim = &claim };
	struct once_row row;
	enum result result;
	uint32_t application;

	if ((result = store_application(s, token, &application)))
		return result;
	result = ask_mysql(s, application, once->key, &row, &claim.clear);
	if (result == RESULT_OK)
		return replay(&row, once, event);
	memcpy(event->key, once->key, sizeof(event->key));
	memcpy(event->print, once->print, sizeof(event->print));
	result = store_commit(s, token, event, charge, &w);
	if (result == RESULT_OK)
		result = conclude(s, &w.admission, once, event);
	else
		give_up(s, &w.admission, result);
	claim_clear(&claim);
	return result;
}
