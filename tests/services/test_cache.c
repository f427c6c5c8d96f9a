/* test_cache.c: the scripts in a real Redis, interleaved as promised. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache.h"
#include "cache_internal.h"
#include "cache_upkeep.h"
#include "clock.h"
#include "db_lives.h"
#include "event.h"
#include "memory.h"

#define APP 7
#define SKIP 77

extern char **environ;

/* Redis comes from PARLEY_REDIS_HOST, _PORT and _DB; the db is emptied. */
static struct config config;
static char token[IDENT_SIZE];

struct fixture {
	struct cache *cache;
	uint32_t epoch;
};

static void
command(struct cache *c, const char *a, const char *b, const char *d)
{
	assert_int_equal(cache_begin(c, COMMAND), RESULT_OK);
	cache_arg_string(c, a);
	if (b != NULL)
		cache_arg_string(c, b);
	if (d != NULL)
		cache_arg_string(c, d);
	assert_int_equal(cache_run(c), RESULT_OK);
}

/* An emptied Redis in epoch 5 that knows the token. */
static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct life life;

	f->cache = cache_new(&config);
	f->epoch = 5;
	command(f->cache, "FLUSHDB", NULL, NULL);
	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	assert_int_equal(life.epoch, 0);
	life.epoch = f->epoch;
	assert_int_equal(cache_life_install(f->cache, &life), RESULT_OK);
	assert_int_equal(cache_application_add(f->cache, f->epoch, token,
	    APP), RESULT_OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	cache_free(f->cache);
	free(f);
	return 0;
}

/* ---- short words for what the tests do ---- */

struct written {
	struct admission admission;
	struct buffer tail;
};

static enum result
admit_as(struct fixture *f, struct written *w, const struct event *event)
{
	struct admission *a = &w->admission;

	buffer_free(&w->tail);
	event_tail(&w->tail, event);
	*a = (struct admission){
		.token = token,
		.tail = w->tail.data,
		.creates = strcmp(event->id, event->item.origin) == 0,
		.is_chat = event->type == EVENT_CHAT,
		.key = event->item.key,
	};
	return cache_admit(f->cache, f->epoch, &a, 1);
}

static void
written_free(struct written *w)
{
	buffer_free(&w->tail);
}

/* Admits a message of chat 3; number 0 creates one, else that one changes. */
static enum result
admit_message(struct fixture *f, struct written *w, uint64_t number,
    const char *body)
{
	char text[64];
	struct event event = {
		.type = EVENT_MESSAGE,
		.item = {
			.key = { .application = APP, .chat = 3,
			    .message = number },
			.text = text,
			.created_at = 1000,
			.updated_at = 2000,
		},
	};

	snprintf(text, sizeof text, "%s", body);
	ident_uuid4(event.id);
	strcpy(event.item.origin, event.id);
	if (number != 0)
		ident_uuid4(event.item.origin);
	return admit_as(f, w, &event);
}

static void
must_admit(struct fixture *f, struct written *w, uint64_t number,
    const char *body)
{
	assert_int_equal(admit_message(f, w, number, body), RESULT_OK);
	assert_int_equal(w->admission.admit, ADMIT_OK);
}

static void
reveal(struct fixture *f, struct written *w)
{
	struct admission *a = &w->admission;

	assert_int_equal(cache_reveal(f->cache, f->epoch, &a, 1, false),
	    RESULT_OK);
}

static void
mark(struct fixture *f, const struct written *w)
{
	const struct mark m = {
		.key = w->admission.key,
		.version = w->admission.version,
		.created = w->admission.creates,
	};

	assert_int_equal(cache_mark(f->cache, &m, 1), RESULT_OK);
}

static void
lease(struct fixture *f, uint64_t from, uint64_t to)
{
	const struct key chat = { .application = APP, .chat = 3 };

	assert_int_equal(cache_lease_install(f->cache, f->epoch, &chat, from,
	    to), RESULT_OK);
}

/* The body that readers see of message number of chat 3; NULL: none. */
static const char *
visible(struct fixture *f, uint64_t number)
{
	const struct key key = { .chat = 3, .message = number };
	static char body[64];
	struct look look;

	assert_int_equal(cache_get(f->cache, token, &key, &look), RESULT_OK);
	assert_true(look.token_known);
	if (!look.found)
		return NULL;
	snprintf(body, sizeof body, "%s", look.item.text);
	item_clear(&look.item);
	return body;
}

static size_t
listed(struct fixture *f)
{
	const struct range range = { .limit = 10 };
	struct items items = { 0 };
	struct list_change change;
	struct look look;
	size_t count;

	assert_int_equal(cache_list(f->cache, token, 3, &range, &look,
	    &change, &items), RESULT_OK);
	count = items.count;
	items_clear(&items);
	return count;
}

/* ---- lives ---- */

