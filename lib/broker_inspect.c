/* broker_inspect.c: what the operator is told of RabbitMQ. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "broker_inspect.h"

#include <stdio.h>
#include <string.h>

#include "broker_internal.h"

/* What the broker said of the last question; all but a yes ends the channel. */
static enum result
answer_of(struct broker *broker, char why[BROKER_WHY_SIZE])
{
	const amqp_rpc_reply_t reply = amqp_get_rpc_reply(broker->amqp);
	const amqp_channel_close_t *close = reply.reply.decoded;

	if (broker_rpc_ok(broker, "cannot look at a queue", reply))
		return RESULT_OK;
	snprintf(why, BROKER_WHY_SIZE, "%s", broker->error);
	if (reply.reply_type != AMQP_RESPONSE_SERVER_EXCEPTION ||
	    reply.reply.id != AMQP_CHANNEL_CLOSE_METHOD)
		return RESULT_UNAVAILABLE;
	snprintf(why, BROKER_WHY_SIZE, "%.*s", (int)close->reply_text.len,
	    (const char *)close->reply_text.bytes);
	switch (close->reply_code) {
	case AMQP_NOT_FOUND:
		return RESULT_NOT_FOUND;
	case AMQP_PRECONDITION_FAILED:
		return RESULT_CONFLICT;
	case AMQP_ACCESS_REFUSED:
		return RESULT_REFUSED;
	default:
		return RESULT_UNAVAILABLE;
	}
}

/* Asked for as it should be, a queue that is not there would be made. */
static enum result
compare(struct broker *broker, const char *queue, char why[BROKER_WHY_SIZE])
{
	enum result result;

	if (!broker_login(broker)) {
		snprintf(why, BROKER_WHY_SIZE, "%s", broker->error);
		return RESULT_UNAVAILABLE;
	}
	amqp_channel_open(broker->amqp, BROKER_CHANNEL);
	result = answer_of(broker, why);
	if (result == RESULT_OK) {
		broker_declare_queue(broker, queue, true);
		result = answer_of(broker, why);
	}
	if (result == RESULT_OK) {
		broker_declare_queue(broker, queue, false);
		result = answer_of(broker, why);
	}
	return result;
}

enum result
broker_compare(const struct config *config, const char *queue,
    char why[BROKER_WHY_SIZE])
{
	struct broker *broker = broker_new(config);
	enum result result;

	broker->failing = true;		/* it is told, not logged */
	result = compare(broker, queue, why);
	broker_free(broker);
	return result;
}

enum result
broker_try_login(const struct config *config, const char *user,
    const char *password, char why[BROKER_WHY_SIZE])
{
	struct config other = *config;
	char name[64], secret[64];
	struct broker *broker;
	enum result result = RESULT_OK;

	if (user != NULL) {
		snprintf(name, sizeof(name), "%s", user);
		snprintf(secret, sizeof(secret), "%s", password);
		other.amqp_user = name;
		other.amqp_password = secret;
	}
	broker = broker_new(&other);
	broker->failing = true;
	if (!broker_login(broker)) {
		snprintf(why, BROKER_WHY_SIZE, "%s", broker->error);
		result = strstr(why, "ACCESS_REFUSED") != NULL ?
		    RESULT_REFUSED : RESULT_UNAVAILABLE;
	}
	broker_free(broker);
	return result;
}
