/* drain.h: who is still served when a responder is to end. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DRAIN_H
#define PARLEY_DRAIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing ends. Read by all threads, begun by one. */
struct drain {
	atomic_bool begun;
	atomic_int_least64_t accept_by;
	int64_t stop_by;		/* valid once it has begun */
};

/*
 * The process is to end; with restart it begins anew on the same listening
 * socket, and then whoever waits there is its next life's to serve. own: no
 * other process has the socket.
 */
void drain_begin(struct drain *, int listening, bool own, bool restart);

/* Whether a thread should go on and accept a connection. */
bool drain_may_accept(struct drain *, int listening);

/* Whether it is time to end what takes too long. */
bool drain_is_late(const struct drain *);

#endif
