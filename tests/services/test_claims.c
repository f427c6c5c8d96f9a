/* test_claims.c: writes with an Idempotency-Key in a real Redis, in turns. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache.h"
#include "cache_claim.h"
#include "cache_internal.h"
#include "event.h"

#define APP 7
#define EPOCH 5
#define SKIP 77
#define KEY "11111111-1111-8111-8111-111111111111"
#define PRINT "22222222-2222-8222-8222-222222222222"
#define OTHER "33333333-3333-8333-8333-333333333333"

extern char **environ;

/* Redis comes from PARLEY_REDIS_HOST, _PORT and _DB; the db is emptied. */
static struct config config;
static char token[IDENT_SIZE];

static void
command(struct cache *c, const char *const words[])
{
	assert_int_equal(cache_begin(c, COMMAND), RESULT_OK);
	for (; *words != NULL; words++)
		cache_arg_string(c, *words);
	assert_int_equal(cache_run(c), RESULT_OK);
}
#define COMMAND_OF(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
begin_life(struct cache *c, uint32_t epoch)
{
	const struct key chat = { .application = APP, .chat = 3 };
	struct life life;

	assert_int_equal(cache_life(c, &life), RESULT_OK);
	life.past = life.epoch;
	life.epoch = epoch;
	assert_int_equal(cache_life_install(c, &life), RESULT_OK);
	assert_int_equal(life.epoch, epoch);
	assert_int_equal(cache_application_add(c, epoch, token, APP),
	    RESULT_OK);
	assert_int_equal(cache_lease_install(c, epoch, &chat, 0, 32),
	    RESULT_OK);
}

static int
setup(void **state)
{
	struct cache *c = cache_new(&config);

	command(c, COMMAND_OF("FLUSHDB"));
	begin_life(c, EPOCH);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	cache_free(*state);
	return 0;
}

/* ---- short words for what the tests do ---- */

/* One request that writes into chat 3 with a key. */
struct try {
	struct admission admission;
	struct claim claim;
	struct buffer tail;
	char id[IDENT_SIZE];
};

static void
try_prepare(struct try *t, const char *print, uint32_t clear)
{
	struct event event = {
		.type = EVENT_MESSAGE,
		.item = { .key = { .chat = 3 }, .created_at = 1000,
		    .updated_at = 1000 },
	};
	char text[] = "text";

	event.item.text = text;
	ident_uuid4(event.id);
	strcpy(t->id, event.id);
	strcpy(event.item.origin, event.id);
	buffer_free(&t->tail);
	event_tail(&t->tail, &event);
	claim_clear(&t->claim);
	t->claim = (struct claim){ .key = KEY, .print = print, .clear = clear,
	    .created_at = 1000, .updated_at = 1000 };
	t->admission = (struct admission){ .token = token,
	    .tail = t->tail.data, .claim = &t->claim, .creates = true,
	    .key = { .chat = 3 } };
}

static enum admit
try_in(struct cache *c, struct try *t, const char *print, uint32_t epoch)
{
	struct admission *a = &t->admission;

	try_prepare(t, print, epoch);
	assert_int_equal(cache_admit(c, epoch, &a, 1), RESULT_OK);
	return a->admit;
}

static enum admit
try(struct cache *c, struct try *t)
{
	return try_in(c, t, PRINT, EPOCH);
}

static void
try_free(struct try *t)
{
	claim_clear(&t->claim);
	buffer_free(&t->tail);
}

static void
reveal(struct cache *c, struct try *t)
{
	struct admission *a = &t->admission;

	assert_int_equal(cache_reveal(c, EPOCH, &a, 1, false), RESULT_OK);
}

/* The owner's time is over. */
static void
let_time_pass(struct cache *c, struct try *t)
{
	unsigned owner = t->claim.owner;

	assert_int_equal(cache_claim_give_up(c, &t->admission, false),
	    RESULT_OK);
	t->claim.owner = owner;
}

static bool
exists(struct cache *c, const char *key)
{
	command(c, COMMAND_OF("EXISTS", key));
	return cache_answer_integer(c, 0) == 1;
}

static int64_t
lives_s(struct cache *c, const char *key)
{
	command(c, COMMAND_OF("TTL", key));
	return cache_answer_integer(c, 0);
}

#define CLAIM "p:k:7:" KEY

/* ---- claiming ---- */

static void
the_first_one_is_numbered_and_owns_the_claim(void **state)
{
	struct try a = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	assert_int_equal(a.admission.key.message, 1);
	assert_int_equal(a.claim.owner, 1);
	assert_null(a.claim.tail);
	assert_in_range(lives_s(*state, CLAIM), 24 * 3600 - 5, 24 * 3600);
	try_free(&a);
}

