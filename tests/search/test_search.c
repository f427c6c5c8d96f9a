/* test_search.c: both search backends behave the same, and indexing works. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "backend.h"

#include <stdio.h>

#include "memory.h"

#define TESTS_MOST 100

static enum search_backend mysql = SEARCH_BACKEND_MYSQL;
static enum search_backend opensearch = SEARCH_BACKEND_OPENSEARCH;

static size_t
add_tests(struct CMUnitTest *tests, size_t count, const char *backend,
    enum search_backend *which)
{
	static const struct CMUnitTest *const files[] = {
		find_tests, store_tests, indexer_tests,
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		for (const struct CMUnitTest *test = files[i];
		    test->name != NULL; test++) {
			char name[128];

			assert_true(count < TESTS_MOST);
			snprintf(name, sizeof(name), "%s: %s", backend,
			    test->name);
			tests[count] = *test;
			tests[count].name = xstrdup(name);
			tests[count++].initial_state = which;
		}
	return count;
}

/* An argument is a pattern: run only the tests whose names match it. */
int
main(int argc, char *argv[])
{
	struct CMUnitTest tests[TESTS_MOST];
	size_t count;
	int status = database_start();

	if (status != 0)
		return status;
	count = add_tests(tests, 0, "mysql", &mysql);
	if (getenv("PARLEY_SEARCH_URL") != NULL)
		count = add_tests(tests, count, "opensearch", &opensearch);
	else
		fprintf(stderr, "no PARLEY_SEARCH_URL: MySQL only\n");
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = _cmocka_run_group_tests("search", tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)tests[i].name);
	if (getenv("PARLEY_SEARCH_URL") != NULL)
		backend_stop();
	database_stop();
	return status != 0;
}