static void
the_first_epoch_installed_for_a_life_stays(void **state)
{
	struct fixture *f = *state;
	struct life life;

	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	assert_int_equal(life.epoch, 5);
	life.epoch = 6;
	assert_int_equal(cache_life_install(f->cache, &life), RESULT_OK);
	assert_int_equal(life.epoch, 5);
}

static void
an_epoch_that_is_over_elsewhere_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct life life;

	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	life.past = life.epoch;
	life.epoch = f->epoch = 8;
	assert_int_equal(cache_life_install(f->cache, &life), RESULT_OK);
	assert_int_equal(life.epoch, 8);
	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	assert_int_equal(life.epoch, 8);
}

/* One connection is from before, and knows the server by its old name. */
static void
a_failover_under_a_connection_is_one_new_life(void **state)
{
	struct fixture *f = *state;
	struct cache *other;
	struct life life;

	command(f->cache, "REPLICAOF", "127.0.0.1", "1");
	command(f->cache, "REPLICAOF", "NO", "ONE");
	other = cache_new(&config);
	assert_int_equal(cache_life(other, &life), RESULT_OK);
	assert_int_equal(life.epoch, 0);
	life.epoch = 6;
	assert_int_equal(cache_life_install(other, &life), RESULT_OK);
	cache_free(other);
	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	assert_int_equal(life.epoch, 6);
}

static void
after_flushall_nothing_is_admitted(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	command(f->cache, "FLUSHDB", NULL, NULL);
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_CONFLICT);
	written_free(&w);
}

static void
a_life_key_of_another_server_is_no_life(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	struct life life;

	lease(f, 0, 32);
	command(f->cache, "SET", "p:life", "5:otherrun:otherrepl");
	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	assert_int_equal(life.epoch, 0);
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_CONFLICT);
	written_free(&w);
}

static void
a_counter_of_an_earlier_life_counts_for_nothing(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	struct life life;

	lease(f, 0, 32);
	command(f->cache, "DEL", "p:life", NULL);
	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	life.epoch = f->epoch = 6;
	assert_int_equal(cache_life_install(f->cache, &life), RESULT_OK);
	assert_int_equal(cache_application_add(f->cache, 6, token, APP),
	    RESULT_OK);
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_OK);
	assert_int_equal(w.admission.admit, ADMIT_LEASE);
	assert_true(w.admission.seen == LEASE_NONE);
	written_free(&w);
}

/* ---- tokens ---- */

static void
a_token_that_redis_does_not_know_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	ident_uuid4(token);
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_OK);
	assert_int_equal(w.admission.admit, ADMIT_UNKNOWN_TOKEN);
	written_free(&w);
}

static void
a_revoked_token_stays_revoked(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	char key[64];

	lease(f, 0, 32);
	snprintf(key, sizeof key, "p:a:5:%s", token);
	command(f->cache, "SET", key, "0");
	assert_int_equal(cache_application_add(f->cache, 5, token, APP),
	    RESULT_OK);
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_OK);
	assert_int_equal(w.admission.admit, ADMIT_REVOKED);
	written_free(&w);
}

/* Whoever looked it up before and was slow does not bring it back. */
static void
a_token_that_is_revoked_is_refused_at_once(void **state)
{
	struct fixture *f = *state;
	struct key key = { .chat = 3, .message = 1 };
	struct items items = { 0 };
	const struct range range = { .limit = 10 };
	struct written w = { 0 };
	struct list_change change;
	struct look look;

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	reveal(f, &w);
	assert_string_equal(visible(f, 1), "hello");	/* it is remembered */
	assert_int_equal(cache_token_revoke(f->cache, 5, token), RESULT_OK);
	assert_int_equal(cache_application_add(f->cache, 5, token, APP),
	    RESULT_OK);
	assert_int_equal(cache_get(f->cache, token, &key, &look), RESULT_OK);
	assert_true(look.token_known && look.application == 0 && !look.found);
	assert_int_equal(cache_list(f->cache, token, 3, &range, &look,
	    &change, &items), RESULT_OK);
	assert_true(look.token_known && look.application == 0);
	assert_int_equal(items.count, 0);
	written_free(&w);
	w = (struct written){ 0 };
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_OK);
	assert_int_equal(w.admission.admit, ADMIT_REVOKED);
	written_free(&w);
}

static void
a_token_is_revoked_and_known_only_in_the_life_meant(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(cache_token_revoke(f->cache, 4, token),
	    RESULT_CONFLICT);
	assert_int_equal(cache_application_add(f->cache, 4, token, APP),
	    RESULT_CONFLICT);
	command(f->cache, "DEL", "p:life", NULL);
	assert_int_equal(cache_token_revoke(f->cache, 5, token),
	    RESULT_CONFLICT);
}

