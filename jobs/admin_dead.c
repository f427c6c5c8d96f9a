/* admin_dead.c: parley-admin dead: events that could not be stored. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin.h"
#include "admin_letter.h"
#include "admin_output.h"
#include "broker.h"
#include "cache_upkeep.h"
#include "memory.h"
#include "thread.h"

#define RETURN_AT_ONCE 16	/* letters */
#define RETURN_PAUSE_MS 5	/* between looks whether they are back */
#define RETURN_LOOKS 200

/*
 * A walk over the queue: each letter that it holds now is taken and held,
 * and given back at the end unless it was acked. So a crash at any moment
 * leaves every letter in the queue, and two operators at once see different
 * ones.
 */
struct walk {
	const struct call *call;
	struct broker *queue;	/* holds the letters */
	struct broker *writes;	/* of replay: a channel with nothing else */
	struct cache *cache;	/* of drop */
	bool *found;		/* for each of the call's IDs */
	uint64_t *held;		/* tags of the letters to be given back */
	size_t held_count;
	uint64_t met, done;
	json_t *said;		/* what was done, for programs; or NULL */
	/* What is done with a letter that is wanted; false: no further. */
	bool (*visit)(struct walk *, const struct delivery *,
	    const struct letter *);
	int status;
};

static bool
is_wanted(struct walk *walk, const struct letter *letter)
{
	bool wanted = walk->call->args_count == 0;

	for (size_t i = 0; i < walk->call->args_count; i++)
		if (strcmp(walk->call->args[i], letter->id) == 0)
			wanted = walk->found[i] = true;
	return wanted;
}

static bool
fail_queue(struct walk *walk)
{
	walk->status = admin_fail(EXIT_AGAIN, "RabbitMQ does not answer");
	return false;
}

/* One letter; false: no further. */
static bool
step(struct walk *walk)
{
	struct delivery delivery;
	struct letter letter;
	enum result result = broker_get(walk->queue, BROKER_DEAD, &delivery);
	bool good = true;

	if (result == RESULT_NOT_FOUND)
		return false;
	if (result != RESULT_OK)
		return fail_queue(walk);
	walk->met++;
	walk->held[walk->held_count++] = delivery.tag;
	letter_read(&delivery, &letter);
	if (is_wanted(walk, &letter))
		good = walk->visit(walk, &delivery, &letter);
	delivery_clear(&delivery);
	return good;
}

static void
report_missing(struct walk *walk)
{
	for (size_t i = 0; i < walk->call->args_count; i++)
		if (!walk->found[i])
			walk->status = admin_fail(EXIT_NO,
			    "no dead letter has the ID %s",
			    walk->call->args[i]);
}

/* Waits, not for ever, until the queue has as many letters again. */
static enum result
await_depth(struct walk *walk, uint64_t wanted)
{
	uint32_t depth = 0, consumers;
	enum result result = RESULT_OK;

	for (int i = 0; i < RETURN_LOOKS && depth < wanted && !result; i++) {
		if (i > 0)
			thread_pause(RETURN_PAUSE_MS);
		result = broker_depth(walk->queue, BROKER_DEAD, &depth,
		    &consumers);
	}
	return result;
}

/*
 * In their order, which a quorum queue keeps only of what it is given one by
 * one, and few at a time: of many that it has not dealt with yet it makes
 * one heap. (What came meanwhile may come to stand before them.) And when
 * we are done, whoever looks next is to see them all.
 */
static void
give_back(struct walk *walk)
{
	uint32_t newer, consumers;
	enum result result = RESULT_OK;

	if (walk->held_count > 0)
		result = broker_depth(walk->queue, BROKER_DEAD, &newer,
		    &consumers);
	for (size_t i = 0; i < walk->held_count && !result; i++) {
		result = broker_return_one(walk->queue, walk->held[i]);
		if (!result && ((i + 1) % RETURN_AT_ONCE == 0 ||
		    i + 1 == walk->held_count))
			result = await_depth(walk, newer + i + 1);
	}
}

/*
 * Goes no further than what the queue holds at the start: a letter that is
 * replayed may be back before the end.
 */
static int
run(struct walk *walk)
{
	const struct call *call = walk->call;
	uint32_t depth, consumers;

	walk->queue = broker_new(call->config);
	walk->found = xcalloc(call->args_count, sizeof(*walk->found));
	if (broker_depth(walk->queue, BROKER_DEAD, &depth, &consumers)) {
		depth = 0;
		fail_queue(walk);
	}
	walk->held = xcalloc(depth, sizeof(*walk->held));
	while (walk->met < depth && !*call->stop && step(walk))
		continue;
	give_back(walk);
	if (walk->status == EXIT_OK && *call->stop)
		walk->status = admin_fail(EXIT_AGAIN, "interrupted");
	if (walk->status == EXIT_OK)
		report_missing(walk);
	broker_free(walk->queue);
	free(walk->held);
	free(walk->found);
	return walk->status;
}

/* ---- list and show ---- */

/* An array for programs: of all that was wanted, or nothing. */
static int
conclude_reading(struct walk *walk, int status)
{
	if (walk->said != NULL && status == EXIT_OK)
		output_json(walk->said);
	else
		json_decref(walk->said);
	return status;
}