static void
a_key_that_mysql_was_not_asked_about_is_not_claimed(void **state)
{
	struct admission *a;
	struct try t = { 0 };

	try_prepare(&t, PRINT, 0);
	a = &t.admission;
	assert_int_equal(cache_admit(*state, EPOCH, &a, 1), RESULT_OK);
	assert_int_equal(a->admit, ADMIT_KEY);
	try_prepare(&t, PRINT, EPOCH - 1);
	assert_int_equal(cache_admit(*state, EPOCH, &a, 1), RESULT_OK);
	assert_int_equal(a->admit, ADMIT_KEY);
	assert_false(exists(*state, CLAIM));
	try_free(&t);
}

static void
while_its_owner_has_time_others_wait(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	assert_int_equal(try(*state, &b), ADMIT_RUNNING);
	assert_in_range(b.claim.wait_ms, 1, 60000);
	try_free(&a);
	try_free(&b);
}

static void
of_two_at_once_in_one_group_one_is_first(void **state)
{
	struct try a = { 0 }, b = { 0 }, plain = { 0 };
	struct admission *group[] = { &a.admission, &plain.admission,
		&b.admission };

	try_prepare(&a, PRINT, EPOCH);
	try_prepare(&b, PRINT, EPOCH);
	try_prepare(&plain, PRINT, EPOCH);
	plain.admission.claim = NULL;
	assert_int_equal(cache_admit(*state, EPOCH, group, 3), RESULT_OK);
	assert_int_equal(a.admission.admit, ADMIT_OK);
	assert_int_equal(plain.admission.admit, ADMIT_OK);
	assert_int_equal(b.admission.admit, ADMIT_RUNNING);
	assert_int_equal(plain.admission.key.message, 2);
	try_free(&a);
	try_free(&b);
	try_free(&plain);
}

static void
another_payload_is_refused_whatever_became_of_the_first(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	assert_int_equal(try_in(*state, &b, OTHER, EPOCH), ADMIT_REUSED);
	reveal(*state, &a);
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_OK);
	assert_int_equal(try_in(*state, &b, OTHER, EPOCH), ADMIT_REUSED);
	assert_int_equal(try(*state, &b), ADMIT_REPLAY);
	try_free(&a);
	try_free(&b);
}

/* ---- answering again ---- */

static void
what_is_done_is_answered_again_without_its_event(void **state)
{
	struct try a = { 0 }, b = { 0 };

	try_prepare(&a, PRINT, EPOCH);
	a.claim.created_at = 1111;
	a.claim.updated_at = 2222;
	a.claim.count = 3;
	struct admission *group = &a.admission;
	assert_int_equal(cache_admit(*state, EPOCH, &group, 1), RESULT_OK);
	reveal(*state, &a);
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_OK);
	assert_int_equal(try(*state, &b), ADMIT_REPLAY);
	assert_int_equal(b.admission.key.message, 1);
	assert_true(b.admission.version == a.admission.version);
	assert_int_equal(b.claim.created_at, 1111);
	assert_int_equal(b.claim.updated_at, 2222);
	assert_int_equal(b.claim.count, 3);
	assert_null(b.claim.tail);
	command(*state, COMMAND_OF("STRLEN", CLAIM));
	assert_in_range(cache_answer_integer(*state, 0), 60, 180);
	try_free(&a);
	try_free(&b);
}

static void
what_mysql_has_is_kept_a_little_while_only(void **state)
{
	struct try a = { 0 };
	struct claim_stored stored = { .application = APP, .key = KEY };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	reveal(*state, &a);
	stored.version = a.admission.version;
	assert_int_equal(cache_claims_ahead(*state, &stored, 1), RESULT_OK);
	assert_int_equal(cache_await(*state), RESULT_OK);
	assert_in_range(lives_s(*state, CLAIM), MARKED_S - 5, MARKED_S);
	/* The owner is late to say so; that changes nothing. */
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_OK);
	assert_in_range(lives_s(*state, CLAIM), MARKED_S - 5, MARKED_S);
	try_free(&a);
}

