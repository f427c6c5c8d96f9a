/* broker_publish.c: RabbitMQ: publishing with confirms. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>

#include "broker_internal.h"
#include "clock.h"

#define HEADERS_MOST 8

/*
 * Publishers have no heartbeat, because between two groups nobody would
 * answer it. Instead, what the broker said meanwhile (that it closes, or is
 * blocked) is read right before sending, so that a broker which went away
 * while we were idle costs a reconnect or a clear "nothing was sent".
 */
static enum result
get_ready(struct broker *broker)
{
	amqp_frame_t frame;
	enum result result;

	if (broker_connect(broker))
		return RESULT_UNAVAILABLE;
	while ((result = broker_frame(broker, 0, &frame)) == RESULT_OK)
		continue;	/* a confirm or return nobody waits for now */
	if (result == RESULT_NOT_FOUND && broker->blocked)
		return RESULT_UNAVAILABLE;
	/* What is still open here would be mistaken for the next one's. */
	if (broker->unsettled)
		broker_disconnect(broker);
	return broker_connect(broker);
}

static int
send_message(struct broker *broker, const char *key, amqp_bytes_t body,
    const char *const *headers)
{
	amqp_table_entry_t entries[HEADERS_MOST];
	amqp_basic_properties_t properties = {
		._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
		.delivery_mode = AMQP_DELIVERY_PERSISTENT,
		.headers.entries = entries,
	};
	int count = 0;

	for (; headers != NULL && headers[0] != NULL; headers += 2) {
		assert(count < HEADERS_MOST);
		entries[count++] = broker_string(headers[0], headers[1]);
	}
	if (count > 0)
		properties._flags |= AMQP_BASIC_HEADERS_FLAG;
	properties.headers.num_entries = count;
	broker->published++;
	return amqp_basic_publish(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(BROKER_EXCHANGE), amqp_cstring_bytes(key),
	    true, false, &properties, body);
}

/* No answer. A blocked connection is kept: its unblocking ends the wait. */
static enum result
give_up(struct broker *broker)
{
	if (broker->blocked) {
		broker->unsettled = true;
	} else {
		broker_complain(broker, "publishing", "no confirm in time");
		broker_drop(broker);
	}
	return RESULT_UNKNOWN;
}

/* Whether a frame settles the last publish, and how. */
static bool
settles(const struct broker *broker, const amqp_frame_t *frame,
    enum result *result)
{
	const amqp_basic_ack_t *ack = frame->payload.method.decoded;
	const amqp_basic_nack_t *nack = frame->payload.method.decoded;

	if (frame->frame_type != AMQP_FRAME_METHOD)
		return false;
	switch (frame->payload.method.id) {
	case AMQP_BASIC_ACK_METHOD:
		*result = RESULT_OK;
		return ack->delivery_tag == broker->published ||
		    (ack->multiple && ack->delivery_tag > broker->published);
	case AMQP_BASIC_NACK_METHOD:
		*result = RESULT_FULL;
		return nack->delivery_tag == broker->published ||
		    (nack->multiple && nack->delivery_tag > broker->published);
	case AMQP_BASIC_RETURN_METHOD:	/* its ack follows, and means nothing */
		*result = RESULT_REFUSED;
		return true;
	default:
		return false;
	}
}

static enum result
await_confirm(struct broker *broker)
{
	int64_t deadline = clock_mono_ms() + broker->config->amqp_timeout_ms;
	amqp_frame_t frame;
	enum result result;

	for (;;) {
		switch (broker_frame(broker, deadline, &frame)) {
		case RESULT_OK:
			if (settles(broker, &frame, &result))
				return result;
			break;
		case RESULT_NOT_FOUND:
			return give_up(broker);
		case RESULT_REFUSED:
			return RESULT_REFUSED;
		default:
			return RESULT_UNKNOWN;
		}
	}
}

enum result
broker_publish(struct broker *broker, const char *key, const char *body,
    size_t len, const char *const *headers)
{
	assert(!broker->consuming);	/* deliveries and confirms would mix */

	if (get_ready(broker))
		return RESULT_UNAVAILABLE;
	int status = send_message(broker, key,
	    (amqp_bytes_t){ len, (void *)(uintptr_t)body }, headers);
	if (status != AMQP_STATUS_OK) {
		broker_complain(broker, "publishing",
		    amqp_error_string2(status));
		broker_drop(broker);
		return RESULT_UNKNOWN;
	}
	enum result result = await_confirm(broker);
	if (result == RESULT_REFUSED && broker->amqp != NULL) {
		broker_complain(broker, "publishing",
		    "returned: no queue is bound to the key");
		broker_drop(broker);
	}
	return result;
}
