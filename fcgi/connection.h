/* connection.h: the connections of the web server, by way of libfcgi. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CONNECTION_H
#define PARLEY_CONNECTION_H

#include <stdbool.h>

#include "buffer.h"
#include "config.h"
#include "exchange.h"
#include "result.h"

/* Of one thread: one connection after the other. */
struct connection;

/*
 * To be called once, before any other, and after the process has its own
 * handlers for SIGPIPE, SIGTERM and SIGUSR1, which libfcgi then leaves alone.
 */
MUST_CHECK bool connection_init(void);

struct connection *connection_new(void);

/* Closes it, if it is open. */
void connection_free(struct connection *);

/* Whether the web server wanted it kept: the next request comes here. */
bool connection_kept(const struct connection *);

/*
 * Reads all of a request that comes before its body: of fd, which is now the
 * connection's, or of the kept one if fd is -1. Waits for the web server; a
 * signal ends that. false: no request came, and the connection is closed.
 */
MUST_CHECK bool connection_receive(struct connection *, int fd);

/* The request's environment; good until the connection is finished. */
char *const *connection_environment(const struct connection *);

/*
 * Reads the body that the family's routes want, up to what is known to be too
 * much, into the exchange. If that was all there is, the connection will be
 * closed with the answer, without waiting for the web server to do so first.
 */
void connection_read_body(struct connection *, struct exchange *,
    const struct family *, const struct config *);

/* Takes the answer; what exceeds some kilobytes is sent at once. */
void connection_answer(struct connection *, const struct buffer *);

/* Sends the rest, and closes it unless it is to be kept. */
void connection_finish(struct connection *);

#endif
