/* event.c: THE CONTRACT between web side and jobs: the queue message. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "event.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"

/* The last millisecond of the year 9999: MySQL's DATETIME goes no further. */
#define TIME_MOST 253402300799999

#define OP_CREATE "create"
#define OP_UPDATE "update"

static const char *const type_names[] = {
	[EVENT_CHAT] = "chat",
	[EVENT_MESSAGE] = "message",
	[EVENT_MARKER] = "marker",
	[EVENT_PROBE] = "probe",
};
#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

void
event_clear(struct event *event)
{
	item_clear(&event->item);
	*event = (struct event){0};
}

/* ---- writing, by hand: it is done for every write that is accepted ---- */

/* Appends a JSON string of valid UTF-8 without NUL. */
static void
add_string(struct buffer *out, const char *string)
{
	const char *plain = string;

	buffer_char(out, '"');
	for (;; string++) {
		unsigned char c = (unsigned char)*string;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buffer_add(out, plain, (size_t)(string - plain));
		plain = string + 1;
		if (c == '\0')
			break;
		if (c == '"' || c == '\\')
			buffer_printf(out, "\\%c", c);
		else if (c == '\n')
			buffer_str(out, "\\n");
		else
			buffer_printf(out, "\\u%04x", c);
	}
	buffer_char(out, '"');
}

void
event_tail(struct buffer *out, const struct event *event)
{
	const struct item *item = &event->item;
	bool creates = strcmp(event->id, item->origin) == 0;
	char traceparent[TRACEPARENT_SIZE];

	buffer_printf(out, "\"v\":%d,\"type\":\"%s\",\"op\":\"%s\","
	    "\"id\":\"%s\",\"origin\":\"%s\",", EVENT_FORMAT,
	    type_names[event->type], creates ? OP_CREATE : OP_UPDATE,
	    event->id, item->origin);
	if (event->type == EVENT_MESSAGE)
		buffer_printf(out, "\"chat\":%" PRIu64 ",", item->key.chat);
	buffer_str(out, "\"text\":");
	if (item->text == NULL)
		buffer_str(out, "null");
	else
		add_string(out, item->text);
	buffer_printf(out,
	    ",\"created_at\":%" PRId64 ",\"updated_at\":%" PRId64,
	    item->created_at, item->updated_at);
	if (event->request_id[0] != '\0') {
		buffer_str(out, ",\"request_id\":");
		add_string(out, event->request_id);
	}
	if (event->trace.id[0] != '\0') {
		trace_write(&event->trace, traceparent);
		buffer_str(out, ",\"traceparent\":");
		add_string(out, traceparent);
	}
	if (event->key[0] != '\0')
		buffer_printf(out, ",\"key\":\"%s\",\"print\":\"%s\","
		    "\"count\":%" PRIu64, event->key, event->print,
		    item->messages_count);
	buffer_char(out, '}');
}

void
event_line(struct buffer *out, const char *tail, const struct key *key,
    uint64_t version)
{
	buffer_printf(out, "{\"app\":%" PRIu32 ",\"number\":%" PRIu64
	    ",\"version\":%" PRIu64 ",", key->application,
	    key->message ? key->message : key->chat, version);
	buffer_str(out, tail);
	buffer_char(out, '\n');
}

void
event_control_line(struct buffer *out, const struct event *event)
{
	buffer_printf(out, "{\"v\":%d,\"type\":\"%s\"", EVENT_FORMAT,
	    type_names[event->type]);
	if (event->type == EVENT_MARKER)
		buffer_printf(out, ",\"epoch\":%" PRIu32, event->epoch);
	buffer_str(out, "}\n");
}

/* ---- reading: nothing is believed ---- */

/* What reading needs to know; after the first failure the rest is skipped. */
struct reading {
	const json_t *object;
	char *error;
	size_t size;
	bool failed;
};

static void __attribute__((format(printf, 2, 3)))
fail(struct reading *reading, const char *format, ...)
{
	va_list args;

	if (reading->failed)
		return;
	reading->failed = true;
	va_start(args, format);
	vsnprintf(reading->error, reading->size, format, args);
	va_end(args);
}

/* A whole number from 0 or 1 to most. */
static uint64_t
get_number(struct reading *reading, const char *name, int64_t least,
    int64_t most)
{
	const json_t *value = json_object_get(reading->object, name);
	json_int_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= least && number <= most)
		return (uint64_t)number;
	fail(reading, "%s is %s %" PRId64 " to %" PRId64, name,
	    value ? "not a whole number from" : "missing, a number from",
	    least, most);
	return 0;
}

/* A string inside reading->object, borrowed; "" if there is none. */
static const char *
get_string(struct reading *reading, const char *name)
{
	const json_t *value = json_object_get(reading->object, name);

	if (json_is_string(value))
		return json_string_value(value);
	fail(reading, "%s is %s", name, value ? "not a string" : "missing");
	return "";
}

static void
get_uuid(struct reading *reading, const char *name, char out[IDENT_SIZE])
{
	const char *uuid = get_string(reading, name);

	if (ident_is_uuid(uuid))
		memcpy(out, uuid, IDENT_SIZE);
	else
		fail(reading, "%s is not a UUID in lower case", name);
}

static enum event_type
get_type(struct reading *reading)
{
	const char *name = get_string(reading, "type");

	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(name, type_names[i]) == 0)
			return (enum event_type)i;
	fail(reading, "type \"%.32s\" is not known", name);
	return EVENT_PROBE;
}

