/* render.h: applications, chats and messages as JSON. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RENDER_H
#define PARLEY_RENDER_H

#include "buffer.h"
#include "db_applications.h"
#include "item.h"

/* Appends one chat or message of the application that has the token. */
typedef void render_item(struct buffer *, const char *token,
    const struct item *);

/*
 * Each appends one JSON object, its keys in the order of the API's table. A
 * chat or message has its application's token from the request: storage
 * knows it by its internal number only.
 */
void render_application(struct buffer *, const struct application *);
render_item render_chat;
render_item render_message;

/* A message found by search; the highlight is HTML. */
void render_hit(struct buffer *, const char *token, const struct item *,
    const char *highlight);

/* Appends an array of items, each by one of the functions above. */
void render_list(struct buffer *, const char *token, const struct items *,
    render_item *);

#endif
