/* json_text.h: writing JSON by hand, where every answer passes. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_JSON_TEXT_H
#define PARLEY_JSON_TEXT_H

#include <stddef.h>

#include "buffer.h"

/* Appends the text as a JSON string, quotes included. It must be UTF-8. */
void json_text(struct buffer *, const char *, size_t len);

/* The same for a whole string; NULL is null. */
void json_text_or_null(struct buffer *, const char *);

#endif
