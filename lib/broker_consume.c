/* broker_consume.c: RabbitMQ: taking deliveries, acking, queue lengths. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker_internal.h"
#include "clock.h"
#include "memory.h"

/*
 * A consumer's host that vanishes holds up the queue (it has one active
 * consumer) until the broker misses two heartbeats. Between two calls of
 * broker_next less than this may pass.
 */
#define HEARTBEAT_S 30

#define CONSUMER_TAG "parley"	/* names our one consumer on the channel */

void
delivery_clear(struct delivery *delivery)
{
	for (char **at = delivery->headers; at != NULL && *at != NULL; at++)
		free(*at);
	free(delivery->headers);
	free(delivery->body);
	memset(delivery, 0, sizeof(*delivery));
}

enum result
broker_consume(struct broker *broker, const char *queue, uint16_t prefetch)
{
	if (broker->heartbeat == 0)
		broker_disconnect(broker);	/* heartbeats come with login */
	broker->heartbeat = HEARTBEAT_S;
	if (broker_connect(broker))
		return RESULT_UNAVAILABLE;
	amqp_basic_qos(broker->amqp, BROKER_CHANNEL, 0, prefetch, false);
	if (!broker_rpc_ok(broker, "cannot set the prefetch",
	    amqp_get_rpc_reply(broker->amqp)))
		goto fail;
	amqp_basic_consume(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(queue), amqp_cstring_bytes(CONSUMER_TAG), false,
	    false, false, amqp_empty_table);
	if (!broker_rpc_ok(broker, "cannot consume",
	    amqp_get_rpc_reply(broker->amqp)))
		goto fail;
	broker->consuming = true;
	return RESULT_OK;
fail:
	broker_drop(broker);
	return RESULT_UNAVAILABLE;
}

enum result
broker_cancel(struct broker *broker)
{
	assert(broker->consuming);
	amqp_basic_cancel(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(CONSUMER_TAG));
	if (broker_rpc_ok(broker, "cannot cancel",
	    amqp_get_rpc_reply(broker->amqp)))
		return RESULT_OK;
	broker_drop(broker);
	return RESULT_UNAVAILABLE;
}

const char *
delivery_header(const struct delivery *delivery, const char *name)
{
	char **at = delivery->headers;

	for (; at != NULL && at[0] != NULL; at += 2)
		if (strcmp(at[0], name) == 0)
			return at[1];
	return NULL;
}

/* A field as text, to be freed; NULL if it is neither text nor whole. */
static char *
field_text(const amqp_field_value_t *field)
{
	const amqp_bytes_t *bytes = &field->value.bytes;
	char number[24];
	int64_t value;

	switch (field->kind) {
	case AMQP_FIELD_KIND_UTF8:
	case AMQP_FIELD_KIND_BYTES:
		return xstrndup(bytes->bytes, bytes->len);
	case AMQP_FIELD_KIND_BOOLEAN:
		value = field->value.boolean != 0;
		break;
	case AMQP_FIELD_KIND_U8:
		value = field->value.u8;
		break;
	case AMQP_FIELD_KIND_I8:
		value = field->value.i8;
		break;
	case AMQP_FIELD_KIND_I16:
		value = field->value.i16;
		break;
	case AMQP_FIELD_KIND_I32:
		value = field->value.i32;
		break;
	case AMQP_FIELD_KIND_I64:
		value = field->value.i64;
		break;
	default:
		return NULL;
	}
	snprintf(number, sizeof(number), "%" PRId64, value);
	return xstrdup(number);
}

/* Copies the headers, and finds among them how often it was delivered. */
static void
take_properties(const amqp_basic_properties_t *properties,
    struct delivery *delivery)
{
	const amqp_table_t *table = &properties->headers;
	const char *count;
	size_t filled = 0;

	if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG))
		return;
	delivery->headers = xcalloc((size_t)table->num_entries * 2 + 1,
	    sizeof(*delivery->headers));
	for (int i = 0; i < table->num_entries; i++) {
		const amqp_table_entry_t *entry = &table->entries[i];
		char *text = field_text(&entry->value);

		if (text == NULL)
			continue;
		delivery->headers[filled++] =
		    xstrndup(entry->key.bytes, entry->key.len);
		delivery->headers[filled++] = text;
	}
	count = delivery_header(delivery, "x-delivery-count");
	if (count != NULL)
		delivery->deliveries = strtoull(count, NULL, 10);
}

/* A frame of a message that has begun; a stall in it ends the connection. */
static enum result
content_frame(struct broker *broker, int type, amqp_frame_t *frame)
{
	int64_t deadline = clock_mono_ms() + broker->config->amqp_timeout_ms;
	enum result result = broker_frame(broker, deadline, frame);

	if (result != RESULT_OK && result != RESULT_NOT_FOUND)
		return RESULT_UNAVAILABLE;
	if (result == RESULT_OK && frame->frame_type == type)
		return RESULT_OK;
	broker_complain(broker, "consuming", "a delivery broke off");
	broker_drop(broker);
	return RESULT_UNAVAILABLE;
}

