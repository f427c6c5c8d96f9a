/* test_reload.c: SIGHUP: the log changes, and nothing else does. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "buffer.h"
#include "clock.h"
#include "log.h"
#include "memory.h"
#include "reload.h"
#include "thread.h"

#define DEADLINE_MS 10000
#define THREADS 4
#define LINES 1000		/* of each kind, of each thread */
#define RENAMES 20

static char folder[] = "/tmp/parley-reload-XXXXXX";
static char conf[64], first[64], second[64];
static char *no_env[] = { NULL };

static void
write_conf(const char *content)
{
	FILE *file = fopen(conf, "w");

	assert_non_null(file);
	fputs(content, file);
	assert_int_equal(fclose(file), 0);
}

/* "key = value" of the log's target and what else there is. */
static void
write_conf_for(const char *target, const char *more)
{
	struct buffer content = BUFFER_EMPTY;

	buffer_printf(&content, "log_target = %s\n%s", target, more);
	write_conf(content.data);
	buffer_free(&content);
}

/* The file's content, a new string; "" if there is no such file. */
static char *
content_of(const char *path)
{
	struct buffer content = BUFFER_EMPTY;
	FILE *file = fopen(path, "r");
	char chunk[4096];
	size_t got;

	while (file != NULL &&
	    (got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buffer_add(&content, chunk, got);
	if (file != NULL)
		fclose(file);
	return buffer_take(&content);
}

static void
assert_in_file(const char *path, const char *words, bool expected)
{
	char *content = content_of(path);

	if ((strstr(content, words) != NULL) != expected)
		fail_msg("%s %s \"%s\": %s", path,
		    expected ? "lacks" : "has", words, content);
	free(content);
}

static void
load(struct config *config)
{
	char error[256] = "";

	if (config_load(config, conf, no_env, error, sizeof(error)))
		fail_msg("%s", error);
}

/* Each test begins with an info log in the first file. */
static int
begin(void **state)
{
	static struct config config;

	(void)state;
	unlink(first);
	unlink(second);
	config_free(&config);
	write_conf_for(first, "");
	load(&config);
	assert_int_equal(reload_log_open("test", &config), RESULT_OK);
	*state = &config;
	return 0;
}

static void
level_and_requests_are_taken_over(void **state)
{
	log_debug(NULL, "too early");
	assert_int_equal(log_requests(), REQUESTS_ALL);
	write_conf_for(first, "log_level = debug\nlog_requests = errors\n"
	    "log_slow_ms = 77\n");
	reload(*state, conf, no_env);
	log_debug(NULL, "in time");
	assert_in_file(first, "too early", false);
	assert_in_file(first, "in time", true);
	assert_in_file(first, "restart", false);
	assert_int_equal(log_requests(), REQUESTS_ERRORS);
	assert_int_equal(log_slow_ms(), 77);
}

static void
a_file_that_is_not_right_is_said_and_changes_nothing(void **state)
{
	write_conf_for(second, "log_level = debug\nlog_requests = none\n"
	    "threads = many\n");
	reload(*state, conf, no_env);
	log_debug(NULL, "below");
	assert_in_file(first, "all stays as it was", true);
	assert_in_file(first, "threads is \\\"many\\\"", true);
	assert_in_file(first, "below", false);
	assert_int_equal(log_requests(), REQUESTS_ALL);
	assert_int_equal(access(second, F_OK), -1);
}

static void
what_needs_a_restart_is_named_and_its_value_is_not(void **state)
{
	write_conf_for(first, "db_password = geheim\nthreads = 3\n"
	    "limit_address_reads = 1/1\ntrusted_proxies = ::1\n"
	    "body_limit = 5000\nlog_level = warn\n");
	assert_int_equal(chmod(conf, 0600), 0);
	reload(*state, conf, no_env);
	assert_in_file(first, "only a restart changes body_limit, "
	    "db_password, limit_address_reads, threads, trusted_proxies\"",
	    true);
	assert_in_file(first, "geheim", false);
}

static void
the_environment_still_wins(void **state)
{
	char *env[] = { xstrdup("PARLEY_LOG_LEVEL=error"), NULL };

	reload(*state, conf, env);
	assert_true(log_wants(LEVEL_ERROR));
	assert_false(log_wants(LEVEL_WARN));
	free(env[0]);
}

static void
the_file_of_a_new_name_is_used(void **state)
{
	struct stat status;

	log_info(NULL, "old");
	write_conf_for(second, "");
	reload(*state, conf, no_env);
	log_info(NULL, "new");
	assert_in_file(first, "new", false);
	assert_in_file(second, "new", true);
	assert_in_file(second, "old", false);
	assert_int_equal(stat(second, &status), 0);
	assert_int_equal(status.st_mode & 07777 & ~0640u, 0);
}

static void
a_file_that_cannot_be_opened_is_said_and_the_old_one_kept(void **state)
{
	write_conf_for("/nowhere/at/all", "log_level = debug\n");
	reload(*state, conf, no_env);
	log_debug(NULL, "further");
	assert_in_file(first, "log_target /nowhere/at/all: No such file",
	    true);
	assert_in_file(first, "the log goes where it went", true);
	assert_in_file(first, "further", true);
}

static void
a_file_that_cannot_be_opened_at_the_start_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(log_open("test", LEVEL_INFO, "/nowhere/at/all"),
	    RESULT_UNAVAILABLE);
}

static void *
write_lines(void *argument)
{
	struct buffer line = BUFFER_EMPTY;

	(void)argument;
	for (int i = 0; i < LINES; i++) {
		log_request_begins();
		log_begin(&line, LEVEL_INFO, NULL);
		log_string(&line, "message", "one of many");
		log_end_later(&line);
		log_request_ends();
		buffer_reset(&line);
		log_info(NULL, "one of many");
	}
	buffer_free(&line);
	return NULL;
}

/* Adds the lines of the file that are whole, each with the words once. */
static size_t
count_lines(const char *path)
{
	static const char words[] = "\"message\":\"one of many\"}\n";
	char *content = content_of(path), *at = content, *end;
	size_t count = 0;

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		assert_int_equal(*at, '{');
		if ((size_t)(end + 1 - at) > strlen(words) &&
		    strncmp(end + 1 - strlen(words), words,
		    strlen(words)) == 0)
			count++;
	}
	assert_int_equal(*at, '\0');
	free(content);
	return count;
}

