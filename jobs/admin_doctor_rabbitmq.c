/* admin_doctor_rabbitmq.c: parley-admin doctor: RabbitMQ and its queues. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "admin_doctor.h"
#include "broker_inspect.h"
#include "event.h"
#include "ident.h"

#define VERSION_SIZE 64

static const char *const queues[] = {
	BROKER_WRITES, BROKER_RETRY, BROKER_DEAD,
};
#define QUEUES (sizeof(queues) / sizeof(queues[0]))

/* ---- accounts ---- */

static bool
look_at_login(struct doctor *d)
{
	static const struct advice advice = {
	    "rabbitmq answers",
	    "without it no chat or message can be written",
	    "start it, or mend amqp_url, amqp_user, amqp_password; its log "
	    "says why it refused a login", "rabbitmqctl status" };
	char why[BROKER_WHY_SIZE];
	bool up = broker_try_login(d->config, NULL, NULL, why) == RESULT_OK;

	doctor_find(d, up ? FOUND_OK : FOUND_ERROR, &advice, NULL, "it %s%s",
	    up ? "answers" : "does not let us in: ", up ? "" : why);
	return up;
}

/* A broker that has it lets it in from its own host only. */
static void
look_at_guest(struct doctor *d)
{
	static const struct advice ours = {
	    "rabbitmq guest",
	    "everybody knows its password, and on the broker's host may use "
	    "it, for everything",
	    "make accounts with passwords of their own: doc/hosting.md, "
	    "Accounts", NULL }, left = {
	    "rabbitmq guest",
	    "everybody knows its password, and on the broker's host may use "
	    "it: to read, lose or make up what is in the queues",
	    "nothing of Parley uses it any more: delete it",
	    "rabbitmqctl delete_user guest" };
	const struct config *config = d->config;
	char why[BROKER_WHY_SIZE];

	if (strcmp(config->amqp_user, "guest") == 0 ||
	    (config->amqp_user[0] == '\0' &&
	    strstr(config->amqp_url, "//guest:") != NULL))
		doctor_find(d, FOUND_NOTE, &ours, NULL,
		    "Parley uses the account that RabbitMQ begins with");
	else if (broker_try_login(config, "guest", "guest", why) ==
	    RESULT_OK)
		doctor_find(d, FOUND_WARNING, &left, NULL,
		    "the account guest is still there, with its first "
		    "password");
	else
		doctor_find(d, FOUND_OK, &left, NULL,
		    "the account guest is of no use from here");
}

/* ---- queues ---- */

static const struct advice queue_advice = {
    "rabbitmq queues",
    "only a quorum queue is on disk, and on several brokers, when it says "
    "so; only reject-publish refuses what is too much, in the place of "
    "dropping what was accepted",
    "parley-jobs makes it anew as it should be: stop parley-jobs, delete "
    "the queue when it is empty, start parley-jobs. It is not empty? Let "
    "what made it so empty it first (queue_limit_bytes set back to what it "
    "was, if only x-max-length-bytes differs)",
    "rabbitmqctl delete_queue --if-empty @it" };

static void
report_unseen(struct doctor *d, const char *queue)
{
	static const struct advice seen = {
	    "rabbitmq queues", "",
	    "nothing; to compare them here, too, use the jobs' account",
	    PROGRAM " -c jobs.conf doctor" }, unseen = {
	    "rabbitmq queues",
	    "to compare means to declare, which this account may not; "
	    "parley-jobs does so when it connects, but nobody consumes now",
	    "use the jobs' account", PROGRAM " -c jobs.conf doctor" };

	if (d->consumers > 0)
		doctor_find(d, FOUND_OK, &seen, queue, "%s is there; "
		    "parley-jobs compared it when it connected", queue);
	else
		doctor_find(d, FOUND_UNKNOWN, &unseen, queue, "%s is there; "
		    "whether it is as it should be was not to be seen",
		    queue);
}

static void
report_queue(struct doctor *d, const char *queue, enum result result,
    const char *why)
{
	static const struct advice missing = {
	    "rabbitmq queues", "what goes there is refused",
	    "parley-jobs makes all queues when it connects: start it, or "
	    "start it again", "systemctl restart parley-jobs" };

	switch (result) {
	case RESULT_OK:
		doctor_find(d, FOUND_OK, &queue_advice, queue,
		    "%s is as it should be", queue);
		break;
	case RESULT_NOT_FOUND:
		doctor_find(d, FOUND_ERROR, &missing, queue,
		    "there is no queue %s", queue);
		break;
	case RESULT_CONFLICT:
		doctor_find(d, FOUND_ERROR, &queue_advice, queue, "%s", why);
		break;
	case RESULT_REFUSED:
		report_unseen(d, queue);
		break;
	default:
		doctor_find(d, FOUND_UNKNOWN, &queue_advice, queue,
		    "%s could not be looked at: %s", queue, why);
		break;
	}
}