static enum result
read_content(struct broker *broker, struct delivery *delivery)
{
	amqp_frame_t frame;

	if (content_frame(broker, AMQP_FRAME_HEADER, &frame))
		return RESULT_UNAVAILABLE;
	take_properties(frame.payload.properties.decoded, delivery);
	size_t size = frame.payload.properties.body_size;
	delivery->body = xmalloc(size + 1);
	while (delivery->len < size) {
		if (content_frame(broker, AMQP_FRAME_BODY, &frame))
			return RESULT_UNAVAILABLE;
		amqp_bytes_t part = frame.payload.body_fragment;
		if (part.len > size - delivery->len)
			part.len = size - delivery->len;
		memcpy(delivery->body + delivery->len, part.bytes, part.len);
		delivery->len += part.len;
	}
	delivery->body[size] = '\0';
	return RESULT_OK;
}

enum result
broker_next(struct broker *broker, int timeout_ms, struct delivery *delivery)
{
	int64_t deadline = clock_mono_ms() + timeout_ms;
	amqp_frame_t frame;

	memset(delivery, 0, sizeof(*delivery));
	if (!broker->consuming)
		return RESULT_UNAVAILABLE;
	for (;;) {
		enum result result = broker_frame(broker, deadline, &frame);
		if (result == RESULT_NOT_FOUND)
			return RESULT_NOT_FOUND;
		if (result != RESULT_OK)
			return RESULT_UNAVAILABLE;
		if (frame.frame_type != AMQP_FRAME_METHOD)
			continue;
		if (frame.payload.method.id == AMQP_BASIC_DELIVER_METHOD)
			break;
		if (frame.payload.method.id == AMQP_BASIC_CANCEL_METHOD) {
			broker_complain(broker, "consuming",
			    "cancelled by the broker");
			broker_drop(broker);
			return RESULT_UNAVAILABLE;
		}
	}
	const amqp_basic_deliver_t *deliver = frame.payload.method.decoded;
	delivery->tag = deliver->delivery_tag;
	delivery->redelivered = deliver->redelivered;
	if (read_content(broker, delivery) == RESULT_OK)
		return RESULT_OK;
	delivery_clear(delivery);
	return RESULT_UNAVAILABLE;
}

enum result
broker_get(struct broker *broker, const char *queue, struct delivery *delivery)
{
	memset(delivery, 0, sizeof(*delivery));
	if (broker_connect(broker))
		return RESULT_UNAVAILABLE;
	amqp_maybe_release_buffers(broker->amqp);
	amqp_rpc_reply_t reply = amqp_basic_get(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(queue), false);
	if (!broker_rpc_ok(broker, "cannot look into a queue", reply)) {
		broker_drop(broker);
		return RESULT_UNAVAILABLE;
	}
	if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD)
		return RESULT_NOT_FOUND;
	const amqp_basic_get_ok_t *ok = reply.reply.decoded;
	delivery->tag = ok->delivery_tag;
	delivery->redelivered = ok->redelivered;
	if (read_content(broker, delivery) == RESULT_OK)
		return RESULT_OK;
	delivery_clear(delivery);
	return RESULT_UNAVAILABLE;
}

static enum result
settle(struct broker *broker, int status)
{
	if (status == AMQP_STATUS_OK)
		return RESULT_OK;
	broker_complain(broker, "acknowledging", amqp_error_string2(status));
	broker_drop(broker);
	return RESULT_UNAVAILABLE;
}

enum result
broker_ack(struct broker *broker, uint64_t tag)
{
	if (!broker->consuming)
		return RESULT_UNAVAILABLE;
	return settle(broker,
	    amqp_basic_ack(broker->amqp, BROKER_CHANNEL, tag, true));
}

enum result
broker_ack_one(struct broker *broker, uint64_t tag)
{
	if (broker->amqp == NULL)
		return RESULT_UNAVAILABLE;
	return settle(broker,
	    amqp_basic_ack(broker->amqp, BROKER_CHANNEL, tag, false));
}

enum result
broker_return_one(struct broker *broker, uint64_t tag)
{
	if (broker->amqp == NULL)
		return RESULT_UNAVAILABLE;
	return settle(broker,
	    amqp_basic_nack(broker->amqp, BROKER_CHANNEL, tag, false, true));
}

enum result
broker_return(struct broker *broker, uint64_t tag)
{
	if (broker->amqp == NULL)
		return RESULT_UNAVAILABLE;
	return settle(broker,
	    amqp_basic_nack(broker->amqp, BROKER_CHANNEL, tag, true, true));
}

enum result
broker_depth(struct broker *broker, const char *queue, uint32_t *messages,
    uint32_t *consumers)
{
	if (broker_connect(broker))
		return RESULT_UNAVAILABLE;
	amqp_queue_declare_ok_t *ok = amqp_queue_declare(broker->amqp,
	    BROKER_CHANNEL, amqp_cstring_bytes(queue), true, true, false,
	    false, amqp_empty_table);
	if (!broker_rpc_ok(broker, "cannot look at a queue",
	    amqp_get_rpc_reply(broker->amqp))) {
		broker_drop(broker);
		return RESULT_UNAVAILABLE;
	}
	*messages = ok->message_count;
	*consumers = ok->consumer_count;
	return RESULT_OK;
}
