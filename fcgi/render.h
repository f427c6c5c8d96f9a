/* render.h: applications, chats and messages as JSON. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RENDER_H
#define PARLEY_RENDER_H

#include "buffer.h"
#include "db_applications.h"
#include "item.h"

/*
 * Each appends one JSON object, its keys in the order of the API's table. A
 * chat or message has its application's token from the request: storage
 * knows it by its internal number only.
 */
void render_application(struct buffer *, const struct application *);
void render_chat(struct buffer *, const char *token, const struct item *);
void render_message(struct buffer *, const char *token, const struct item *);

/* A message found by search; the highlight is HTML. */
void render_hit(struct buffer *, const char *token, const struct item *,
    const char *highlight);

/* Appends an array of items, each by one of the functions above. */
void render_list(struct buffer *, const char *token, const struct items *,
    void (*render)(struct buffer *, const char *, const struct item *));

#endif