static void
renaming_under_load_loses_no_line(void **state)
{
	pthread_t thread[THREADS];
	char moved[RENAMES][80];
	size_t count = 0;

	for (int i = 0; i < THREADS; i++)
		thread_start(&thread[i], write_lines, NULL);
	for (int i = 0; i < RENAMES; i++) {
		snprintf(moved[i], sizeof(moved[i]), "%s.%d", first, i);
		assert_int_equal(rename(first, moved[i]), 0);
		reload(*state, conf, no_env);
		assert_int_equal(access(first, F_OK), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < RENAMES; i++) {
		count += count_lines(moved[i]);
		unlink(moved[i]);
	}
	count += count_lines(first);
	assert_int_equal(count, 2 * THREADS * LINES);
}

static void
the_signal_does_it(void **state)
{
	const int64_t until = clock_mono_ms() + DEADLINE_MS;
	struct reload r;

	signal(SIGHUP, SIG_IGN);	/* as nohup(1) leaves it */
	reload_start(&r, *state, conf);
	write_conf_for(first, "log_level = debug\n");
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	while (!log_wants(LEVEL_DEBUG) && clock_mono_ms() < until)
		thread_pause(1);
	assert_true(log_wants(LEVEL_DEBUG));
	write_conf_for(first, "log_level = error\n");
	reload_stop(&r);
	assert_true(log_wants(LEVEL_DEBUG));	/* the end is no reload */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(level_and_requests_are_taken_over,
		    begin),
		cmocka_unit_test_setup(
		    a_file_that_is_not_right_is_said_and_changes_nothing,
		    begin),
		cmocka_unit_test_setup(
		    what_needs_a_restart_is_named_and_its_value_is_not,
		    begin),
		cmocka_unit_test_setup(the_environment_still_wins, begin),
		cmocka_unit_test_setup(the_file_of_a_new_name_is_used, begin),
		cmocka_unit_test_setup(
		    a_file_that_cannot_be_opened_is_said_and_the_old_one_kept,
		    begin),
		cmocka_unit_test_setup(
		    a_file_that_cannot_be_opened_at_the_start_is_an_error,
		    begin),
		cmocka_unit_test_setup(renaming_under_load_loses_no_line,
		    begin),
		cmocka_unit_test_setup(the_signal_does_it, begin),
	};
	int failed;

	/* What a caller has set for Parley is no part of this. */
	environ = no_env;
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(conf, sizeof(conf), "%s/conf", folder);
	snprintf(first, sizeof(first), "%s/first", folder);
	snprintf(second, sizeof(second), "%s/second", folder);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(conf);
	unlink(first);
	unlink(second);
	rmdir(folder);
	return failed;
}