/* What is remembered of a token is only a guess, and Redis knows better. */
static void
whose_a_token_is_is_asked_each_time(void **state)
{
	struct fixture *f = *state;
	struct key key = { .chat = 3, .message = 1 };
	struct written w = { 0 };
	char name[64];
	struct look look;

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	reveal(f, &w);
	assert_string_equal(visible(f, 1), "hello");	/* it is remembered */
	assert_string_equal(visible(f, 1), "hello");
	snprintf(name, sizeof name, "p:a:5:%s", token);
	command(f->cache, "SET", name, "8");
	assert_null(visible(f, 1));
	command(f->cache, "SET", name, "0");
	assert_int_equal(cache_get(f->cache, token, &key, &look), RESULT_OK);
	assert_true(look.token_known);
	assert_int_equal(look.application, 0);
	command(f->cache, "DEL", name, NULL);
	assert_int_equal(cache_get(f->cache, token, &key, &look), RESULT_OK);
	assert_false(look.token_known);
	assert_int_equal(look.epoch, 5);
	command(f->cache, "FLUSHDB", NULL, NULL);
	assert_int_equal(cache_get(f->cache, token, &key, &look), RESULT_OK);
	assert_int_equal(look.epoch, 0);
	assert_false(look.found);
	written_free(&w);
}

/* ---- numbers ---- */

static void
numbers_follow_each_other_to_the_end_of_the_lease(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	uint64_t n, version = 0;

	lease(f, 0, 4);
	for (n = 1; n <= 4; n++) {
		must_admit(f, &w, 0, "x");
		assert_int_equal(w.admission.key.message, n);
		assert_int_equal(w.admission.due, n >= 2);
		assert_int_equal(VERSION_EPOCH(w.admission.version), 5);
		assert_true(w.admission.version > version);
		version = w.admission.version;
	}
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_OK);
	assert_int_equal(w.admission.admit, ADMIT_LEASE);
	assert_int_equal(w.admission.seen, 4);
	written_free(&w);
}

static void
a_lease_that_adjoins_leaves_no_gap(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	must_admit(f, &w, 0, "x");
	lease(f, 32, 96);
	must_admit(f, &w, 0, "x");
	assert_int_equal(w.admission.key.message, 2);
	assert_int_equal(w.admission.seen, 96);
	written_free(&w);
}

static void
a_lease_further_on_makes_the_counter_jump(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	must_admit(f, &w, 0, "x");
	lease(f, 96, 160);
	must_admit(f, &w, 0, "x");
	assert_int_equal(w.admission.key.message, 97);
	written_free(&w);
}

static void
a_lease_installed_late_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 96, 160);
	must_admit(f, &w, 0, "x");
	lease(f, 32, 96);
	must_admit(f, &w, 0, "x");
	assert_int_equal(w.admission.key.message, 98);
	assert_int_equal(w.admission.seen, 160);
	written_free(&w);
}

static void
a_chat_is_born_with_its_first_lease(void **state)
{
	const struct key chats = { .application = APP };
	struct fixture *f = *state;
	struct written w = { 0 };
	struct event event = { .type = EVENT_CHAT };
	struct admission *a = &w.admission;

	assert_int_equal(cache_lease_install(f->cache, 5, &chats, 2, 32),
	    RESULT_OK);
	ident_uuid4(event.id);
	strcpy(event.item.origin, event.id);
	assert_int_equal(admit_as(f, &w, &event), RESULT_OK);
	assert_int_equal(a->admit, ADMIT_OK);
	assert_int_equal(a->key.chat, 3);
	assert_int_equal(a->key.message, 0);
	reveal(f, &w);
	must_admit(f, &w, 0, "first");
	assert_int_equal(w.admission.key.message, 1);
	assert_int_equal(w.admission.seen, LEASE_FIRST);
	written_free(&w);
}

/* ---- hidden, revealed, marked ---- */

static void
a_hidden_write_is_seen_only_when_revealed(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	assert_null(visible(f, 1));
	assert_int_equal(listed(f), 0);
	reveal(f, &w);
	assert_false(w.admission.missing);
	assert_string_equal(visible(f, 1), "hello");
	assert_int_equal(listed(f), 1);
	written_free(&w);
}

static void
a_stored_write_leaves_the_list_and_stays_readable_a_while(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	uint64_t fresh;

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	reveal(f, &w);
	mark(f, &w);
	assert_string_equal(visible(f, 1), "hello");
	assert_int_equal(listed(f), 0);
	assert_int_equal(cache_fresh(f->cache, &fresh), RESULT_OK);
	assert_int_equal(fresh, 0);
	command(f->cache, "TTL", "p:v:7:3:1", NULL);
	assert_in_range(cache_answer_integer(f->cache, 0), 1, STORED_S);
	written_free(&w);
}

static void
marked_before_revealed_it_is_left_to_mysql(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	mark(f, &w);
	reveal(f, &w);
	assert_false(w.admission.missing);
	assert_null(visible(f, 1));
	assert_int_equal(listed(f), 0);
	written_free(&w);
}

