/* backend.h: the same tests on each search backend that is there. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_BACKEND_H
#define PARLEY_BACKEND_H

#include "../db/database.h"
#include "search.h"

/* A backend under test. Each test has an application of its own. */
struct backend {
	struct config config;	/* as database_config, with its own backend */
	struct db *db;
	struct search *search;
	uint32_t application;
};

/* The tests of each file, ended by one without a name. */
extern const struct CMUnitTest find_tests[];
extern const struct CMUnitTest store_tests[];
extern const struct CMUnitTest indexer_tests[];

/* Setup of a test. *state: an enum search_backend; then the backend. */
int backend_setup(void **state);
int backend_teardown(void **state);

/* Leaves nothing behind in OpenSearch. */
void backend_stop(void);

/* A request to OpenSearch that must be answered with that status. */
void backend_request(struct backend *, const char *method, const char *path,
    const char *body, long status);

/* Makes what was indexed visible. */
void backend_refresh(struct backend *);

/* Stores the message in its table and in the index. */
void backend_put(struct backend *, uint64_t chat, uint64_t number,
    uint64_t version, const char *text);

/* The same for many texts, numbered from 1. */
void backend_fill(struct backend *, uint64_t chat, const char *const *texts,
    size_t count);

/*
 * Searches and says the hits as "rank:number …", with a " +" when there are
 * more. A static string. The cursor may be NULL, and is moved on.
 */
const char *backend_find(struct backend *, uint64_t chat, const char *query,
    unsigned limit, struct search_cursor *);

#define assert_finds(backend, query, hits) assert_string_equal( \
	backend_find((backend), 1, (query), 50, NULL), (hits))

#define BACKEND_TEST(function) { #function, function, backend_setup, \
	backend_teardown, NULL }

#endif
