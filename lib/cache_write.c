/* cache_write.c: numbering, hiding, revealing, marking writes in Redis. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache.h"
#include "cache_claim.h"
#include "cache_internal.h"
#include "clock.h"
#include "db_lives.h"

#define APPLICATION_S 3600	/* how long a token's owner is remembered */
#define ADMIT_ANSWERS 6		/* of cache_admit.lua, for each write */
#define THING_SIZE (3 * DIGITS)
#define HIDDEN_KEY_SIZE 32

/* Adds application, chat and message of a key. */
static void
arg_key(struct cache *c, const struct key *key)
{
	cache_arg_number(c, key->application);
	cache_arg_number(c, key->chat);
	cache_arg_number(c, key->message);
}

/* ---- admit ---- */

static void
admit_argument(struct cache *c, const struct admission *a)
{
	const char *mode = !a->creates ? "u" : a->is_chat ? "c" : "m";
	char words[2 + CHARGE_WORDS_SIZE];

	if (a->charge != NULL) {
		words[0] = *mode;
		words[1] = ' ';
		charge_words(a->charge, words + 2);
		mode = words;
	}
	cache_arg_string(c, mode);
	cache_arg_string(c, a->token);
	cache_arg_number(c, a->creates && a->is_chat ? 0 : a->key.chat);
	cache_arg_number(c, a->creates ? 0 : a->key.message);
	if (a->claim != NULL) {
		cache_arg_string(c, a->tail);
		claim_argument(c, a->claim);
	} else {
		cache_arg_string(c, "");
		cache_arg_string(c, "");
	}
}

/* Takes over what the script answered for one write. */
static void
admit_answer(const struct cache *c, size_t at, uint32_t epoch,
    struct admission *a)
{
	uint64_t number = (uint64_t)cache_answer_integer(c, at + 2);
	uint64_t count = (uint64_t)cache_answer_integer(c, at + 3);
	int64_t seen = cache_answer_integer(c, at + 4);

	a->admit = (enum admit)cache_answer_integer(c, at);
	a->key.application = (uint32_t)cache_answer_integer(c, at + 1);
	if (a->creates && a->is_chat)
		a->key.chat = number;
	else if (a->creates)
		a->key.message = number;
	a->version = (uint64_t)epoch << VERSION_EPOCH_SHIFT | count;
	a->seen = seen < 0 ? LEASE_NONE : (uint64_t)seen;
	a->due = cache_answer_integer(c, at + 5) != 0;
	if (a->admit == ADMIT_RUNNING)
		a->claim->wait_ms = (int64_t)number;
}

/* The same for their charges. False: not all of them are there. */
static bool
charge_answers(const struct cache *c, size_t at,
    struct admission *const *admissions, size_t count)
{
	struct charge *charge;
	size_t i;

	for (i = 0; i < count; i++) {
		charge = admissions[i]->charge;
		if (charge == NULL)
			continue;
		if (cache_answers(c) < at + charge->count * CHARGE_ANSWERS)
			return false;
		charge_answer(c, at, admissions[i]->admit != ADMIT_LIMITED,
		    charge);
		at += charge->count * CHARGE_ANSWERS;
	}
	return true;
}

static enum result
admit_answers(const struct cache *c, uint32_t epoch,
    struct admission *const *admissions, size_t count)
{
	enum result result = RESULT_OK;
	size_t i, told = count * ADMIT_ANSWERS;

	if (cache_answers(c) < told)
		return RESULT_UNAVAILABLE;
	for (i = 0; i < count && !result; i++) {
		admit_answer(c, i * ADMIT_ANSWERS, epoch, admissions[i]);
		if (admissions[i]->claim != NULL)
			result = claim_answer(admissions[i],
			    cache_answer_string(c, told++, NULL));
	}
	if (!result && !charge_answers(c, told, admissions, count))
		result = RESULT_UNAVAILABLE;
	return result;
}

enum result
cache_admit(struct cache *c, uint32_t epoch,
    struct admission *const *admissions, size_t count)
{
	char epoch_hex[16];
	enum result result;
	size_t i, room = 0;

	if ((result = cache_begin(c, SCRIPT_ADMIT)))
		return result;
	cache_arg_life(c, epoch);
	snprintf(epoch_hex, sizeof epoch_hex, "%05x", (unsigned)epoch);
	cache_arg_string(c, epoch_hex);
	cache_arg_number(c, HIDDEN_S);
	cache_arg_number(c, (uint64_t)c->config->fresh_limit);
	for (i = 0; i < count; i++)
		room += strlen(admissions[i]->tail);
	cache_arg_number(c, room);
	for (i = 0; i < count; i++)
		admit_argument(c, admissions[i]);
	if ((result = cache_run(c)))
		return result;
	return admit_answers(c, epoch, admissions, count);
}

/* ---- reveal ---- */

/* The order in which the script gets what is to be revealed. */
enum order { CREATIONS, UPDATES, ORDERS };

static bool
was_taken_over(const struct admission *a)
{
	return a->claim != NULL && a->claim->owner > 1;
}

/* A creation that was taken over may have been shown before. */
static bool
has_turn(const struct admission *a, enum order order)
{
	bool is_new = a->creates && !was_taken_over(a);

	return a->admit == ADMIT_OK && is_new == (order == CREATIONS);
}

