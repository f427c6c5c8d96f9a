/* broker.c: RabbitMQ: the connection. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "broker_internal.h"
#include "clock.h"
#include "log.h"
#include "memory.h"

#define FRAME_MAX 131072	/* RabbitMQ's own default */

struct broker *
broker_new(const struct config *config)
{
	struct broker *broker = xcalloc(1, sizeof(*broker));

	broker->config = config;
	broker->url = xstrdup(config->amqp_url);
	amqp_default_connection_info(&broker->login);
	broker->url_good = amqp_parse_url(broker->url, &broker->login) ==
	    AMQP_STATUS_OK;
	if (config->amqp_user[0] != '\0') {
		broker->login.user = config->amqp_user;
		broker->login.password = config->amqp_password;
	}
	return broker;
}

void
broker_free(struct broker *broker)
{
	if (broker == NULL)
		return;
	broker_disconnect(broker);
	free(broker->url);
	free(broker);
}

bool
broker_connected(const struct broker *broker)
{
	return broker->amqp != NULL;
}

/* The text of one of the broker's properties; empty if it has none. */
static amqp_bytes_t
server_property(const struct broker *broker, const char *name)
{
	const amqp_bytes_t key = amqp_cstring_bytes(name);
	const amqp_table_t *table = broker->amqp == NULL ? &amqp_empty_table :
	    amqp_get_server_properties(broker->amqp);

	for (int i = 0; i < table->num_entries; i++) {
		const amqp_table_entry_t *entry = &table->entries[i];

		if (entry->key.len == key.len &&
		    memcmp(entry->key.bytes, key.bytes, key.len) == 0 &&
		    entry->value.kind == AMQP_FIELD_KIND_UTF8)
			return entry->value.value.bytes;
	}
	return amqp_empty_bytes;
}

void
broker_version(const struct broker *broker, char *out, size_t size)
{
	amqp_bytes_t product = server_property(broker, "product");
	amqp_bytes_t version = server_property(broker, "version");

	snprintf(out, size, "%.*s%s%.*s", (int)product.len,
	    (const char *)product.bytes, product.len ? " " : "",
	    (int)version.len, (const char *)version.bytes);
}

void
broker_drop(struct broker *broker)
{
	if (broker->amqp != NULL)
		amqp_destroy_connection(broker->amqp);
	broker->amqp = NULL;
	broker->published = 0;
	broker->blocked = broker->unsettled = broker->consuming = false;
}

void
broker_disconnect(struct broker *broker)
{
	/* A blocked broker would not read the goodbye. */
	if (broker->amqp != NULL && !broker->blocked)
		amqp_connection_close(broker->amqp, AMQP_REPLY_SUCCESS);
	broker_drop(broker);
}

void
broker_complain(struct broker *broker, const char *what, const char *why)
{
	if (!broker->failing)
		log_warn(NULL, "RabbitMQ: %s: %s", what, why);
	broker->failing = true;
	snprintf(broker->error, sizeof(broker->error), "%s: %s", what, why);
}

const char *
broker_error(const struct broker *broker)
{
	return broker->error;
}

bool
broker_is_blocked(const struct broker *broker)
{
	return broker->blocked;
}

/* Complains with the code and text by which the broker closed something. */
static void
complain_closed(struct broker *broker, const char *what, int code,
    amqp_bytes_t text)
{
	char why[512];

	snprintf(why, sizeof(why), "%d %.*s", code,
	    (int)(text.len < 400 ? text.len : 400), (char *)text.bytes);
	broker_complain(broker, what, why);
}

bool
broker_rpc_ok(struct broker *broker, const char *what, amqp_rpc_reply_t reply)
{
	if (reply.reply_type == AMQP_RESPONSE_NORMAL)
		return true;
	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
		broker_complain(broker, what,
		    amqp_error_string2(reply.library_error));
	} else if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
		amqp_channel_close_t *close = reply.reply.decoded;
		complain_closed(broker, what, close->reply_code,
		    close->reply_text);
	} else if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
		amqp_connection_close_t *close = reply.reply.decoded;
		complain_closed(broker, what, close->reply_code,
		    close->reply_text);
	} else {
		broker_complain(broker, what, "unexpected answer");
	}
	return false;
}

