/* search_upkeep_internal.h: what a backend does to be looked after. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SEARCH_UPKEEP_INTERNAL_H
#define PARLEY_SEARCH_UPKEEP_INTERNAL_H

#include "search_upkeep.h"

#define UPKEEP_ERROR_SIZE 512

/* What all backends have; a backend's own state begins with it. */
struct upkeep {
	const struct upkeep_methods *methods;
	const struct config *config;
	struct db *db;				/* the caller's */
	char error[UPKEEP_ERROR_SIZE];
};

/* As search_upkeep.h says of the functions of the same names. */
struct upkeep_methods {
	struct upkeep *(*open)(const struct config *, struct db *);
	void (*close)(struct upkeep *);
	enum result (*version)(struct upkeep *, char *, size_t);
	enum result (*versions)(struct upkeep *, const struct edition *,
	    size_t, uint64_t *);
	enum result (*walk)(struct upkeep *, struct edition *, size_t,
	    size_t *, uint64_t *);
	enum result (*remove)(struct upkeep *, const struct edition *, size_t);
	enum result (*forget)(struct upkeep *);
	enum result (*begin)(struct upkeep *, struct rebuild *);
	enum result (*look)(struct upkeep *, const struct rebuild *, bool *);
	enum result (*index)(struct upkeep *, const struct item *const *,
	    size_t, enum indexed *);
	enum result (*swap)(struct upkeep *, const struct rebuild *);
	enum result (*remove_index)(struct upkeep *, const char *);
};

extern const struct upkeep_methods upkeep_mysql, upkeep_opensearch;

/* Notes what went wrong, and returns the result. */
enum result upkeep_fail(struct upkeep *, enum result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