static void
an_older_write_revealed_late_covers_nothing(void **state)
{
	struct fixture *f = *state;
	struct written old = { 0 }, new = { 0 };

	must_admit(f, &old, 1, "old");
	must_admit(f, &new, 1, "new");
	reveal(f, &new);
	reveal(f, &old);
	assert_string_equal(visible(f, 1), "new");
	mark(f, &old);
	assert_string_equal(visible(f, 1), "new");
	assert_int_equal(listed(f), 1);
	mark(f, &new);
	assert_int_equal(listed(f), 0);
	written_free(&old);
	written_free(&new);
}

/*
 * A responder stops between number and reveal of "old"; meanwhile "new" is
 * revealed, stored, and (were it a creation) would have expired.
 */
static void
what_is_stored_outlives_every_older_hidden_write(void **state)
{
	struct fixture *f = *state;
	struct written old = { 0 }, new = { 0 };

	must_admit(f, &old, 1, "old");
	must_admit(f, &new, 1, "new");
	reveal(f, &new);
	mark(f, &new);
	command(f->cache, "TTL", "p:v:7:3:1", NULL);
	assert_true(cache_answer_integer(f->cache, 0) > HIDDEN_S);
	reveal(f, &old);
	assert_string_equal(visible(f, 1), "new");
	written_free(&old);
	written_free(&new);
}

static void
a_newer_version_stored_takes_the_older_one_from_sight(void **state)
{
	struct fixture *f = *state;
	struct written old = { 0 }, new = { 0 };

	must_admit(f, &old, 1, "old");
	reveal(f, &old);
	must_admit(f, &new, 1, "new");
	mark(f, &new);
	assert_null(visible(f, 1));
	assert_int_equal(listed(f), 0);
	reveal(f, &new);
	assert_null(visible(f, 1));
	written_free(&old);
	written_free(&new);
}

static void
what_is_hidden_has_room_for_its_content(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	char key[64];

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	snprintf(key, sizeof key, "p:h:%016llx",
	    (unsigned long long)w.admission.version);
	command(f->cache, "STRLEN", key, NULL);
	assert_true(cache_answer_integer(f->cache, 0) >=
	    (int64_t)strlen(w.admission.tail));
	command(f->cache, "TTL", key, NULL);
	assert_in_range(cache_answer_integer(f->cache, 0), 1, HIDDEN_S);
	written_free(&w);
}

static void
what_is_gone_is_reported_missing(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	char key[64];

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	snprintf(key, sizeof key, "p:h:%016llx",
	    (unsigned long long)w.admission.version);
	command(f->cache, "DEL", key, NULL);
	reveal(f, &w);
	assert_true(w.admission.missing);
	written_free(&w);
}

static void
a_write_of_an_earlier_life_is_revealed_with_its_content(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	struct admission *a = &w.admission;
	struct life life;

	lease(f, 0, 32);
	must_admit(f, &w, 0, "hello");
	command(f->cache, "FLUSHDB", NULL, NULL);
	assert_int_equal(cache_reveal(f->cache, 5, &a, 1, false),
	    RESULT_CONFLICT);
	assert_int_equal(cache_life(f->cache, &life), RESULT_OK);
	life.epoch = f->epoch = 6;
	assert_int_equal(cache_life_install(f->cache, &life), RESULT_OK);
	assert_int_equal(cache_reveal(f->cache, 6, &a, 1, true), RESULT_OK);
	assert_int_equal(cache_application_add(f->cache, 6, token, APP),
	    RESULT_OK);
	assert_string_equal(visible(f, 1), "hello");
	assert_int_equal(listed(f), 1);
	written_free(&w);
}

static void
marks_of_earlier_lives_leave_nothing_behind(void **state)
{
	const struct mark m = {
		.key = { .application = APP, .chat = 3, .message = 9 },
		.version = (uint64_t)4 << VERSION_EPOCH_SHIFT | 17,
	};
	struct fixture *f = *state;

	assert_int_equal(cache_mark(f->cache, &m, 1), RESULT_OK);
	command(f->cache, "EXISTS", "p:v:7:3:9", NULL);
	assert_int_equal(cache_answer_integer(f->cache, 0), 0);
}

/* ---- sent ahead ---- */

static struct mark
mark_of(const struct fixture *f, uint64_t number)
{
	return (struct mark){
		.key = { .application = APP, .chat = 3, .message = number },
		.version = (uint64_t)f->epoch << VERSION_EPOCH_SHIFT | number,
	};
}

static void
what_is_asked_next_is_answered_after_what_was_sent_ahead(void **state)
{
	struct fixture *f = *state;

	for (uint64_t number = 1; number <= 9; number++) {
		const struct mark m = mark_of(f, number);

		assert_int_equal(cache_mark_ahead(f->cache, &m, 1), RESULT_OK);
	}
	command(f->cache, "GET", "p:v:7:3:9", NULL);
	assert_string_equal(cache_answer_string(f->cache, 0, NULL),
	    "0000500000000009");
	assert_int_equal(cache_await(f->cache), RESULT_OK);
}

