/* admin_letter.h: a dead letter, as far as it can be read. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADMIN_LETTER_H
#define PARLEY_ADMIN_LETTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker.h"
#include "ident.h"
#include "item.h"

/*
 * What is known of a message in the queue of dead letters. It is read more
 * leniently than an event: that it cannot be one may be why it is here.
 */
struct letter {
	char id[IDENT_SIZE];	/* the event's; else a hash of the body */
	char type[12];		/* "?" if it does not say */
	bool names;		/* key and version name a write */
	struct key key;		/* parts that it does not say are 0 */
	uint64_t version;
	const char *reason, *time, *tries;	/* of the delivery; or "?" */
};

/* The delivery must outlive the letter. */
void letter_read(const struct delivery *, struct letter *out);

/* A row of a table for people, and the row of its heads. */
void letter_print_heads(void);
void letter_print(const struct letter *);

/* The headers, and the event for people, or its bytes if it is none. */
void letter_print_whole(const struct letter *, const struct delivery *);

/* For programs: what a row tells; with the delivery, all of it. */
json_t *letter_describe(const struct letter *);
json_t *letter_describe_whole(const struct letter *, const struct delivery *);

#endif
