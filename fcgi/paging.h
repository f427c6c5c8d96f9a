/* paging.h: which part of a list is asked for, and where the next one is. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PAGING_H
#define PARLEY_PAGING_H

#include <stdbool.h>

#include "item.h"
#include "request.h"
#include "response.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 200

/*
 * Each of these reads one or more parameters of the query; for a bad value
 * they answer 400, naming it, and return false. What is not given gets its
 * default.
 */

/* limit, order, after and before, the latter two numbers. */
bool paging_or_respond(const struct request *, struct response *,
    struct range *);

/* limit and order only. */
bool paging_limit_or_respond(const struct request *, struct response *,
    unsigned standard, unsigned *limit);
bool paging_order_or_respond(const struct request *, struct response *,
    int *descending);

/* A parameter that is a token (a string into the request), or NULL. */
bool paging_token_or_respond(const struct request *, struct response *,
    const char *name, const char **token);

/*
 * Adds the Link to the next page: the same query, but for the parameter
 * `name`, which becomes value.
 */
void paging_link(struct response *, const struct request *,
    const char *name, const char *value);

/* The same for a list by numbers: goes on behind the last one shown. */
void paging_link_number(struct response *, const struct request *,
    const struct range *, uint64_t last);

#endif
