/* broker.h: RabbitMQ: publishing with confirms, consuming with acks. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_BROKER_H
#define PARLEY_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "result.h"

/*
 * The topology, declared at every connect by who consumes, and by others if
 * it is not there: exchange "parley" (direct, durable), quorum queue
 * "parley.writes" (reject-publish at queue_limit_bytes, single active
 * consumer) under the key "write", quorum queues "parley.retry" and
 * "parley.dead" under the keys "retry" and "dead".
 */
#define BROKER_EXCHANGE "parley"
#define BROKER_WRITES "parley.writes"
#define BROKER_RETRY "parley.retry"
#define BROKER_DEAD "parley.dead"
#define BROKER_KEY_WRITE "write"
#define BROKER_KEY_RETRY "retry"
#define BROKER_KEY_DEAD "dead"

/* A connection with one channel. One thread at a time. */
struct broker;

/* Both wait at most amqp_timeout_ms for each step. The config must outlive. */
struct broker *broker_new(const struct config *);
void broker_free(struct broker *);

/* Connects, sees to the topology, selects confirms; if not connected. */
MUST_CHECK enum result broker_connect(struct broker *);
void broker_disconnect(struct broker *);
bool broker_connected(const struct broker *);

/*
 * Publishes one persistent, mandatory message and waits for its confirm.
 *   RESULT_OK           confirmed: it is on disk in the queue
 *   RESULT_FULL         the queue refused it (nack): it is not in the queue
 *   RESULT_REFUSED      returned as unroutable: it is in no queue
 *   RESULT_UNAVAILABLE  nothing was sent
 *   RESULT_UNKNOWN      sent, but no confirm in time; disconnected
 * After anything but OK and FULL the connection is closed, unless the broker
 * says that an alarm blocks it: then it is kept, and until it is unblocked
 * publishing is RESULT_UNAVAILABLE at once. Connects when needed. Not while
 * consuming on the same connection. headers may be NULL: a NULL-terminated
 * list of name, value, name, value, … (at most 8 pairs)
 */
MUST_CHECK enum result broker_publish(struct broker *, const char *key,
    const char *body, size_t len, const char *const *headers);

struct delivery {
	uint64_t tag;
	char *body;		/* NUL-terminated copy, owned by the delivery */
	size_t len;
	bool redelivered;
	uint64_t deliveries;	/* x-delivery-count: earlier deliveries */
	char **headers;		/* name, value, …, NULL, as text; or NULL */
};
void delivery_clear(struct delivery *);

/* The value of a header; NULL if there is none of that name. */
const char *delivery_header(const struct delivery *, const char *name);

/* Starts consuming a queue with at most prefetch unacked deliveries. */
MUST_CHECK enum result broker_consume(struct broker *, const char *queue,
    uint16_t prefetch);

/*
 * Waits up to timeout_ms for the next delivery. RESULT_NOT_FOUND when none
 * came. RESULT_UNAVAILABLE: the connection is gone (and closed here); all
 * that was unacked will come again. Answers heartbeats.
 */
MUST_CHECK enum result broker_next(struct broker *, int timeout_ms,
    struct delivery *);

/*
 * Asks for no more deliveries. Those that are unacked may still be acked;
 * then broker_consume may begin anew, with another prefetch.
 */
MUST_CHECK enum result broker_cancel(struct broker *);

/* Acks all deliveries up to tag; or gives them all back to the queue. */
MUST_CHECK enum result broker_ack(struct broker *, uint64_t tag);
MUST_CHECK enum result broker_return(struct broker *, uint64_t tag);

/*
 * Takes one message without consuming, and holds it until it is acked,
 * returned or the connection ends. RESULT_NOT_FOUND: there is none.
 */
MUST_CHECK enum result broker_get(struct broker *, const char *queue,
    struct delivery *);

/* Acks this one delivery alone; or gives it back. */
MUST_CHECK enum result broker_ack_one(struct broker *, uint64_t tag);
MUST_CHECK enum result broker_return_one(struct broker *, uint64_t tag);

/* "RabbitMQ 3.10.8", as the broker says when connected to; else "". */
void broker_version(const struct broker *, char *out, size_t size);

/* How many messages the queue holds now. */
MUST_CHECK enum result broker_depth(struct broker *, const char *queue,
    uint32_t *messages, uint32_t *consumers);

#endif