static void
what_was_sent_ahead_and_lost_is_said_when_it_is_awaited(void **state)
{
	struct fixture *f = *state;
	struct cache *other = cache_new(&config);
	const struct mark m = mark_of(f, 1);

	assert_int_equal(cache_begin(other, COMMAND), RESULT_OK);
	cache_arg_string(other, "CLIENT");
	cache_arg_string(other, "PAUSE");
	cache_arg_string(other, "60000");
	cache_arg_string(other, "WRITE");
	assert_int_equal(cache_run(other), RESULT_OK);
	assert_int_equal(cache_mark_ahead(f->cache, &m, 1), RESULT_OK);
	assert_int_equal(cache_mark_ahead(f->cache, &m, 1), RESULT_OK);
	assert_int_equal(cache_begin(other, COMMAND), RESULT_OK);
	cache_arg_string(other, "CLIENT");
	cache_arg_string(other, "KILL");
	cache_arg_string(other, "SKIPME");
	cache_arg_string(other, "yes");
	assert_int_equal(cache_run(other), RESULT_OK);
	assert_int_equal(cache_await(f->cache), RESULT_UNAVAILABLE);
	command(other, "CLIENT", "UNPAUSE", NULL);
	assert_int_equal(cache_await(f->cache), RESULT_OK);
	command(f->cache, "EXISTS", "p:v:7:3:1", NULL);
	assert_int_equal(cache_answer_integer(f->cache, 0), 0);
	cache_free(other);
}

/* ---- whether a list has changed ---- */

static bool
forget(struct fixture *f, const struct written *w)
{
	bool was;

	assert_int_equal(cache_forget(f->cache, &w->admission.key,
	    w->admission.version, &was), RESULT_OK);
	return was;
}

/* What it last changed by; no owner is known before the first list. */
static void
last_change(struct fixture *f, char out[24])
{
	struct list_change change;
	struct look look;

	if (cache_list_change(f->cache, token, 3, &look, &change) ==
	    RESULT_NOT_FOUND) {
		listed(f);
		assert_int_equal(cache_list_change(f->cache, token, 3, &look,
		    &change), RESULT_OK);
	}
	assert_int_equal(change.epoch, f->epoch);
	assert_int_equal(change.application, APP);
	strcpy(out, change.last);
}

static void
a_list_changes_by_what_is_shown_and_what_is_stored_unseen(void **state)
{
	struct fixture *f = *state;
	struct written shown = { 0 }, unseen = { 0 };
	char none[24], first[24], second[24], third[24];

	lease(f, 0, 32);
	last_change(f, none);
	assert_string_equal(none, "");
	must_admit(f, &shown, 0, "shown");
	last_change(f, none);
	assert_string_equal(none, "");
	reveal(f, &shown);
	last_change(f, first);
	assert_string_not_equal(first, "");
	mark(f, &shown);
	last_change(f, second);
	assert_string_equal(second, first);
	must_admit(f, &unseen, 0, "never revealed");
	mark(f, &unseen);
	last_change(f, third);
	assert_string_not_equal(third, first);
	command(f->cache, "TTL", "p:l:7:3", NULL);
	assert_in_range(cache_answer_integer(f->cache, 0), 1, CHANGED_S);
	written_free(&shown);
	written_free(&unseen);
}

/* Without a change nothing is asked of the list, so it must not be lost. */
static void
a_change_is_remembered_as_long_as_something_pends(void **state)
{
	struct fixture *f = *state;
	struct written a = { 0 }, b = { 0 };

	lease(f, 0, 32);
	must_admit(f, &a, 0, "a");
	reveal(f, &a);
	must_admit(f, &b, 0, "b");
	reveal(f, &b);
	mark(f, &a);
	command(f->cache, "TTL", "p:l:7:3", NULL);
	assert_int_equal(cache_answer_integer(f->cache, 0), -1);
	assert_true(forget(f, &b));
	command(f->cache, "TTL", "p:l:7:3", NULL);
	assert_in_range(cache_answer_integer(f->cache, 0), 1, CHANGED_S);
	written_free(&a);
	written_free(&b);
}

/* ---- given up by the operator ---- */

static void
a_forgotten_write_is_seen_no_more_and_pends_no_more(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	int64_t oldest;
	uint64_t fresh;

	lease(f, 0, 32);
	must_admit(f, &w, 0, "poison");
	reveal(f, &w);
	assert_int_equal(cache_oldest(f->cache, &oldest), RESULT_OK);
	assert_true(oldest > clock_wall_ms() - 60000);
	assert_true(forget(f, &w));
	assert_null(visible(f, 1));
	assert_int_equal(listed(f), 0);
	assert_int_equal(cache_fresh(f->cache, &fresh), RESULT_OK);
	assert_int_equal(fresh, 0);
	assert_int_equal(cache_oldest(f->cache, &oldest), RESULT_OK);
	assert_int_equal(oldest, 0);
	assert_false(forget(f, &w));
	written_free(&w);
}

