/* test_memory.c: allocation that never fails. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "memory.h"

static void
nothing_is_still_something(void **state)
{
	char *a = xmalloc(0), *b = xcalloc(0, 8), *c = xcalloc(8, 0);
	char *d = xrealloc(NULL, 0, 0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	assert_non_null(d);
	free(a);
	free(b);
	free(c);
	free(d);
}

static void
calloc_gives_zeroes(void **state)
{
	unsigned char *bytes = xcalloc(100, 3);

	(void)state;
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(bytes[i], 0);
	free(bytes);
}

static void
realloc_keeps_what_was_there(void **state)
{
	char *string = xstrdup("keep me");

	(void)state;
	string = xrealloc(string, 10000, 1);
	assert_string_equal(string, "keep me");
	string = xrealloc(string, 8, 1);
	assert_string_equal(string, "keep me");
	free(string);
}

static void
strndup_stops_at_the_end_and_at_nul(void **state)
{
	char *cut = xstrndup("abcdef", 3);
	char *whole = xstrndup("abc", 100);
	char *empty = xstrndup("abc", 0);

	(void)state;
	assert_string_equal(cut, "abc");
	assert_string_equal(whole, "abc");
	assert_string_equal(empty, "");
	free(cut);
	free(whole);
	free(empty);
}

/* The size is hidden from the compiler, which would warn of it. */
static volatile size_t huge = SIZE_MAX / 2;

static void
wrapping_product(void)
{
	free(xrealloc(NULL, huge, 4));
}

static void
wrapping_calloc(void)
{
	free(xcalloc(huge, 4));
}

static void
too_much(void)
{
	free(xmalloc(huge));
}

/* The signal that ends a child which calls this; its stderr is closed. */
static int
signal_of(void (*act)(void))
{
	struct rlimit none = {0};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &none);
		close(STDERR_FILENO);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

static void
out_of_memory_aborts(void **state)
{
	(void)state;
	assert_int_equal(signal_of(wrapping_product), SIGABRT);
#ifndef SANITIZED
	/* The sanitizers' own malloc ends the program before ours can. */
	assert_int_equal(signal_of(too_much), SIGABRT);
	assert_int_equal(signal_of(wrapping_calloc), SIGABRT);
#else
	(void)too_much;
	(void)wrapping_calloc;
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_still_something),
		cmocka_unit_test(calloc_gives_zeroes),
		cmocka_unit_test(realloc_keeps_what_was_there),
		cmocka_unit_test(strndup_stops_at_the_end_and_at_nul),
		cmocka_unit_test(out_of_memory_aborts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