static void
what_mysql_has_of_another_version_says_nothing(void **state)
{
	struct try a = { 0 };
	struct claim_stored stored = { .application = APP, .key = KEY,
		.version = 1 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	assert_int_equal(cache_claims_ahead(*state, &stored, 1), RESULT_OK);
	assert_int_equal(cache_await(*state), RESULT_OK);
	assert_int_equal(try(*state, &a), ADMIT_RUNNING);
	try_free(&a);
}

/* ---- taking over ---- */

static void
who_takes_over_gets_the_same_event_number_and_version(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	let_time_pass(*state, &a);		/* before it was published */
	assert_int_equal(try(*state, &b), ADMIT_OK);
	assert_string_equal(b.admission.tail, a.tail.data);
	assert_non_null(strstr(b.admission.tail, a.id));
	assert_int_equal(b.admission.key.message, 1);
	assert_true(b.admission.version == a.admission.version);
	assert_int_equal(b.claim.owner, 2);
	reveal(*state, &b);
	assert_false(b.admission.missing);
	assert_int_equal(cache_claim_done(*state, EPOCH, &b.admission),
	    RESULT_OK);
	assert_int_equal(try(*state, &a), ADMIT_REPLAY);
	try_free(&a);
	try_free(&b);
}

static void
two_that_would_take_over_at_once_are_one(void **state)
{
	struct try a = { 0 }, b = { 0 }, c = { 0 };
	struct admission *group[] = { &b.admission, &c.admission };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	let_time_pass(*state, &a);
	try_prepare(&b, PRINT, EPOCH);
	try_prepare(&c, PRINT, EPOCH);
	assert_int_equal(cache_admit(*state, EPOCH, group, 2), RESULT_OK);
	assert_int_equal(b.admission.admit, ADMIT_OK);
	assert_int_equal(c.admission.admit, ADMIT_RUNNING);
	try_free(&a);
	try_free(&b);
	try_free(&c);
}

/* A newer version was stored meanwhile, so a bare version stands there. */
static void
a_takeover_covers_nothing_that_is_newer(void **state)
{
	struct try a = { 0 }, b = { 0 };
	struct mark mark;

	assert_int_equal(try(*state, &a), ADMIT_OK);
	reveal(*state, &a);
	mark = (struct mark){ .key = a.admission.key,
		.version = a.admission.version + 1 };
	assert_int_equal(cache_mark(*state, &mark, 1), RESULT_OK);
	let_time_pass(*state, &a);
	assert_int_equal(try(*state, &b), ADMIT_OK);
	reveal(*state, &b);
	assert_false(b.admission.missing);
	command(*state, COMMAND_OF("STRLEN", "p:v:7:3:1"));
	assert_int_equal(cache_answer_integer(*state, 0), 16);
	try_free(&a);
	try_free(&b);
}

/* As old as that, what is newer may have come and gone. */
static void
a_takeover_of_what_was_hidden_too_long_shows_nothing(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	command(*state, COMMAND_OF("SET", CLAIM, "r " PRINT
	    " 0000500000000001 1 1 1000 2000 1000 1000 0 tail"));
	assert_int_equal(try(*state, &b), ADMIT_OK);
	assert_string_equal(b.admission.tail, "tail");
	reveal(*state, &b);
	assert_true(b.admission.missing);	/* MySQL is asked then */
	assert_false(exists(*state, "p:v:7:3:1"));
	try_free(&a);
	try_free(&b);
}

static void
new_writes_are_revealed_beside_what_was_taken_over(void **state)
{
	struct try a = { 0 }, b = { 0 }, c = { 0 };
	struct admission *group[] = { &b.admission, &c.admission };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	let_time_pass(*state, &a);
	try_prepare(&b, PRINT, EPOCH);
	try_prepare(&c, PRINT, EPOCH);
	c.claim.key = OTHER;
	assert_int_equal(cache_admit(*state, EPOCH, group, 2), RESULT_OK);
	assert_int_equal(b.claim.owner, 2);
	assert_int_equal(c.claim.owner, 1);
	assert_int_equal(cache_reveal(*state, EPOCH, group, 2, false),
	    RESULT_OK);
	assert_false(b.admission.missing);
	assert_false(c.admission.missing);
	assert_true(exists(*state, "p:v:7:3:1"));
	assert_true(exists(*state, "p:v:7:3:2"));
	try_free(&a);
	try_free(&b);
	try_free(&c);
}

static void
an_owner_who_was_only_slow_ends_it_as_well(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	let_time_pass(*state, &a);
	assert_int_equal(try(*state, &b), ADMIT_OK);
	reveal(*state, &a);
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_OK);
	reveal(*state, &b);
	assert_false(b.admission.missing);
	assert_int_equal(cache_claim_done(*state, EPOCH, &b.admission),
	    RESULT_OK);
	assert_int_equal(try(*state, &a), ADMIT_REPLAY);
	assert_int_equal(a.admission.key.message, 1);
	try_free(&a);
	try_free(&b);
}

static void
a_clock_that_went_back_makes_nobody_wait_longer(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	/* As if it had been claimed in the year 5138. */
	command(*state, COMMAND_OF("SET", CLAIM, "r " PRINT
	    " 0000500000000001 1 1 99999999990000 99999999999999 1000 1000 0 "
	    "tail"));
	assert_int_equal(try(*state, &b), ADMIT_OK);
	assert_string_equal(b.admission.tail, "tail");
	try_free(&a);
	try_free(&b);
}

