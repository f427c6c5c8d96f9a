/* sweep.h: mends what Redis was not told about what is stored. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SWEEP_H
#define PARLEY_SWEEP_H

#include "cache.h"
#include "db.h"

/* How far it has come; all zero is the beginning. */
struct sweeper {
	struct pending_at at;
};

/*
 * The jobs tell Redis what they have stored. When they die in between, or
 * Redis is away just then, an entry stays in p:pending. This asks MySQL about
 * the next ones, oldest first and then round again, and tells Redis of those
 * that are stored; the others are queued or parked, and stay. It stops after
 * a small part of a second. RESULT_OK also when there was nothing.
 */
MUST_CHECK enum result sweep(struct sweeper *, struct cache *, struct db *);

#endif
