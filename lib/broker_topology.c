/* broker_topology.c: RabbitMQ: the exchange and the queues behind it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "broker_internal.h"

static const struct {
	const char *name, *key;
} queues[] = {
	{ BROKER_WRITES, BROKER_KEY_WRITE },
	{ BROKER_RETRY, BROKER_KEY_RETRY },
	{ BROKER_DEAD, BROKER_KEY_DEAD },
};
#define QUEUES (sizeof(queues) / sizeof(queues[0]))

amqp_table_entry_t
broker_bool(const char *name, bool value)
{
	return (amqp_table_entry_t){ amqp_cstring_bytes(name),
	    { .kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = value } };
}

amqp_table_entry_t
broker_string(const char *name, const char *value)
{
	return (amqp_table_entry_t){ amqp_cstring_bytes(name),
	    { .kind = AMQP_FIELD_KIND_UTF8,
	      .value.bytes = amqp_cstring_bytes(value) } };
}

/*
 * All are quorum queues. That of the writes refuses what is too much, in the
 * place of dropping its oldest, and keeps its order.
 */
void
broker_declare_queue(struct broker *broker, const char *queue, bool passive)
{
	amqp_table_entry_t entries[] = {
		broker_string("x-queue-type", "quorum"),
		broker_string("x-overflow", "reject-publish"),
		broker_bool("x-single-active-consumer", true),
		{ amqp_cstring_bytes("x-max-length-bytes"),
		    { .kind = AMQP_FIELD_KIND_I64, .value.i64 =
			(int64_t)broker->config->queue_limit_bytes } },
	};
	const bool writes = strcmp(queue, BROKER_WRITES) == 0;
	amqp_table_t arguments = { writes ? 4 : 1, entries };

	amqp_queue_declare(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(queue), passive, true, false, false,
	    passive ? amqp_empty_table : arguments);
}

static bool
declare_queue(struct broker *broker, const char *queue, const char *key)
{
	char what[256];

	broker_declare_queue(broker, queue, false);
	amqp_rpc_reply_t reply = amqp_get_rpc_reply(broker->amqp);
	snprintf(what, sizeof(what), "cannot declare queue %s (if it exists "
	    "with other arguments: set queue_limit_bytes back to what it was, "
	    "or let parley-jobs empty the queue and delete it)", queue);
	if (!broker_rpc_ok(broker, what, reply))
		return false;
	amqp_queue_bind(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(queue), amqp_cstring_bytes(BROKER_EXCHANGE),
	    amqp_cstring_bytes(key), amqp_empty_table);
	return broker_rpc_ok(broker, "cannot bind a queue",
	    amqp_get_rpc_reply(broker->amqp));
}

static bool
declare_queues(struct broker *broker)
{
	for (size_t i = 0; i < QUEUES; i++)
		if (!declare_queue(broker, queues[i].name, queues[i].key))
			return false;
	return true;
}

static bool
declare(struct broker *broker)
{
	amqp_exchange_declare(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(BROKER_EXCHANGE), amqp_cstring_bytes("direct"),
	    false, true, false, false, amqp_empty_table);
	return broker_rpc_ok(broker, "cannot declare the exchange (an "
	    "account that may not leaves it to parley-jobs)",
	    amqp_get_rpc_reply(broker->amqp)) && declare_queues(broker);
}

/* Notes in missing that the broker closed the channel for want of it. */
static bool
is_there(struct broker *broker, const char *what)
{
	amqp_rpc_reply_t reply = amqp_get_rpc_reply(broker->amqp);
	const amqp_channel_close_t *close = reply.reply.decoded;

	broker->missing = reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
	    reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD &&
	    close->reply_code == AMQP_NOT_FOUND;
	return !broker->missing && broker_rpc_ok(broker, what, reply);
}

/* Whether the topology is there: to ask needs no permission. */
static bool
look(struct broker *broker)
{
	amqp_exchange_declare(broker->amqp, BROKER_CHANNEL,
	    amqp_cstring_bytes(BROKER_EXCHANGE), amqp_cstring_bytes("direct"),
	    true, true, false, false, amqp_empty_table);
	if (!is_there(broker, "cannot look at the exchange"))
		return false;
	for (size_t i = 0; i < QUEUES; i++) {
		broker_declare_queue(broker, queues[i].name, true);
		if (!is_there(broker, "cannot look at a queue"))
			return false;
	}
	return true;
}

/*
 * Who consumes declares what he needs, which also compares its arguments.
 * Who publishes may have an account that can do nothing else, so he declares
 * only what is not there.
 */
bool
broker_topology(struct broker *broker)
{
	bool declares = broker->missing || broker->heartbeat > 0;

	broker->missing = false;
	amqp_channel_open(broker->amqp, BROKER_CHANNEL);
	if (!broker_rpc_ok(broker, "cannot open a channel",
	    amqp_get_rpc_reply(broker->amqp)))
		return false;
	if (!(declares ? declare(broker) : look(broker)))
		return false;
	amqp_confirm_select(broker->amqp, BROKER_CHANNEL);
	return broker_rpc_ok(broker, "cannot ask for confirms",
	    amqp_get_rpc_reply(broker->amqp));
}
