/* admin_restored.c: parley-admin restored: an older state was put back. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin.h"
#include "admin_output.h"
#include "clock.h"
#include "db_restored.h"

/* It goes through all counters: an hour, in ms. */
#define RESTORED_TIMEOUT_MS 3600000

static void
say(const struct call *call, const struct restored *restored)
{
	if (admin_wants_json(call)) {
		output_json(json_pack("{s:I,s:I,s:I,s:I}",
		    "gap", (json_int_t)restored->gap,
		    "counters", (json_int_t)restored->counters,
		    "epoch", (json_int_t)restored->epoch,
		    "next_application",
		    (json_int_t)restored->next_application));
		return;
	}
	printf("%" PRIu64 " counters moved on by %" PRIu64 "\n"
	    "epoch is %" PRIu32 "\n"
	    "the next application is %" PRIu32 "\n", restored->counters,
	    restored->gap, restored->epoch, restored->next_application);
}

/* How far; 0 if that is no number, or not such a one. */
static uint64_t
read_gap(const struct call *call)
{
	char *end;
	unsigned long long gap;

	if (call->args_count == 0)
		return RESTORED_GAP;
	gap = strtoull(call->args[0], &end, 10);
	return *end == '\0' && gap <= RESTORED_GAP_MOST ? gap : 0;
}

int
admin_restored(const struct call *call)
{
	struct restored restored = { .gap = read_gap(call) };
	enum result result;
	struct db *db;
	int status = EXIT_OK;

	if (restored.gap == 0)
		return admin_fail(EXIT_USAGE, "%s: not a number from 1 to "
		    "%lld", call->args[0], (long long)RESTORED_GAP_MOST);
	db = db_new(call->config);
	db_set_timeout(db, RESTORED_TIMEOUT_MS);
	result = db_restored(db, &restored, clock_wall_ms());
	if (result == RESULT_OK)
		say(call, &restored);
	else
		status = admin_fail(result == RESULT_FULL || result ==
		    RESULT_REFUSED ? EXIT_USAGE : EXIT_AGAIN,
		    "restored: the database: %s", result == RESULT_FULL ?
		    "no room is left above what it has" : db_error(db));
	db_free(db);
	return status;
}