static bool
list_one(struct walk *walk, const struct delivery *delivery,
    const struct letter *letter)
{
	(void)delivery;
	if (walk->said != NULL) {
		json_array_append_new(walk->said, letter_describe(letter));
		return true;
	}
	if (walk->done++ == 0)
		letter_print_heads();
	letter_print(letter);
	return true;
}

int
admin_dead_list(const struct call *call)
{
	struct walk walk = { .call = call, .visit = list_one,
		.said = admin_wants_json(call) ? json_array() : NULL };
	int status = run(&walk);

	if (status == EXIT_OK && walk.said == NULL && walk.done == 0)
		fprintf(stderr, "there are no dead letters\n");
	return conclude_reading(&walk, status);
}

static bool
show_one(struct walk *walk, const struct delivery *delivery,
    const struct letter *letter)
{
	if (walk->said != NULL) {
		json_array_append_new(walk->said,
		    letter_describe_whole(letter, delivery));
		return true;
	}
	if (walk->done++ > 0)
		putchar('\n');
	letter_print_whole(letter, delivery);
	return true;
}

int
admin_dead_show(const struct call *call)
{
	struct walk walk = { .call = call, .visit = show_one,
		.said = admin_wants_json(call) ? json_array() : NULL };

	return conclude_reading(&walk, run(&walk));
}

/* ---- what replay and drop have in common ---- */

/* Either IDs or --all, so that nothing is done to all by an oversight. */
static bool
names_some(const struct call *call)
{
	return (call->args_count > 0) != ((call->given & GIVEN_ALL) != 0);
}

static bool
ack(struct walk *walk, const struct delivery *delivery)
{
	if (broker_ack_one(walk->queue, delivery->tag) != RESULT_OK)
		return fail_queue(walk);
	walk->held_count--;	/* it was the last one */
	walk->done++;
	return true;
}

/* For people each is a line at once, for it may take long. */
static bool
say_done(struct walk *walk, const struct letter *letter)
{
	if (walk->said != NULL)
		json_array_append_new(walk->said, json_string(letter->id));
	else if (!admin_is_quiet(walk->call))
		printf("%s\n", letter->id);
	return true;
}

/* How many were; all that were, for programs, whatever came between. */
static int
conclude_acts(struct walk *walk, int status, const char *what)
{
	if (walk->said != NULL)
		output_json(json_pack("{s:o}", what, walk->said));
	else if (!admin_is_quiet(walk->call))
		fprintf(stderr, "%" PRIu64 " %s\n", walk->done, what);
	return status;
}

/* ---- replay ---- */

/*
 * Acked only once the other is confirmed: whatever happens between, there is
 * one or there are two, which the persister knows by the event's UUID.
 */
static bool
replay_one(struct walk *walk, const struct delivery *delivery,
    const struct letter *letter)
{
	switch (broker_publish(walk->writes, BROKER_KEY_WRITE, delivery->body,
	    delivery->len, NULL)) {
	case RESULT_OK:
		return ack(walk, delivery) && say_done(walk, letter);
	case RESULT_FULL:
		walk->status = admin_fail(EXIT_AGAIN,
		    "%s stays: the queue of writes is full", letter->id);
		return false;
	default:
		walk->status = admin_fail(EXIT_AGAIN,
		    "%s stays: RabbitMQ did not confirm that it has it again",
		    letter->id);
		return false;
	}
}

int
admin_dead_replay(const struct call *call)
{
	struct walk walk = { .call = call, .visit = replay_one };
	int status;

	if (!names_some(call))
		return admin_fail(EXIT_USAGE,
		    "dead replay: give IDs, or --all");
	walk.said = admin_wants_json(call) ? json_array() : NULL;
	walk.writes = broker_new(call->config);
	status = run(&walk);
	broker_free(walk.writes);
	return conclude_acts(&walk, status, "replayed");
}

/* ---- drop ---- */

/*
 * Out of Redis first: if it were acked first and we died then, nobody would
 * know any more that the write is to disappear.
 */
static bool
drop_one(struct walk *walk, const struct delivery *delivery,
    const struct letter *letter)
{
	bool was;

	if (letter->names && cache_forget(walk->cache, &letter->key,
	    letter->version, &was) != RESULT_OK) {
		walk->status = admin_fail(EXIT_AGAIN, "%s stays: Redis, where "
		    "it still can be read, does not answer", letter->id);
		return false;
	}
	return ack(walk, delivery) && say_done(walk, letter);
}

static bool
is_agreed(const struct call *call)
{
	char answer[8] = "";

	if (call->given & GIVEN_YES)
		return true;
	if (!isatty(STDIN_FILENO))
		return false;
	if (call->args_count > 0)
		fprintf(stderr, "Drop %zu dead letters", call->args_count);
	else
		fprintf(stderr, "Drop all dead letters");
	fprintf(stderr, " for good? What they wrote is lost. [y/N] ");
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y');
}

int
admin_dead_drop(const struct call *call)
{
	struct walk walk = { .call = call, .visit = drop_one };
	int status;

	if (!names_some(call))
		return admin_fail(EXIT_USAGE, "dead drop: give IDs, or --all");
	if (!is_agreed(call))
		return admin_fail(EXIT_USAGE,
		    "nothing dropped: it needs a yes, or --yes");
	walk.said = admin_wants_json(call) ? json_array() : NULL;
	walk.cache = cache_new(call->config);
	status = run(&walk);
	cache_free(walk.cache);
	return conclude_acts(&walk, status, "dropped");
}
