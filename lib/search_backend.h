/* search_backend.h: what a search backend must be able to do. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SEARCH_BACKEND_H
#define PARLEY_SEARCH_BACKEND_H

#include "search.h"

/*
 * One row of functions for each backend. open returns what the others get;
 * all else as search.h says of the functions of the same names.
 */
struct search_methods {
	void *(*open)(const struct config *, struct db *);
	void (*close)(void *);
	enum result (*find)(void *, const struct search_query *,
	    struct search_hits *);
	enum result (*prepare)(void *);
	enum result (*index)(void *, const struct item *const *, size_t count,
	    enum indexed *);
	enum result (*ping)(void *);
};

extern const struct search_methods search_mysql, search_opensearch;

/* Room for one more hit of this rank: a zeroed item owned by the hits. */
struct item *search_hits_add(struct search_hits *, unsigned rank);

#endif
