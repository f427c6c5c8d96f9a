/* broker_internal.h: what the parts of the broker share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_BROKER_INTERNAL_H
#define PARLEY_BROKER_INTERNAL_H

#include <amqp.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker.h"
#include "broker_inspect.h"

#define BROKER_CHANNEL 1

struct broker {
	const struct config *config;
	char *url;			/* taken apart by `login` */
	struct amqp_connection_info login;	/* points into url; secrets */
	bool url_good;
	amqp_connection_state_t amqp;	/* NULL: not connected */
	int heartbeat;			/* seconds; 0 = none (publishers) */
	uint64_t published;		/* tag of the connection's last one */
	bool blocked;			/* the broker reads nothing from us */
	bool unsettled;			/* a publish was given up as unknown */
	bool consuming;
	bool missing;			/* the topology: declare it */
	bool failing;			/* said so in the log already */
	char error[BROKER_WHY_SIZE];	/* what failed last, for people */
	const char *verdict;		/* what is wrong with its certificate */
};

/*
 * Opens broker->amqp as amqp_url says, with deadlines. False after a
 * complaint: then broker_drop.
 */
MUST_CHECK bool broker_socket(struct broker *);

/* Ends the connection without a goodbye: it is dead or in doubt. */
void broker_drop(struct broker *);

/* Says in the log what failed, once until the next success. */
void broker_complain(struct broker *, const char *what, const char *why);

/* Whether an RPC went well; complains if not. */
bool broker_rpc_ok(struct broker *, const char *what, amqp_rpc_reply_t);

/* Opens broker->amqp and logs in. False after a complaint, as above. */
MUST_CHECK bool broker_login(struct broker *);

/*
 * Opens the channel and sees to the topology. False after a complaint, or
 * with broker->missing: then the next one declares it.
 */
MUST_CHECK bool broker_topology(struct broker *);

/* Asks for a queue as it should be; passive: only whether there is one. */
void broker_declare_queue(struct broker *, const char *queue, bool passive);

/* Entries of a table; they borrow what they are given. */
amqp_table_entry_t broker_bool(const char *name, bool value);
amqp_table_entry_t broker_string(const char *name, const char *value);

/*
 * The next frame that is not about the connection itself; blocked, unblocked
 * and closes are dealt with here. RESULT_NOT_FOUND at the deadline (of
 * clock_mono_ms). RESULT_REFUSED: the broker closed the channel because of
 * what was asked; RESULT_UNAVAILABLE: it is gone. Both drop the connection.
 * What the frame points to is good until the next call.
 */
MUST_CHECK enum result broker_frame(struct broker *, int64_t deadline,
    amqp_frame_t *);

#endif
