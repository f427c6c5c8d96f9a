/* park.c: events that cannot be stored, put aside for the operator. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "park.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"

static void
report(const struct entry *entry)
{
	const struct event *event = &entry->event;
	const struct key *key = &event->item.key;

	/* What follows a colon may quote the text: only the header has it. */
	log_error(event->request_id[0] ? event->request_id : NULL,
	    "parked in " BROKER_DEAD ": event %s, application %" PRIu32
	    ", chat %" PRIu64 ", message %" PRIu64 ": %.*s",
	    event->id[0] ? event->id : "unreadable", key->application,
	    key->chat, key->message,
	    (int)strcspn(entry->reason, ":"), entry->reason);
}

static enum result
park_entry(struct broker *broker, struct entry *entry)
{
	char time[CLOCK_SIZE], count[24];
	const char *const headers[] = {
		"x-parley-reason", entry->reason,
		"x-parley-time", time,
		"x-parley-count", count,
		NULL,
	};

	clock_format(clock_wall_ms(), time);
	snprintf(count, sizeof(count), "%" PRIu64, entry->deliveries + 1);
	enum result result = broker_publish(broker, BROKER_KEY_DEAD,
	    entry->line, entry->len, headers);
	if (result != RESULT_OK)
		return result;
	entry->parked = true;
	report(entry);
	return RESULT_OK;
}

enum result
park(struct broker *broker, struct batch *batch)
{
	enum result result = RESULT_OK;

	for (size_t i = 0; i < batch->count && result == RESULT_OK; i++)
		if (batch->entries[i].reason != NULL &&
		    !batch->entries[i].parked)
			result = park_entry(broker, &batch->entries[i]);
	return result;
}
