/* item.c: a chat or a message, as every part of the system knows it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "item.h"

#include <stdlib.h>

#include "memory.h"

#define FIRST_SIZE 16

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
key_compare(const struct key *a, const struct key *b)
{
	int order = compare(a->application, b->application);

	if (order == 0)
		order = compare(a->chat, b->chat);
	if (order == 0)
		order = compare(a->message, b->message);
	return order;
}

void
item_clear(struct item *item)
{
	free(item->text);
	*item = (struct item){0};
}

struct item *
items_add(struct items *items)
{
	struct item *item;

	if (items->count == items->size) {
		items->size = items->size ? items->size * 2 : FIRST_SIZE;
		items->item = xrealloc(items->item, items->size,
		    sizeof(*items->item));
	}
	item = &items->item[items->count++];
	*item = (struct item){0};
	return item;
}

void
items_clear(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		item_clear(&items->item[i]);
	free(items->item);
	*items = (struct items){0};
}
