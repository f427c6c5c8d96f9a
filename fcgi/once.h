/* once.h: a request's Idempotency-Key, and what became of it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ONCE_H
#define PARLEY_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "ident.h"
#include "result.h"

/*
 * As draft-ietf-httpapi-idempotency-key-header-07 has it: the value is a
 * String of RFC 9651; what many clients send, a bare word, is taken as well.
 * A key belongs to an application and to one method and path, so the same
 * words mean another key elsewhere. What is compared of a payload is the
 * fields that the route reads, so a retry may send them as a form or as JSON.
 */
#define ONCE_KEY_MAX 255

struct once {
	char key[IDENT_SIZE];	/* made of method, path and key */
	char print[IDENT_SIZE];	/* made of the payload */
	/* What came of it. */
	bool replayed;		/* an earlier request's answer is given */
	bool reused;		/* refused: that one had another payload */
	int64_t wait_ms;	/* refused: that one has as long to finish */
};

struct request;

/*
 * Reads the header of a request that writes, if it has one, into req->once,
 * whose scope is the route's path (a constant). False: it is not well formed.
 * Comes after the path's numbers are known.
 */
MUST_CHECK bool once_read(struct request *, const char *path);

/* What to say then: a whole sentence. */
#define ONCE_MALFORMED "The value of Idempotency-Key must be one string of " \
	"1 to 255 printable ASCII characters, in double quotes."

/* Notes the payload, when the route's fields have been read. */
void once_print(struct request *);

#endif
