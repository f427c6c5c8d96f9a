/* echo.h: routes whose handlers need no storage, and doubt what they get. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ECHO_H
#define PARLEY_ECHO_H

#include "ask.h"

/*
 * GET /page    reads a page, and checks the Link to the next one
 * POST /echo   takes fields, and answers with them: what is read back from
 *              the answer is what was taken
 */
extern const struct family echo_family;

/* Sends a body of that type to POST /echo; never answered with a 5xx. */
int echo_body(const char *content_type, const void *body, size_t len);

#endif