/* The connection is made only when all is there: else it would be declared. */
static void
look_at_queues(struct doctor *d)
{
	char why[QUEUES][BROKER_WHY_SIZE] = {{0}};
	enum result results[QUEUES];
	uint32_t messages;
	bool all = true;

	for (size_t i = 0; i < QUEUES; i++) {
		results[i] = broker_compare(d->config, queues[i], why[i]);
		all = all && results[i] != RESULT_NOT_FOUND;
	}
	d->rabbitmq = all && broker_depth(d->broker, BROKER_WRITES,
	    &messages, &d->consumers) == RESULT_OK;
	for (size_t i = 0; i < QUEUES; i++)
		report_queue(d, queues[i], results[i], why[i]);
}

/* ---- publishing ---- */

static enum result
probe(struct broker *broker)
{
	struct event event = { .type = EVENT_PROBE };
	struct buffer line = BUFFER_EMPTY;
	enum result result;

	ident_uuid4(event.id);
	event_control_line(&line, &event);
	result = broker_publish(broker, BROKER_KEY_WRITE, line.data,
	    line.len, NULL);
	buffer_free(&line);
	return result;
}

static void
look_at_publishing(struct doctor *d)
{
	static const struct advice alarm = {
	    "rabbitmq alarm",
	    "memory or disk of the broker is short: it takes no messages, so "
	    "all writes are 503",
	    "see which alarm it is; make room, or raise disk_free_limit or "
	    "vm_memory_high_watermark", "rabbitmq-diagnostics alarms" },
	    full = { "rabbitmq full",
	    "the queue refuses more, so all writes are 503",
	    "see why parley-jobs does not store, or not fast enough",
	    "@admin status" },
	    unbound = { "rabbitmq binding",
	    "what is published goes nowhere, so all writes are 503",
	    "parley-jobs binds the queues when it connects: start it again",
	    "systemctl restart parley-jobs" },
	    lost = { "rabbitmq publish", "all writes are 503",
	    "see the log of RabbitMQ, and what this account may do",
	    "rabbitmqctl list_permissions" };
	enum result result = probe(d->broker);

	if (result == RESULT_OK)
		doctor_find(d, FOUND_OK, &lost, NULL,
		    "it takes and confirms messages");
	else if (broker_is_blocked(d->broker))
		doctor_find(d, FOUND_ERROR, &alarm, NULL,
		    "an alarm keeps it from taking messages");
	else if (result == RESULT_FULL)
		doctor_find(d, FOUND_ERROR, &full, NULL,
		    BROKER_WRITES " is full (queue_limit_bytes)");
	else if (result == RESULT_REFUSED)
		doctor_find(d, FOUND_ERROR, &unbound, NULL,
		    BROKER_WRITES " is not bound to the exchange "
		    BROKER_EXCHANGE);
	else
		doctor_find(d, FOUND_ERROR, &lost, NULL,
		    "it takes no messages from us: %s",
		    broker_error(d->broker));
}

/* ---- all ---- */

static void
look_at_version(struct doctor *d)
{
	static const struct versions versions = { "RabbitMQ", { 3, 8 },
	    "3.10", {
	    "rabbitmq version", "quorum queues need what came with it",
	    "upgrade to RabbitMQ 3.8 or later", NULL } };
	static const struct advice limit = {
	    "rabbitmq delivery-limit",
	    "from 4.0 on a quorum queue drops what was delivered 20 times, "
	    "unless it is told not to. parley-jobs parks an event after six, "
	    "so this matters only if it is ended again and again",
	    "set a policy that takes the limit away",
	    "rabbitmqctl set_policy parley '^parley\\.' "
	    "'{\"delivery-limit\": -1}' --apply-to queues" };
	char text[VERSION_SIZE];
	const char *digits;

	broker_version(d->broker, text, sizeof(text));
	doctor_version(d, &versions, text);
	digits = strpbrk(text, "0123456789");
	if (digits != NULL && strtol(digits, NULL, 10) >= 4)
		doctor_find(d, FOUND_NOTE, &limit, NULL, "%s has a limit of "
		    "deliveries by itself; whether a policy takes it away is "
		    "not to be seen from here", text);
}

void
doctor_rabbitmq(struct doctor *d)
{
	if (!look_at_login(d))
		return;
	look_at_guest(d);
	look_at_queues(d);
	if (!d->rabbitmq)
		return;
	look_at_version(d);
	look_at_publishing(d);
}