static void
a_hidden_creation_that_is_forgotten_is_never_revealed(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	must_admit(f, &w, 0, "poison");
	assert_false(forget(f, &w));
	reveal(f, &w);
	assert_null(visible(f, 1));
	assert_int_equal(listed(f), 0);
	written_free(&w);
}

static void
a_hidden_update_that_is_forgotten_is_never_revealed(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 }, older = { 0 };

	must_admit(f, &older, 1, "good");
	reveal(f, &older);
	must_admit(f, &w, 1, "poison");
	assert_false(forget(f, &w));
	reveal(f, &w);
	assert_true(w.admission.missing);
	assert_string_equal(visible(f, 1), "good");
	assert_int_equal(listed(f), 1);
	written_free(&w);
	written_free(&older);
}

static void
forgetting_leaves_what_is_newer(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 }, newer = { 0 };

	lease(f, 0, 32);
	must_admit(f, &w, 0, "poison");
	reveal(f, &w);
	must_admit(f, &newer, 1, "good");
	reveal(f, &newer);
	assert_false(forget(f, &w));
	assert_string_equal(visible(f, 1), "good");
	assert_int_equal(listed(f), 1);
	written_free(&w);
	written_free(&newer);
}

static void
forgetting_leaves_the_mark_of_what_is_stored(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	must_admit(f, &w, 0, "stored");
	mark(f, &w);
	assert_false(forget(f, &w));
	command(f->cache, "EXISTS", "p:v:7:3:1", NULL);
	assert_int_equal(cache_answer_integer(f->cache, 0), 1);
	written_free(&w);
}

static void
the_server_tells_its_version(void **state)
{
	struct fixture *f = *state;
	char version[32];

	assert_int_equal(cache_version(f->cache, version, sizeof version),
	    RESULT_OK);
	assert_true(version[0] >= '1' && version[0] <= '9');
}

/* ---- bounds ---- */

static void
a_redis_without_memory_numbers_nothing(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };

	lease(f, 0, 32);
	assert_int_equal(cache_begin(f->cache, COMMAND), RESULT_OK);
	cache_arg_string(f->cache, "CONFIG");
	cache_arg_string(f->cache, "SET");
	cache_arg_string(f->cache, "maxmemory");
	cache_arg_string(f->cache, "1");
	assert_int_equal(cache_run(f->cache), RESULT_OK);
	assert_int_equal(admit_message(f, &w, 0, "x"), RESULT_FULL);
	assert_int_equal(cache_begin(f->cache, COMMAND), RESULT_OK);
	cache_arg_string(f->cache, "CONFIG");
	cache_arg_string(f->cache, "SET");
	cache_arg_string(f->cache, "maxmemory");
	cache_arg_string(f->cache, "0");
	assert_int_equal(cache_run(f->cache), RESULT_OK);
	must_admit(f, &w, 0, "x");
	assert_int_equal(w.admission.key.message, 1);
	written_free(&w);
}

static void
too_many_fresh_writes_are_refused(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 }, refused = { 0 };
	int limit = config.fresh_limit;

	lease(f, 0, 32);
	config.fresh_limit = 2;
	must_admit(f, &w, 0, "a");
	reveal(f, &w);
	must_admit(f, &w, 0, "b");
	reveal(f, &w);
	assert_int_equal(admit_message(f, &refused, 0, "c"), RESULT_FULL);
	mark(f, &w);
	must_admit(f, &w, 0, "c");
	config.fresh_limit = limit;
	written_free(&w);
	written_free(&refused);
}

static void
the_oldest_pending_things_are_named(void **state)
{
	struct fixture *f = *state;
	struct written w = { 0 };
	struct key keys[4];
	size_t count;

	lease(f, 0, 32);
	must_admit(f, &w, 0, "a");
	reveal(f, &w);
	assert_int_equal(cache_pending(f->cache, clock_wall_ms() + 1, 4, keys,
	    &count), RESULT_OK);
	assert_int_equal(count, 1);
	assert_int_equal(keys[0].application, APP);
	assert_int_equal(keys[0].chat, 3);
	assert_int_equal(keys[0].message, 1);
	assert_int_equal(cache_pending(f->cache, clock_wall_ms() - 60000, 4,
	    keys, &count), RESULT_OK);
	assert_int_equal(count, 0);
	written_free(&w);
}

/* ---- token buckets ---- */

