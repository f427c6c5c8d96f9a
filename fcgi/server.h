/* server.h: takes requests from the web server; worker threads. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SERVER_H
#define PARLEY_SERVER_H

#include "config.h"
#include "result.h"
#include "route.h"

enum served {
	SERVED,			/* until it was told to end */
	SERVED_AND_RESTARTS,	/* it is told to begin anew: restart.h */
	SERVED_NOTHING,		/* it could not; what is wrong is logged */
};

/*
 * Serves the family's routes as a FastCGI responder, with standard input as
 * the listening socket, until SIGTERM, SIGINT or SIGUSR1; or until SIGUSR2,
 * if what argv names would start. Then the socket is still open.
 */
MUST_CHECK enum served server_run(const struct family *,
    const struct config *, struct metrics *, char *const argv[]);

#endif
