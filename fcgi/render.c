/* render.c: applications, chats and messages as JSON. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "render.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "json_text.h"

static void
add_times(struct buffer *out, int64_t created_at, int64_t updated_at)
{
	char created[CLOCK_SIZE], updated[CLOCK_SIZE];

	clock_format(created_at, created);
	clock_format(updated_at, updated);
	buffer_str(out, ",\"created_at\":\"");
	buffer_str(out, created);
	buffer_str(out, "\",\"updated_at\":\"");
	buffer_str(out, updated);
	buffer_char(out, '"');
}

void
render_application(struct buffer *out, const struct application *app)
{
	buffer_printf(out, "{\"token\":\"%s\",\"name\":", app->token);
	json_text_or_null(out, app->name);
	buffer_printf(out, ",\"chats_count\":%" PRIu64, app->chats_count);
	add_times(out, app->created_at, app->updated_at);
	buffer_char(out, '}');
}

void
render_chat(struct buffer *out, const char *token, const struct item *chat)
{
	buffer_printf(out, "{\"application_token\":\"%s\",\"number\":%" PRIu64
	    ",\"name\":", token, chat->key.chat);
	json_text_or_null(out, chat->text);
	buffer_printf(out, ",\"messages_count\":%" PRIu64,
	    chat->messages_count);
	add_times(out, chat->created_at, chat->updated_at);
	buffer_char(out, '}');
}

static void
add_message(struct buffer *out, const char *token, const struct item *message)
{
	buffer_str(out, "{\"application_token\":\"");
	buffer_str(out, token);
	buffer_str(out, "\",\"chat_number\":");
	buffer_uint(out, message->key.chat);
	buffer_str(out, ",\"number\":");
	buffer_uint(out, message->key.message);
	buffer_str(out, ",\"body\":");
	json_text_or_null(out, message->text);
	add_times(out, message->created_at, message->updated_at);
}

void
render_message(struct buffer *out, const char *token,
    const struct item *message)
{
	add_message(out, token, message);
	buffer_char(out, '}');
}

void
render_hit(struct buffer *out, const char *token, const struct item *message,
    const char *highlight)
{
	add_message(out, token, message);
	buffer_str(out, ",\"highlight\":");
	json_text(out, highlight, strlen(highlight));
	buffer_char(out, '}');
}

void
render_list(struct buffer *out, const char *token, const struct items *items,
    render_item *render)
{
	size_t i;

	buffer_char(out, '[');
	for (i = 0; i < items->count; i++) {
		if (i > 0)
			buffer_char(out, ',');
		render(out, token, &items->item[i]);
	}
	buffer_char(out, ']');
}
