/* spent.h: where the time of one request goes. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SPENT_H
#define PARLEY_SPENT_H

#include <stdint.h>

/* What a request can be waiting for. */
enum spent_on {
	SPENT_OWN,		/* nobody: this program works */
	SPENT_WEB,		/* the web server, to hand over the body */
	SPENT_TURN,		/* the process's committer, to take the write */
	SPENT_REDIS,
	SPENT_RABBITMQ,
	SPENT_MYSQL,		/* a free connection to it, too */
	SPENT_SEARCH,
	SPENT_KINDS
};

/* "own", "web", "turn" and so on: what logs call them. */
const char *spent_name(enum spent_on);

/*
 * A stop-watch with one hand: each moment counts for one part, so the parts
 * are never more than the whole. One thread at a time. Who may call outside
 * on behalf of no request has NULL in its place, which counts nothing.
 */
struct spent {
	int64_t us[SPENT_KINDS];
	enum spent_on part;		/* that counts now */
	int64_t since;		/* clock_mono_us */
};

/* Begins anew, with this part. */
void spent_start(struct spent *, enum spent_on);

/* From now on another part counts. Returns the one that did. */
enum spent_on spent_switch(struct spent *, enum spent_on);

/*
 * Of what was counted as waiting for part, all but its own work was spent as
 * another one has measured it: while we waited for him.
 */
void spent_explain(struct spent *, enum spent_on, const struct spent *other);

/* All parts together, up to the last switch. */
int64_t spent_total(const struct spent *);

/* The part in which most of it was spent. */
enum spent_on spent_most(const struct spent *);

#endif