/* A charge to two buckets: one of three an hour (nearly), a larger one. */
static struct charge
charge_two(void)
{
	return (struct charge){
		.count = 2,
		.bucket = {
			{ .name = "small:a", .rate = { 1, 3 } },
			{ .name = "large:b", .rate = { 1, 100 } },
		},
	};
}

static void
a_bucket_gives_what_it_holds_and_no_more(void **state)
{
	struct fixture *f = *state;
	struct charge charge = charge_two();
	size_t i;

	for (i = 3; i-- > 0;) {
		assert_int_equal(cache_charge(f->cache, &charge), RESULT_OK);
		assert_true(charge.asked);
		assert_int_equal(charge.bucket[0].left, i);
		assert_in_range(charge.bucket[0].wait_us, 59000000, 60000000);
		assert_int_equal(charge.bucket[1].left, 97 + i);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(cache_charge(f->cache, &charge),
		    RESULT_LIMITED);
		assert_true(charge.refused);
		assert_int_equal(charge.bucket[0].left, 0);
		assert_int_equal(charge.bucket[1].left, 97);
	}
	command(f->cache, "PTTL", "p:b:small:a", NULL);
	assert_in_range(cache_answer_integer(f->cache, 0), 170000, 180000);
}

static void
a_bucket_is_full_again_after_its_time(void **state)
{
	struct fixture *f = *state;
	struct charge charge = {
		.count = 1,
		.bucket = { { .name = "quick:a", .rate = { 600000, 2 } } },
	};
	int64_t until = clock_mono_ms() + 5000;

	assert_int_equal(cache_charge(f->cache, &charge), RESULT_OK);
	do
		command(f->cache, "EXISTS", "p:b:quick:a", NULL);
	while (cache_answer_integer(f->cache, 0) != 0 &&
	    clock_mono_ms() < until);
	assert_int_equal(cache_charge(f->cache, &charge), RESULT_OK);
	assert_int_equal(charge.bucket[0].left, 1);
}

static void
of_a_group_only_the_writes_within_the_limits_are_numbered(void **state)
{
	struct fixture *f = *state;
	struct charge charges[5];
	struct admission writes[5], *group[5];
	size_t i;

	lease(f, 0, 32);
	for (i = 0; i < 5; i++) {
		charges[i] = charge_two();
		writes[i] = (struct admission){ .token = token, .tail = "{}",
			.creates = true, .key = { .chat = 3 },
			.charge = &charges[i] };
		group[i] = &writes[i];
	}
	writes[1].charge = NULL;
	assert_int_equal(cache_admit(f->cache, f->epoch, group, 5), RESULT_OK);
	for (i = 0; i < 4; i++) {
		assert_int_equal(writes[i].admit, ADMIT_OK);
		assert_int_equal(writes[i].key.message, i + 1);
	}
	assert_int_equal(writes[4].admit, ADMIT_LIMITED);
	assert_int_equal(charges[0].bucket[0].left, 2);
	assert_int_equal(charges[2].bucket[0].left, 1);
	assert_int_equal(charges[3].bucket[0].left, 0);
	assert_true(charges[4].refused);
	assert_int_equal(charges[4].bucket[1].left, 97);
	writes[4].charge = NULL;
	assert_int_equal(cache_admit(f->cache, f->epoch, group + 4, 1),
	    RESULT_OK);
	assert_int_equal(writes[4].key.message, 5);
}

static void
a_write_to_an_unknown_token_is_charged_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct charge charge = charge_two();
	struct admission write = { .tail = "{}", .creates = true,
		.token = "00000000-0000-4000-8000-000000000000",
		.key = { .chat = 3 }, .charge = &charge }, *group = &write;

	assert_int_equal(cache_admit(f->cache, f->epoch, &group, 1),
	    RESULT_OK);
	assert_int_equal(write.admit, ADMIT_UNKNOWN_TOKEN);
	assert_int_equal(charge.bucket[0].left, 2);
}

/* ---- readers that look together ---- */

#define READERS 8
#define LOOKS 300

struct reader {
	pthread_t thread;
	struct cache *cache;
	uint64_t number;	/* whose text is "<number>" */
	int right;		/* how often it was */
	int unknown;		/* how often the token was not known */
};

static void *
read_often(void *argument)
{
	struct reader *const r = argument;
	const struct key key = { .chat = 3, .message = r->number };
	struct look look;
	int i;

	for (i = 0; i < LOOKS; i++) {
		if (cache_get(r->cache, token, &key, &look) != RESULT_OK)
			continue;
		r->unknown += !look.token_known;
		if (!look.found)
			continue;
		r->right += look.item.key.message == r->number &&
		    strtoull(look.item.text, NULL, 10) == r->number;
		item_clear(&look.item);
	}
	return NULL;
}

