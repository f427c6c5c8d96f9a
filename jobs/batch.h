/* batch.h: events collected from deliveries, on their way into MySQL. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_BATCH_H
#define PARLEY_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker.h"
#include "config.h"
#include "event.h"
#include "log.h"

/*
 * How often a delivery may have come before: something in it may be what
 * ended us each time. From SUSPECT on its events are stored one by one, and
 * from HOPELESS on those that are not stored yet are parked, untried.
 */
#define DELIVERIES_SUSPECT 3
#define DELIVERIES_HOPELESS 6

/* One line of a delivery. */
struct entry {
	struct event event;	/* all zero if it could not be read */
	const char *line;	/* inside the delivery's body; not terminated */
	size_t len;
	uint64_t deliveries;	/* earlier ones of its delivery */
	int retries;		/* how often it was tried again already */
	char *reason;		/* why it is not stored; NULL: it is good */
	bool again;		/* if there is a reason: try it again later */
	bool aside;		/* is confirmed to be in another queue */
};

/* All zero is an empty batch. Entries are in the order of the queue. */
struct batch {
	struct delivery *deliveries;
	size_t deliveries_count, deliveries_size;
	struct entry *entries;
	size_t count, size;
	size_t bytes;
	int64_t begun;		/* clock_mono_ms() of the first delivery */
};

/* Takes over the delivery and reads its events; bad lines get a reason. */
void batch_add(struct batch *, struct delivery *);

/* Whether it has grown to a limit, or has waited long enough. */
bool batch_ripe(const struct batch *, const struct config *);

/* Up to this tag all deliveries are in the batch. */
uint64_t batch_tag(const struct batch *);

/* Frees what it holds and makes it empty. */
void batch_clear(struct batch *);

/*
 * Gives an entry that has none a reason not to be stored: not ever, so that
 * it is to be parked; or not now, so that it is to be tried again.
 */
void entry_condemn(struct entry *, const char *reason);
void entry_postpone(struct entry *, const char *reason);

/*
 * Logs what became of it, with the reason if there is one, and with the ids
 * of the request and the trace that it comes from.
 */
void entry_log(const struct entry *, enum log_level, const char *what);

/* What is left to be stored of some entries: at most one item for a thing. */
struct work {
	struct item *items;	/* sorted by key; they borrow their texts */
	struct entry **newest;	/* the entry that each item comes from */
	size_t count;
};

/*
 * Takes the good entries of one type, chat or message; of several about one
 * thing the highest version. RESULT_CONFLICT (and nothing to clear): two of
 * them say that different events created the thing, so that the first must
 * be stored before the other can be known as the clash.
 */
MUST_CHECK enum result work_build(struct work *, struct entry *, size_t count,
    enum event_type);
void work_clear(struct work *);

/* The highest epoch of the markers among the entries, 0 if there is none. */
uint32_t entries_marker(const struct entry *, size_t count);

#endif
