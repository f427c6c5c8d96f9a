/* expire.h: forgets the Idempotency-Keys whose time is over. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_EXPIRE_H
#define PARLEY_EXPIRE_H

#include <stdint.h>

#include "config.h"
#include "db.h"

/* When to look again, clock_mono_ms(); all zero is at once. */
struct expirer {
	int64_t next;
};

/*
 * If it is time: deletes keys from MySQL that are older than
 * idempotency_hours, a bounded number at a time, for a small part of a
 * second; then soon again if there are more.
 */
void expire_when_due(struct expirer *, struct db *, const struct config *);

#endif