/* ---- giving up ---- */

static void
what_was_never_sent_frees_the_key(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	assert_int_equal(cache_claim_give_up(*state, &a.admission, true),
	    RESULT_OK);
	assert_false(exists(*state, CLAIM));
	assert_int_equal(try_in(*state, &b, OTHER, EPOCH), ADMIT_OK);
	assert_int_equal(b.admission.key.message, 2);
	try_free(&a);
	try_free(&b);
}

/* The first owner may have sent it, so the second can't know it was not. */
static void
what_was_taken_over_is_never_dropped(void **state)
{
	struct try a = { 0 }, b = { 0 }, c = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	let_time_pass(*state, &a);
	assert_int_equal(try(*state, &b), ADMIT_OK);
	assert_int_equal(cache_claim_give_up(*state, &b.admission, true),
	    RESULT_OK);
	assert_int_equal(try(*state, &c), ADMIT_OK);
	assert_int_equal(c.claim.owner, 3);
	assert_int_equal(c.admission.key.message, 1);
	/* Nor does a former owner take it from the one of now. */
	assert_int_equal(cache_claim_give_up(*state, &a.admission, true),
	    RESULT_OK);
	assert_int_equal(cache_claim_give_up(*state, &b.admission, false),
	    RESULT_OK);
	assert_int_equal(try(*state, &a), ADMIT_RUNNING);
	try_free(&a);
	try_free(&b);
	try_free(&c);
}

static void
what_is_done_is_not_given_up(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_OK);
	assert_int_equal(cache_claim_give_up(*state, &a.admission, true),
	    RESULT_OK);
	assert_int_equal(try(*state, &b), ADMIT_REPLAY);
	try_free(&a);
	try_free(&b);
}

/* ---- lives ---- */

static void
in_a_new_life_nothing_of_an_earlier_one_is_done(void **state)
{
	struct try a = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	begin_life(*state, EPOCH + 1);
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_CONFLICT);
	try_free(&a);
}

static void
a_claim_of_an_earlier_life_counts_for_nothing(void **state)
{
	struct try a = { 0 }, b = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_OK);
	begin_life(*state, EPOCH + 1);
	assert_int_equal(try_in(*state, &b, PRINT, EPOCH + 1), ADMIT_OK);
	assert_int_equal(b.claim.owner, 1);
	assert_int_equal(VERSION_EPOCH(b.admission.version), EPOCH + 1);
	/* And what the earlier one's jobs say of it later, too. */
	assert_int_equal(cache_claims_ahead(*state, &(struct claim_stored){
	    .application = APP, .key = KEY, .version = a.admission.version },
	    1), RESULT_OK);
	assert_int_equal(try_in(*state, &a, PRINT, EPOCH + 1),
	    ADMIT_RUNNING);
	try_free(&a);
	try_free(&b);
}

static void
a_claim_that_is_gone_is_not_done(void **state)
{
	struct try a = { 0 };

	assert_int_equal(try(*state, &a), ADMIT_OK);
	command(*state, COMMAND_OF("DEL", CLAIM));
	assert_int_equal(cache_claim_done(*state, EPOCH, &a.admission),
	    RESULT_CONFLICT);
	try_free(&a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_one_is_numbered_and_owns_the_claim),
		TEST(a_key_that_mysql_was_not_asked_about_is_not_claimed),
		TEST(while_its_owner_has_time_others_wait),
		TEST(of_two_at_once_in_one_group_one_is_first),
		TEST(another_payload_is_refused_whatever_became_of_the_first),
		TEST(what_is_done_is_answered_again_without_its_event),
		TEST(what_mysql_has_is_kept_a_little_while_only),
		TEST(what_mysql_has_of_another_version_says_nothing),
		TEST(who_takes_over_gets_the_same_event_number_and_version),
		TEST(two_that_would_take_over_at_once_are_one),
		TEST(a_takeover_covers_nothing_that_is_newer),
		TEST(a_takeover_of_what_was_hidden_too_long_shows_nothing),
		TEST(new_writes_are_revealed_beside_what_was_taken_over),
		TEST(an_owner_who_was_only_slow_ends_it_as_well),
		TEST(a_clock_that_went_back_makes_nobody_wait_longer),
		TEST(what_was_never_sent_frees_the_key),
		TEST(what_was_taken_over_is_never_dropped),
		TEST(what_is_done_is_not_given_up),
		TEST(in_a_new_life_nothing_of_an_earlier_one_is_done),
		TEST(a_claim_of_an_earlier_life_counts_for_nothing),
		TEST(a_claim_that_is_gone_is_not_done),
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
