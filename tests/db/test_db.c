/* test_db.c: the database part of lib against a real server. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#define TESTS_MOST 200

/* An argument is a pattern: run only the tests whose names match it. */
int
main(int argc, char *argv[])
{
	static const struct CMUnitTest *const files[] = {
		application_tests, connection_tests, count_tests, item_tests,
		life_tests, migrate_tests, once_tests,
		pending_tests,
	};
	struct CMUnitTest tests[TESTS_MOST];
	size_t count = 0;
	int status = database_start();

	if (status != 0)
		return status;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		for (const struct CMUnitTest *test = files[i];
		    test->name != NULL && count < TESTS_MOST; test++)
			tests[count++] = *test;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = _cmocka_run_group_tests("db", tests, count, NULL, NULL);
	database_stop();
	return status != 0;
}
