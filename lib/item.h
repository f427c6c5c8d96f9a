/* item.h: a chat or a message, as every part of the system knows it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ITEM_H
#define PARLEY_ITEM_H

#include <stddef.h>
#include <stdint.h>

#include "ident.h"

/*
 * Names one chat or one message inside. A chat has message == 0; numbers
 * start at 1. The application is its internal number, never shown outside.
 */
struct key {
	uint32_t application;
	uint64_t chat;
	uint64_t message;
};

/* Orders keys as MySQL's primary keys do; for qsort(3) through a wrapper. */
int key_compare(const struct key *, const struct key *);

/*
 * The full state of a chat or message. A higher version replaces a lower
 * one, wherever they meet. version = epoch * 2^44 + a count inside the epoch.
 */
struct item {
	struct key key;
	uint64_t version;
	char origin[IDENT_SIZE];	/* UUID of the event that created it */
	char *text;			/* chat's name (may be NULL) or body */
	int64_t created_at;		/* milliseconds since 1970, UTC */
	int64_t updated_at;
	uint64_t messages_count;	/* chats read from MySQL; else 0 */
};

/* A thing as somebody has it: which one, and how new. */
struct edition {
	struct key key;
	uint64_t version;
};

#define VERSION_EPOCH_SHIFT 44
#define VERSION_EPOCH(version) ((uint32_t)((version) >> VERSION_EPOCH_SHIFT))

/* Frees what the item holds and makes it all zero; not the struct itself. */
void item_clear(struct item *);

/* A growing array of items; all zero is an empty one. Frees with _clear. */
struct items {
	struct item *item;
	size_t count, size;
};

/* Room for one more at the end: a zeroed item owned by the array. */
struct item *items_add(struct items *);
void items_clear(struct items *);

/* Which part of a list is wanted: numbers between after and before. */
struct range {
	uint64_t after;		/* numbers above this; 0 = from the first */
	uint64_t before;	/* numbers below this; 0 = to the last */
	unsigned limit;		/* how many at most */
	int descending;		/* nonzero: highest numbers first */
};

#endif
