/* connection.c: the connections of the web server, by way of libfcgi. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "connection.h"

#include <fcgiapp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "memory.h"

/*
 * libfcgi waits this long, in milliseconds, for the web server to close a
 * connection that we have shut down; its own default is 2 seconds.
 */
#define CLOSE_TIMEOUT "100"

struct connection {
	FCGX_Request fcgi;
};

bool
connection_init(void)
{
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_TIMEOUT, 0);
	if (FCGX_Init() == 0)
		return true;
	log_error(NULL, "libfcgi could not be initialised");
	return false;
}

struct connection *
connection_new(void)
{
	struct connection *const c = xcalloc(1, sizeof(*c));

	FCGX_InitRequest(&c->fcgi, -1, 0);
	return c;
}

void
connection_free(struct connection *c)
{
	FCGX_Free(&c->fcgi, 1);
	free(c);
}

bool
connection_kept(const struct connection *c)
{
	return c->fcgi.ipcFd >= 0;
}

/*
 * libfcgi would accept by itself, but does not say when it has: nobody could
 * tell a thread that waits for a connection from one that is held by a silent
 * one. So it is given the connection as if that had been kept from an earlier
 * request, and -1 for a socket to listen at, with which it gives up where it
 * would accept another.
 */
bool
connection_receive(struct connection *c, int fd)
{
	if (fd >= 0) {
		c->fcgi.ipcFd = fd;
		c->fcgi.keepConnection = 1;
	}
	return FCGX_Accept_r(&c->fcgi) == 0;
}

char *const *
connection_environment(const struct connection *c)
{
	return c->fcgi.envp;
}

/*
 * libfcgi shuts a connection down and waits until the web server has closed
 * it too: to close it while something is unread would be an error there, and
 * could cost it the answer. With all of the request read nothing can come any
 * more, and a thread need not wait for that.
 */
static void
detach_if_read(FCGX_Request *fcgi)
{
	if (FCGX_GetChar(fcgi->in) == EOF && FCGX_GetError(fcgi->in) == 0)
		FCGX_Detach(fcgi);
}

void
connection_read_body(struct connection *c, struct exchange *x,
    const struct family *family, const struct config *config)
{
	FCGX_Stream *const in = c->fcgi.in;
	struct request *const req = &x->request;
	char chunk[8192];
	size_t most;
	int got;

	if (exchange_wants_body(x, family, config, &most)) {
		while (req->body.len < most &&
		    (got = FCGX_GetStr(chunk, sizeof(chunk), in)) > 0)
			buffer_add(&req->body, chunk, (size_t)got);
		/* It ended before the body did, whatever its length. */
		if (FCGX_GetError(in) != 0)
			req->body_cut_short = true;
	}
	if (!req->body_too_large)
		detach_if_read(&c->fcgi);
}

void
connection_answer(struct connection *c, const struct buffer *out)
{
	if (out->len <= INT_MAX)
		FCGX_PutStr(out->data, (int)out->len, c->fcgi.out);
}

void
connection_finish(struct connection *c)
{
	FCGX_Finish_r(&c->fcgi);
}