static void
let_them_read(struct reader *readers)
{
	int i;

	for (i = 0; i < READERS; i++) {
		readers[i].right = readers[i].unknown = 0;
		assert_int_equal(pthread_create(&readers[i].thread, NULL,
		    read_often, &readers[i]), 0);
	}
	for (i = 0; i < READERS; i++)
		pthread_join(readers[i].thread, NULL);
}

/* The last one's message is not there. */
static void
readers_who_look_together_get_each_his_own(void **state)
{
	struct fixture *f = *state;
	struct reader readers[READERS];
	struct written w = { 0 };
	struct combiner combiner;
	char text[16];
	int i;

	combiner_init(&combiner, 1, READERS);
	lease(f, 0, 32);
	for (i = 0; i < READERS; i++) {
		readers[i].number = (uint64_t)i + 1;
		readers[i].cache = cache_new(&config);
		cache_combine(readers[i].cache, &combiner);
		snprintf(text, sizeof text, "%d", i + 1);
		if (i == READERS - 1)
			break;
		must_admit(f, &w, 0, text);
		reveal(f, &w);
	}
	let_them_read(readers);
	for (i = 0; i < READERS; i++)
		assert_int_equal(readers[i].right, i < READERS - 1 ? LOOKS : 0);
	/* What they remember of the token is wrong for all of them now. */
	command(f->cache, "FLUSHDB", NULL, NULL);
	let_them_read(readers);
	for (i = 0; i < READERS; i++) {
		assert_int_equal(readers[i].right, 0);
		assert_int_equal(readers[i].unknown, LOOKS);
		cache_free(readers[i].cache);
	}
	combiner_clear(&combiner);
	written_free(&w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_epoch_installed_for_a_life_stays),
		TEST(an_epoch_that_is_over_elsewhere_is_replaced),
		TEST(a_failover_under_a_connection_is_one_new_life),
		TEST(after_flushall_nothing_is_admitted),
		TEST(a_life_key_of_another_server_is_no_life),
		TEST(a_counter_of_an_earlier_life_counts_for_nothing),
		TEST(a_token_that_redis_does_not_know_is_asked_for),
		TEST(a_revoked_token_stays_revoked),
		TEST(a_token_that_is_revoked_is_refused_at_once),
		TEST(
		    a_token_is_revoked_and_known_only_in_the_life_meant),
		TEST(whose_a_token_is_is_asked_each_time),
		TEST(readers_who_look_together_get_each_his_own),
		TEST(numbers_follow_each_other_to_the_end_of_the_lease),
		TEST(a_lease_that_adjoins_leaves_no_gap),
		TEST(a_lease_further_on_makes_the_counter_jump),
		TEST(a_lease_installed_late_is_dropped),
		TEST(a_chat_is_born_with_its_first_lease),
		TEST(a_hidden_write_is_seen_only_when_revealed),
		TEST(a_stored_write_leaves_the_list_and_stays_readable_a_while),
		TEST(marked_before_revealed_it_is_left_to_mysql),
		TEST(an_older_write_revealed_late_covers_nothing),
		TEST(what_is_stored_outlives_every_older_hidden_write),
		TEST(a_newer_version_stored_takes_the_older_one_from_sight),
		TEST(what_is_hidden_has_room_for_its_content),
		TEST(what_is_gone_is_reported_missing),
		TEST(a_write_of_an_earlier_life_is_revealed_with_its_content),
		TEST(marks_of_earlier_lives_leave_nothing_behind),
		TEST(
		    what_is_asked_next_is_answered_after_what_was_sent_ahead),
		TEST(
		    what_was_sent_ahead_and_lost_is_said_when_it_is_awaited),
		TEST(a_list_changes_by_what_is_shown_and_what_is_stored_unseen),
		TEST(a_change_is_remembered_as_long_as_something_pends),
		TEST(a_forgotten_write_is_seen_no_more_and_pends_no_more),
		TEST(a_hidden_creation_that_is_forgotten_is_never_revealed),
		TEST(a_hidden_update_that_is_forgotten_is_never_revealed),
		TEST(forgetting_leaves_what_is_newer),
		TEST(forgetting_leaves_the_mark_of_what_is_stored),
		TEST(the_server_tells_its_version),
		TEST(a_redis_without_memory_numbers_nothing),
		TEST(too_many_fresh_writes_are_refused),
		TEST(the_oldest_pending_things_are_named),
		TEST(a_bucket_gives_what_it_holds_and_no_more),
		TEST(a_bucket_is_full_again_after_its_time),
		TEST(of_a_group_only_the_writes_within_the_limits_are_numbered),
		TEST(a_write_to_an_unknown_token_is_charged_all_the_same),
	};
	char error[256];

	if (getenv("PARLEY_REDIS_PORT") == NULL) {
		puts("1..0 # SKIP no Redis: set PARLEY_REDIS_PORT");
		return SKIP;
	}
	if (config_load(&config, "/dev/null", environ, error, sizeof error)) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	ident_uuid4(token);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	config_free(&config);
	return failed;
}
