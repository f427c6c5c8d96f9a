/* database.h: a database of its own for each run of test_db. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DATABASE_H
#define PARLEY_DATABASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "db.h"
#include "db_persist.h"
#include "item.h"
#include "result.h"

/* The tests of each file, ended by one without a name. */
extern const struct CMUnitTest application_tests[];
extern const struct CMUnitTest connection_tests[];
extern const struct CMUnitTest count_tests[];
extern const struct CMUnitTest item_tests[];
extern const struct CMUnitTest life_tests[];
extern const struct CMUnitTest migrate_tests[];
extern const struct CMUnitTest once_tests[];
extern const struct CMUnitTest pending_tests[];

/*
 * Makes a database named after the process on the server whose socket
 * $PARLEY_DB_SOCKET is. Returns what to exit with if that cannot be, else 0.
 */
int database_start(void);
void database_stop(void);

/* Leads to that database. */
const struct config *database_config(void);

/* Runs a statement, which must go well, on a connection. */
void database_run(struct db *, const char *sql);

/* The one number that a query brings. */
uint64_t database_number(const char *sql);

/* Closes a connection from the server's side. */
void database_kill(struct db *);

/* Setup of a test: empties all tables; *state is a struct db *. */
int database_setup(void **state);
int database_teardown(void **state);

#define TEST(function) cmocka_unit_test_setup_teardown(function, \
	database_setup, database_teardown)
#define NO_MORE_TESTS { .name = NULL }

#define assert_ok(call) assert_int_equal((call), RESULT_OK)

/* A thing with a text of its own; origin is made from the number given. */
struct item database_item(struct key, uint64_t version, unsigned origin,
    const char *text);

/* Stores items in a transaction of their own. */
void database_store(struct db *, const struct item *, size_t count,
    enum stored *);

#endif