/* The version that was there for the first of the group. */
static uint64_t
group_version(const struct admission *first)
{
	return first->claim != NULL ? first->claim->slot : first->version;
}

/* Adds the chats that are born, and how many creations there are. */
static void
reveal_head(struct cache *c, struct admission *const *admissions,
    size_t count, bool forgotten)
{
	size_t i, births = 0, creations = 0;
	char chat[THING_SIZE];

	for (i = 0; i < count; i++) {
		if (!has_turn(admissions[i], CREATIONS))
			continue;
		creations++;
		births += admissions[i]->is_chat && !forgotten;
	}
	cache_arg_number(c, LEASE_FIRST);
	cache_arg_number(c, births);
	cache_arg_number(c, creations);
	for (i = 0; i < count && births > 0; i++) {
		if (!has_turn(admissions[i], CREATIONS) ||
		    !admissions[i]->is_chat)
			continue;
		snprintf(chat, sizeof chat, "%" PRIu32 ":%" PRIu64,
		    admissions[i]->key.application, admissions[i]->key.chat);
		cache_arg_string(c, chat);
	}
}

/* Adds thing, list, number in it, and value. */
static void
reveal_argument(struct cache *c, const struct admission *a)
{
	const struct key *key = &a->key;
	char words[THING_SIZE];
	int chat_ends, thing_ends;

	thing_ends = snprintf(words, sizeof words, "%" PRIu32 ":%" PRIu64
	    "%n:%" PRIu64, key->application, key->chat, &chat_ends,
	    key->message);
	cache_arg(c, words, (size_t)thing_ends);
	if (key->message != 0) {
		cache_arg(c, words, (size_t)chat_ends);
		cache_arg_number(c, key->message);
	} else {
		snprintf(words, sizeof words, "%" PRIu32 ":0",
		    key->application);
		cache_arg_string(c, words);
		cache_arg_number(c, key->chat);
	}
	cache_arg_value(c, a->version, a->tail);
}

enum result
cache_reveal(struct cache *c, uint32_t epoch,
    struct admission *const *admissions, size_t count, bool forgotten)
{
	char hidden[HIDDEN_KEY_SIZE];
	enum result result;
	enum order order;
	size_t i, asked = 0;

	if ((result = cache_begin(c, SCRIPT_REVEAL)))
		return result;
	cache_arg_life(c, epoch);
	cache_arg_number(c, (uint64_t)clock_wall_ms());
	snprintf(hidden, sizeof hidden, "p:h:%016" PRIx64,
	    group_version(admissions[0]));
	cache_arg_string(c, forgotten ? "" : hidden);
	reveal_head(c, admissions, count, forgotten);
	for (order = CREATIONS; order < ORDERS; order++)
		for (i = 0; i < count; i++)
			if (has_turn(admissions[i], order))
				reveal_argument(c, admissions[i]);
	if ((result = cache_run(c)))
		return result;
	for (order = CREATIONS; order < ORDERS; order++)
		for (i = 0; i < count; i++)
			if (has_turn(admissions[i], order))
				admissions[i]->missing =
				    cache_answer_integer(c, asked++) == 0;
	return RESULT_OK;
}

/* ---- leases and applications ---- */

enum result
cache_lease_install(struct cache *c, uint32_t epoch, const struct key *chat,
    uint64_t from, uint64_t to)
{
	enum result result;

	if ((result = cache_begin(c, SCRIPT_LEASE)))
		return result;
	cache_arg_life(c, epoch);
	cache_arg_number(c, chat->application);
	cache_arg_number(c, chat->chat);
	cache_arg_number(c, from);
	cache_arg_number(c, to);
	return cache_run(c);
}

enum result
cache_application_add(struct cache *c, uint32_t epoch, const char *token,
    uint32_t application)
{
	enum result result;

	if ((result = cache_begin(c, SCRIPT_APPLICATION)))
		return result;
	cache_arg_life(c, epoch);
	cache_arg_string(c, token);
	cache_arg_number(c, application);
	cache_arg_number(c, APPLICATION_S);
	return cache_run(c);
}

/* ---- mark ---- */

static enum result
begin_mark(struct cache *c, const struct mark *marks, size_t count)
{
	enum result result;
	size_t i;

	if ((result = cache_begin(c, SCRIPT_MARK)))
		return result;
	cache_arg_number(c, MARKED_S);
	cache_arg_number(c, CHANGED_S);
	for (i = 0; i < count; i++) {
		arg_key(c, &marks[i].key);
		cache_arg_version(c, marks[i].version);
		cache_arg_number(c, marks[i].created ? STORED_S : MARKED_S);
	}
	return RESULT_OK;
}

enum result
cache_mark(struct cache *c, const struct mark *marks, size_t count)
{
	enum result result;

	if (count == 0)
		return RESULT_OK;
	result = begin_mark(c, marks, count);
	return result ? result : cache_run(c);
}

enum result
cache_mark_ahead(struct cache *c, const struct mark *marks, size_t count)
{
	enum result result;

	if (count == 0)
		return RESULT_OK;
	result = begin_mark(c, marks, count);
	return result ? result : cache_send(c);
}
