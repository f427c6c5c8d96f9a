/* drain.c: who is still served when a responder is to end. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "drain.h"

#include <poll.h>

#include "clock.h"
#include "own_socket.h"

#define DRAIN_MS 1000		/* how long a stop may wait for its turn */
#define LAST_MS 10000		/* the same, when nobody new can come */

/*
 * A socket that is only ours refuses from here on: so the web server tries
 * another copy, and those whom it let in before are served to the last one.
 * Any other has somebody else who serves it; or is only ours without our
 * knowing, and then to serve who waits is the best that can be done.
 */
void
drain_begin(struct drain *drain, int listening, bool own, bool restart)
{
	const int64_t now = clock_mono_ms();

	drain->stop_by = now + DRAIN_MS;
	atomic_store(&drain->accept_by, restart ? now : now + DRAIN_MS);
	atomic_store(&drain->begun, true);
	if (own && !restart && own_socket_refuse(listening))
		atomic_store(&drain->accept_by, now + LAST_MS);
}

bool
drain_may_accept(struct drain *drain, int listening)
{
	struct pollfd waiting = {.fd = listening, .events = POLLIN};

	if (!atomic_load(&drain->begun))
		return true;
	/* With POLLHUP it refuses; accept says when the last has come. */
	return clock_mono_ms() < atomic_load(&drain->accept_by) &&
	    poll(&waiting, 1, 0) == 1;
}

bool
drain_is_late(const struct drain *drain)
{
	return clock_mono_ms() >= drain->stop_by;
}
