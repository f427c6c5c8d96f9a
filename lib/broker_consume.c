/* broker_consume.c: RabbitMQ: taking deliveries, acking, queue lengths. */
/* SPDX-License-Identifier: BSD-2-Clause */
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

void
delivery_clear(struct delivery *delivery)
{
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
	    amqp_cstring_bytes(queue), amqp_empty_bytes, false, false, false,
	    amqp_empty_table);
	if (!broker_rpc_ok(broker, "cannot consume",
	    amqp_get_rpc_reply(broker->amqp)))
		goto fail;
	broker->consuming = true;
	return RESULT_OK;
fail:
	broker_drop(broker);
	return RESULT_UNAVAILABLE;
}

/* Earlier deliveries, as a quorum queue counts them; 0 if it does not say. */
static uint64_t
delivery_count(const amqp_basic_properties_t *properties)
{
	const amqp_bytes_t name = amqp_cstring_bytes("x-delivery-count");

	if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG))
		return 0;
	for (int i = 0; i < properties->headers.num_entries; i++) {
		const amqp_table_entry_t *e = &properties->headers.entries[i];
		if (e->key.len != name.len ||
		    memcmp(e->key.bytes, name.bytes, name.len) != 0)
			continue;
		switch (e->value.kind) {
		case AMQP_FIELD_KIND_U8:
			return e->value.value.u8;
		case AMQP_FIELD_KIND_I16:
			return (uint64_t)e->value.value.i16;
		case AMQP_FIELD_KIND_I32:
			return (uint64_t)e->value.value.i32;
		case AMQP_FIELD_KIND_I64:
			return (uint64_t)e->value.value.i64;
		default:
			return 0;
		}
	}
	return 0;
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
	delivery->deliveries = delivery_count(frame.payload.properties.decoded);
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
broker_return(struct broker *broker, uint64_t tag)
{
	if (!broker->consuming)
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
