/* ask.h: asks the handlers of fcgi/, without a web server between. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ASK_H
#define PARLEY_ASK_H

#include <stdint.h>

#include "../../fcgi/exchange.h"

/*
 * An input is lines "NAME=value" of a CGI environment, an empty line, and the
 * body. Without a CONTENT_LENGTH the body is as long as it is. {token} in a
 * line is PARLEY_FUZZ_TOKEN, or a token that nobody has.
 */
#define ASK_LINES 32
struct ask {
	char *lines;		/* what envp points into */
	char *envp[ASK_LINES + 2];
	char length[40];
	const char *body;	/* inside the input */
	size_t len;
};
void ask_read(struct ask *, const uint8_t *data, size_t size);
void ask_clear(struct ask *);

/* The family that a program of fcgi/ serves; the program is its main. */
const struct family *ask_family(int (*program)(int argc, char **argv));

/*
 * Answers as the program would, with the services that PARLEY_CONFIG names;
 * when it names none, with services of which none is there. Checks the
 * answer by fuzz_check_answer and returns its status. The exchange still
 * holds request and answer; the caller resets it.
 */
int ask(const struct ask *, const struct family *, struct exchange *);

#endif
