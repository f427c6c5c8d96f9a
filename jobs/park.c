/* park.c: events that cannot be stored, put aside into queues of their own. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "park.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"
#include "log.h"

#define PAUSE_FIRST_MS 1000	/* then doubled */
#define PAUSE_MOST_MS 60000
#define PAUSE_DOUBLINGS 6
#define NUMBER_SIZE 24

int64_t
park_pause_ms(int retries)
{
	int64_t pause = (int64_t)PAUSE_FIRST_MS <<
	    (retries < PAUSE_DOUBLINGS ? retries : PAUSE_DOUBLINGS);

	return pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
}

/* Its first failure is reported, and its end; not each try in between. */
static void
report(const struct entry *entry, bool parked)
{
	if (parked)
		entry_log(entry, LEVEL_ERROR, "parked in " BROKER_DEAD);
	else
		entry_log(entry, entry->retries == 0 ? LEVEL_WARN :
		    LEVEL_DEBUG, "to be tried again");
}

/* A retry counts the tries; before it, all that is known is deliveries. */
static uint64_t
tries(const struct entry *entry)
{
	if (entry->again || entry->retries > 0)
		return (uint64_t)entry->retries + 1;
	return entry->deliveries + 1;
}

static enum result
park_entry(struct broker *broker, const struct config *config,
    struct entry *entry, struct parked *parked)
{
	bool again = entry->again && entry->retries < config->jobs_retries;
	char time[CLOCK_SIZE], count[NUMBER_SIZE], due[NUMBER_SIZE];
	const char *const headers[] = {
		"x-parley-reason", entry->reason,
		"x-parley-count", count,
		again ? "x-parley-due" : "x-parley-time", again ? due : time,
		NULL,
	};
	int64_t now = clock_wall_ms();

	clock_format(now, time);
	snprintf(count, sizeof(count), "%" PRIu64, tries(entry));
	snprintf(due, sizeof(due), "%" PRId64,
	    now + park_pause_ms(entry->retries));
	enum result result = broker_publish(broker,
	    again ? BROKER_KEY_RETRY : BROKER_KEY_DEAD,
	    entry->line, entry->len, headers);
	if (result == RESULT_FULL)
		log_warn(NULL, "RabbitMQ refuses what is to be put aside");
	if (result != RESULT_OK)
		return result;
	entry->aside = true;
	if (again)
		parked->again++;
	else
		parked->dead++;
	report(entry, !again);
	return RESULT_OK;
}

enum result
park(struct broker *broker, const struct config *config, struct batch *batch,
    struct parked *parked)
{
	enum result result = RESULT_OK;

	*parked = (struct parked){0};
	for (size_t i = 0; i < batch->count && result == RESULT_OK; i++)
		if (batch->entries[i].reason != NULL &&
		    !batch->entries[i].aside)
			result = park_entry(broker, config,
			    &batch->entries[i], parked);
	return result;
}

enum result
park_probe(struct broker *broker)
{
	const struct event probe = { .type = EVENT_PROBE };
	struct buffer line = BUFFER_EMPTY;

	event_control_line(&line, &probe);
	enum result result = broker_publish(broker, BROKER_KEY_RETRY,
	    line.data, line.len, NULL);
	buffer_free(&line);
	return result;
}
