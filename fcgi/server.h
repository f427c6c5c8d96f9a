/* server.h: takes requests from the web server; worker threads. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SERVER_H
#define PARLEY_SERVER_H

#include <stdbool.h>

#include "config.h"
#include "route.h"

/*
 * Serves the family's routes as a FastCGI responder, with standard input as
 * the listening socket, until SIGTERM, SIGINT or SIGUSR1. What is wrong is
 * logged; then it returns false.
 */
bool server_run(const struct family *, const struct config *);

#endif
