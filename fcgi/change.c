/* change.c: from a request that writes to the event that goes into store. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "change.h"

#include <string.h>

#include "clock.h"
#include "ident.h"
#include "memory.h"

static void
begin(struct event *event, enum event_type type, const struct request *req)
{
	const struct value *text = &req->value[0];

	*event = (struct event){.type = type};
	ident_uuid4(event->id);
	memcpy(event->request_id, req->id, sizeof(event->request_id));
	event->trace = req->trace;
	if (text->data != NULL)
		event->item.text = xstrndup(text->data, text->len);
	event->item.updated_at = clock_wall_ms();
}

void
change_create(struct event *event, enum event_type type,
    const struct request *req)
{
	begin(event, type, req);
	memcpy(event->item.origin, event->id, sizeof(event->item.origin));
	event->item.created_at = event->item.updated_at;
	if (type == EVENT_MESSAGE)
		event->item.key.chat = req->chat;
}

void
change_update(struct event *event, enum event_type type,
    const struct request *req, const struct item *current)
{
	begin(event, type, req);
	event->item.key = current->key;
	memcpy(event->item.origin, current->origin,
	    sizeof(event->item.origin));
	event->item.created_at = current->created_at;
	event->item.messages_count = current->messages_count;
	/* The clock may have been set back: never updated before created. */
	if (event->item.updated_at < current->created_at)
		event->item.updated_at = current->created_at;
}
