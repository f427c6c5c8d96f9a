/* fuzz_event.c: what is in the queue, read, put in order, written again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "../../jobs/batch.h"
#include "fuzz.h"
#include "memory.h"
#include "text.h"

static void
check_same_item(const struct item *a, const struct item *b)
{
	CHECK(key_compare(&a->key, &b->key) == 0);
	CHECK(a->version == b->version);
	CHECK(strcmp(a->origin, b->origin) == 0);
	CHECK((a->text == NULL) == (b->text == NULL));
	CHECK(a->text == NULL || strcmp(a->text, b->text) == 0);
	CHECK(a->created_at == b->created_at);
	CHECK(a->updated_at == b->updated_at);
}

/* The tail alone, as Redis has it, says the same. */
static void
check_tail(const struct event *event, const struct buffer *tail)
{
	struct item item;

	CHECK(event_item_from_tail(&item, tail->data, tail->len,
	    &event->item.key, event->item.version) == RESULT_OK);
	check_same_item(&event->item, &item);
	item_clear(&item);
}

static void
check_item_event(const struct event *event)
{
	struct buffer tail = BUFFER_EMPTY, line = BUFFER_EMPTY;
	struct event again;
	char error[256];

	CHECK(event->item.text == NULL || text_valid(event->item.text,
	    strlen(event->item.text)));
	event_tail(&tail, event);
	check_tail(event, &tail);
	event_line(&line, tail.data, &event->item.key, event->item.version);
	CHECK(memchr(line.data, '\n', line.len) == line.data + line.len - 1);
	CHECK(event_decode(&again, line.data, line.len, error,
	    sizeof(error)) == RESULT_OK);
	CHECK(again.type == event->type);
	CHECK(strcmp(again.id, event->id) == 0);
	CHECK(strcmp(again.request_id, event->request_id) == 0);
	check_same_item(&event->item, &again.item);
	event_clear(&again);
	buffer_free(&tail);
	buffer_free(&line);
}

static void
check_control_event(const struct event *event)
{
	struct buffer line = BUFFER_EMPTY;
	struct event again;
	char error[256];

	event_control_line(&line, event);
	CHECK(event_decode(&again, line.data, line.len, error,
	    sizeof(error)) == RESULT_OK);
	CHECK(again.type == event->type && again.epoch == event->epoch);
	event_clear(&again);
	buffer_free(&line);
}

/* Sorted, each thing once, in no older version than any entry has. */
static void
check_work(struct batch *batch, enum event_type type)
{
	struct work work;

	if (work_build(&work, batch->entries, batch->count, type))
		return;
	for (size_t i = 0; i < work.count; i++) {
		CHECK(i == 0 || key_compare(&work.items[i - 1].key,
		    &work.items[i].key) < 0);
		for (size_t j = 0; j < batch->count; j++) {
			const struct event *event = &batch->entries[j].event;

			CHECK(batch->entries[j].reason != NULL ||
			    event->type != type ||
			    key_compare(&event->item.key,
			    &work.items[i].key) != 0 ||
			    event->item.version <= work.items[i].version);
		}
	}
	work_clear(&work);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct batch batch = {0};
	struct delivery delivery = { .tag = 1, .len = size };
	struct item item;
	const struct key key = { 7, 3, 12 };

	delivery.body = xmalloc(size + 1);
	memcpy(delivery.body, data, size);
	delivery.body[size] = '\0';
	batch_add(&batch, &delivery);
	for (size_t i = 0; i < batch.count; i++) {
		const struct event *event = &batch.entries[i].event;

		if (batch.entries[i].reason != NULL)
			continue;
		if (event->type == EVENT_MARKER || event->type == EVENT_PROBE)
			check_control_event(event);
		else
			check_item_event(event);
	}
	check_work(&batch, EVENT_CHAT);
	check_work(&batch, EVENT_MESSAGE);
	entries_marker(batch.entries, batch.count);
	batch_clear(&batch);
	if (event_item_from_tail(&item, (const char *)data, size, &key, 1) ==
	    RESULT_OK)
		item_clear(&item);
	return 0;
}
