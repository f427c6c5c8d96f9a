/* pages.c: pages of messages as they were answered, to be answered again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "pages.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ident.h"
#include "memory.h"

#define SLOTS 1024		/* a page has one place where it can be */
#define SHARE 8			/* no page takes more than this part of all */
#define NAME_SIZE (IDENT_SIZE + 100)

struct slot {
	char *name;		/* NULL: empty */
	struct kept_page page;
	int64_t made;
};

struct pages {
	pthread_mutex_t mutex;	/* of what follows */
	size_t most, used;	/* bytes */
	struct slot slots[SLOTS];
	size_t hand;		/* the slot that is emptied next for room */
};

struct pages *
pages_new(size_t most)
{
	struct pages *p = xcalloc(1, sizeof *p);

	pthread_mutex_init(&p->mutex, NULL);
	p->most = most;
	return p;
}

static size_t
size_of(const struct slot *slot)
{
	return slot->name == NULL ? 0 :
	    strlen(slot->name) + slot->page.body.size;
}

static void
empty(struct pages *p, struct slot *slot)
{
	p->used -= size_of(slot);
	free(slot->name);
	buffer_free(&slot->page.body);
	*slot = (struct slot){0};
}

void
pages_free(struct pages *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		empty(p, &p->slots[i]);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

/* Writes the question down, and returns where its page can be. */
static struct slot *
place(struct pages *p, const struct page_key *key, char name[NAME_SIZE])
{
	uint64_t hash = 0;

	snprintf(name, NAME_SIZE, "%s %" PRIu64 " %" PRIu64 " %" PRIu64
	    " %u %d", key->token, key->chat, key->range.after,
	    key->range.before, key->range.limit, key->range.descending != 0);
	for (const char *at = name; *at != '\0'; at++)
		hash = hash * 31 + (unsigned char)*at;
	return &p->slots[(hash ^ hash >> 32) % SLOTS];
}

bool
pages_find(struct pages *p, const struct page_key *key, struct kept_page *out)
{
	char name[NAME_SIZE];
	struct slot *slot = place(p, key, name);
	bool found;

	buffer_reset(&out->body);
	pthread_mutex_lock(&p->mutex);
	found = slot->name != NULL && ident_equal_secret(name, slot->name) &&
	    clock_mono_ms() - slot->made < PAGE_MS;
	if (found) {
		buffer_add(&out->body, slot->page.body.data,
		    slot->page.body.len);
		out->change = slot->page.change;
		out->last = slot->page.last;
	}
	pthread_mutex_unlock(&p->mutex);
	return found;
}

/* Empties slots, in turn, until there is room. With the mutex held. */
static void
make_room(struct pages *p, size_t size)
{
	while (p->used + size > p->most) {
		empty(p, &p->slots[p->hand]);
		p->hand = (p->hand + 1) % SLOTS;
	}
}

void
pages_keep(struct pages *p, const struct page_key *key,
    const struct kept_page *page, int64_t made)
{
	char name[NAME_SIZE];
	struct slot *slot = place(p, key, name), new = {.made = made};

	if (page->body.len > p->most / SHARE)
		return;
	new.name = xstrdup(name);
	new.page = *page;
	new.page.body = BUFFER_EMPTY;
	buffer_add(&new.page.body, page->body.data, page->body.len);
	pthread_mutex_lock(&p->mutex);
	empty(p, slot);
	make_room(p, size_of(&new));
	*slot = new;
	p->used += size_of(slot);
	pthread_mutex_unlock(&p->mutex);
}