/* Without the announcement the broker blocks us and does not say so. */
static bool
login(struct broker *broker)
{
	amqp_table_entry_t can[] = {
		broker_bool("connection.blocked", true),
		broker_bool("consumer_cancel_notify", true),
	};
	amqp_table_entry_t capabilities = {
		amqp_cstring_bytes("capabilities"),
		{ .kind = AMQP_FIELD_KIND_TABLE, .value.table = { 2, can } },
	};
	char name[32];

	snprintf(name, sizeof(name), "parley pid %ld", (long)getpid());
	amqp_table_entry_t properties[] = {
		capabilities, broker_string("connection_name", name),
	};
	amqp_table_t table = { 2, properties };
	return broker_rpc_ok(broker, "cannot log in",
	    amqp_login_with_properties(broker->amqp, broker->login.vhost, 0,
	    FRAME_MAX, broker->heartbeat, &table, AMQP_SASL_METHOD_PLAIN,
	    broker->login.user, broker->login.password));
}

bool
broker_login(struct broker *broker)
{
	return broker_socket(broker) && login(broker);
}

static bool
connect_once(struct broker *broker)
{
	if (broker_login(broker) && broker_topology(broker))
		return true;
	broker_drop(broker);
	return false;
}

enum result
broker_connect(struct broker *broker)
{
	if (broker->amqp != NULL)
		return RESULT_OK;
	/* What is missing closed the channel: anew, and declare it. */
	if (!connect_once(broker) &&
	    !(broker->missing && connect_once(broker)))
		return RESULT_UNAVAILABLE;
	if (broker->failing)
		log_info(NULL, "RabbitMQ: connected again");
	broker->failing = false;
	return RESULT_OK;
}

/* A close of our channel for these reasons is about what was asked for. */
static enum result
closed(struct broker *broker, const amqp_method_t *method)
{
	amqp_connection_close_t *all = method->decoded;
	amqp_channel_close_t *channel = method->decoded;
	bool only_channel = method->id == AMQP_CHANNEL_CLOSE_METHOD;
	int code = only_channel ? channel->reply_code : all->reply_code;

	complain_closed(broker, only_channel ?
	    "the broker closed our channel" :
	    "the broker closed the connection",
	    code, only_channel ? channel->reply_text : all->reply_text);
	broker_drop(broker);
	return only_channel && (code == AMQP_ACCESS_REFUSED ||
	    code == AMQP_NOT_FOUND || code == AMQP_PRECONDITION_FAILED) ?
	    RESULT_REFUSED : RESULT_UNAVAILABLE;
}

enum result
broker_frame(struct broker *broker, int64_t deadline, amqp_frame_t *frame)
{
	for (;;) {
		int64_t left = deadline - clock_mono_ms();
		if (left < 0)
			left = 0;
		struct timeval limit = { left / 1000, left % 1000 * 1000 };

		amqp_maybe_release_buffers(broker->amqp);
		int status = amqp_simple_wait_frame_noblock(broker->amqp,
		    frame, &limit);
		if (status == AMQP_STATUS_TIMEOUT)
			return RESULT_NOT_FOUND;
		if (status != AMQP_STATUS_OK) {
			broker_complain(broker, "connection lost",
			    amqp_error_string2(status));
			broker_drop(broker);
			return RESULT_UNAVAILABLE;
		}
		if (frame->frame_type != AMQP_FRAME_METHOD)
			return RESULT_OK;
		switch (frame->payload.method.id) {
		case AMQP_CONNECTION_BLOCKED_METHOD:
			broker->blocked = true;
			log_warn(NULL, "RabbitMQ accepts no more messages "
			    "until its memory or disk alarm is over");
			break;
		case AMQP_CONNECTION_UNBLOCKED_METHOD:
			broker->blocked = false;
			log_info(NULL, "RabbitMQ accepts messages again");
			break;
		case AMQP_CONNECTION_CLOSE_METHOD:
		case AMQP_CHANNEL_CLOSE_METHOD:
			return closed(broker, &frame->payload.method);
		default:
			return RESULT_OK;
		}
	}
}