/* The name of a chat may be null, the body of a message may not. */
static char *
get_text(struct reading *reading, enum event_type type)
{
	const json_t *value = json_object_get(reading->object, "text");

	if (type == EVENT_CHAT && json_is_null(value))
		return NULL;
	return xstrdup(get_string(reading, "text"));
}

static void
get_request_id(struct reading *reading, char out[REQUEST_ID_SIZE])
{
	const char *id;

	if (json_object_get(reading->object, "request_id") == NULL)
		return;
	id = get_string(reading, "request_id");
	if (strlen(id) < REQUEST_ID_SIZE)
		memcpy(out, id, strlen(id) + 1);
	else
		fail(reading, "request_id is longer than %d",
		    REQUEST_ID_SIZE - 1);
}

/* Optional, and for logs only: never worth a write. */
static void
get_trace(struct reading *reading, struct trace *trace)
{
	trace_read(trace, json_string_value(
	    json_object_get(reading->object, "traceparent")));
}

/* Nothing of all that, or all. */
static void
get_key(struct reading *reading, struct event *event)
{
	if (json_object_get(reading->object, "key") == NULL)
		return;
	get_uuid(reading, "key", event->key);
	get_uuid(reading, "print", event->print);
	event->item.messages_count = get_number(reading, "count", 0,
	    INT64_MAX);
}

/* "op" repeats what id and origin say, for people; so it must agree. */
static void
check_op(struct reading *reading, const struct event *event)
{
	const char *op = get_string(reading, "op");
	bool creates = strcmp(event->id, event->item.origin) == 0;

	if (strcmp(op, OP_CREATE) != 0 && strcmp(op, OP_UPDATE) != 0)
		fail(reading, "op \"%.32s\" is not known", op);
	else if ((strcmp(op, OP_CREATE) == 0) != creates)
		fail(reading, "op is \"%s\", but id and origin %s", op,
		    creates ? "are the same" : "differ");
}

/* Reads what event_tail wrote of a chat or message. */
static void
read_tail(struct reading *reading, struct event *event)
{
	struct item *item = &event->item;

	get_uuid(reading, "id", event->id);
	get_uuid(reading, "origin", item->origin);
	check_op(reading, event);
	if (event->type == EVENT_MESSAGE)
		item->key.chat = get_number(reading, "chat", 1, INT64_MAX);
	item->text = get_text(reading, event->type);
	item->created_at = (int64_t)get_number(reading, "created_at", 0,
	    TIME_MOST);
	item->updated_at = (int64_t)get_number(reading, "updated_at", 0,
	    TIME_MOST);
	get_request_id(reading, event->request_id);
	get_trace(reading, &event->trace);
	get_key(reading, event);
}

/* Reads what Redis gave: the head of the line. */
static void
read_head(struct reading *reading, struct event *event)
{
	struct key *key = &event->item.key;

	key->application = (uint32_t)get_number(reading, "app", 1, UINT32_MAX);
	if (event->type == EVENT_MESSAGE)
		key->message = get_number(reading, "number", 1, INT64_MAX);
	else
		key->chat = get_number(reading, "number", 1, INT64_MAX);
	event->item.version = get_number(reading, "version", 1, INT64_MAX);
}

static void
read_event(struct reading *reading, struct event *event)
{
	get_number(reading, "v", EVENT_FORMAT, EVENT_FORMAT);
	event->type = get_type(reading);
	if (event->type == EVENT_MARKER) {
		event->epoch = (uint32_t)get_number(reading, "epoch", 1,
		    UINT32_MAX);
	} else if (event->type != EVENT_PROBE) {
		read_tail(reading, event);
		read_head(reading, event);
	}
}

enum result
event_decode(struct event *event, const char *line, size_t len, char *error,
    size_t size)
{
	struct reading reading = { .error = error, .size = size };
	json_error_t where;
	json_t *json;

	*event = (struct event){0};
	error[0] = '\0';
	json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
	reading.object = json;
	if (json == NULL)
		fail(&reading, "not JSON: %s", where.text);
	else if (!json_is_object(json))
		fail(&reading, "not a JSON object");
	else
		read_event(&reading, event);
	json_decref(json);
	if (!reading.failed)
		return RESULT_OK;
	event_clear(event);
	return RESULT_INVALID;
}

/* The tail as a JSON object of its own; NULL if it is none. */
static json_t *
parse_tail(const char *tail, size_t len)
{
	struct buffer object = BUFFER_EMPTY;
	json_t *json;

	buffer_reserve(&object, len + 1);
	buffer_char(&object, '{');
	buffer_add(&object, tail, len);
	json = json_loadb(object.data, object.len, JSON_REJECT_DUPLICATES,
	    NULL);
	buffer_free(&object);
	return json;
}

enum result
event_item_from_tail(struct item *item, const char *tail, size_t len,
    const struct key *key, uint64_t version)
{
	struct event event = {0};
	char error[128];
	json_t *json = parse_tail(tail, len);
	struct reading reading = { json, error, sizeof(error), json == NULL };

	*item = (struct item){0};
	if (!reading.failed) {
		get_number(&reading, "v", EVENT_FORMAT, EVENT_FORMAT);
		event.type = get_type(&reading);
		read_tail(&reading, &event);
	}
	if (event.type != (key->message ? EVENT_MESSAGE : EVENT_CHAT) ||
	    (key->message != 0 && event.item.key.chat != key->chat))
		reading.failed = true;
	json_decref(json);
	if (reading.failed) {
		event_clear(&event);
		return RESULT_INVALID;
	}
	*item = event.item;
	item->key = *key;
	item->version = version;
	item->messages_count = 0;	/* what was counted once is old */
	return RESULT_OK;
}
