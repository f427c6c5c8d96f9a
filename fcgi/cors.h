/* cors.h: which pages of other origins a browser lets at the answers. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CORS_H
#define PARLEY_CORS_H

#include "config.h"
#include "request.h"
#include "response.h"

/*
 * Adds to any answer, errors too, what the configuration grants to the origin
 * of the request (https://fetch.spec.whatwg.org/#http-cors-protocol), and to
 * that of OPTIONS what a page may send. Nothing if cors_origins is empty.
 */
void cors_add(const struct config *, const struct request *,
    struct response *);

#endif
