/* test_log_output.c: how many lines go with one write, and in which order. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log_output.h"
#include "memory.h"

#define LINES 100

/* A pipe that keeps writes apart, and what writes into it. */
struct ends {
	int reader;
	struct log_output out;
};

static int
open_pipe(void **state)
{
	struct ends *ends = xcalloc(1, sizeof(*ends));
	int files[2];

	if (pipe2(files, O_DIRECT | O_NONBLOCK) != 0)
		return -1;
	ends->reader = files[0];
	pthread_mutex_init(&ends->out.mutex, NULL);
	ends->out.file = files[1];
	*state = ends;
	return 0;
}

static int
close_pipe(void **state)
{
	struct ends *ends = *state;

	log_output_change(&ends->out, STDERR_FILENO);
	close(ends->reader);
	pthread_mutex_destroy(&ends->out.mutex);
	free(ends);
	return 0;
}

/* What the next write wrote; "" if there was none. */
static const char *
one_write(const struct ends *ends)
{
	static char bytes[2 * PIPE_BUF];
	ssize_t len = read(ends->reader, bytes, sizeof(bytes) - 1);

	bytes[len > 0 ? len : 0] = '\0';
	return bytes;
}

/* A line of that many bytes, all of them the letter but the newline. */
static void
put_line(struct ends *ends, char letter, size_t len, bool may_wait)
{
	struct buffer line = BUFFER_EMPTY;

	while (line.len + 1 < len)
		buffer_char(&line, letter);
	buffer_char(&line, '\n');
	log_output_line(&ends->out, &line, 0, may_wait);
	buffer_free(&line);
}

static void
what_may_not_wait_is_written_at_once_behind_what_waits(void **state)
{
	struct ends *ends = *state;

	put_line(ends, 'a', 3, true);
	put_line(ends, 'b', 3, true);
	assert_string_equal(one_write(ends), "");
	put_line(ends, 'c', 3, false);
	assert_string_equal(one_write(ends), "aa\nbb\ncc\n");
	put_line(ends, 'd', 3, false);
	assert_string_equal(one_write(ends), "dd\n");
}

static void
what_waits_can_be_asked_for_and_comes_once(void **state)
{
	struct ends *ends = *state;

	put_line(ends, 'a', 3, true);
	log_output_flush(&ends->out);
	assert_string_equal(one_write(ends), "aa\n");
	log_output_flush(&ends->out);
	assert_string_equal(one_write(ends), "");
}

/* A pipe takes no more bytes whole; they are filled as far as lines go. */
static void
a_write_has_whole_lines_up_to_what_a_pipe_takes_whole(void **state)
{
	static const size_t len = PIPE_BUF / 10 + 1;
	struct ends *ends = *state;
	const char *bytes;
	size_t lines = 0;

	for (int i = 0; i < LINES; i++)
		put_line(ends, (char)('a' + i % 26), len, true);
	log_output_flush(&ends->out);
	while (*(bytes = one_write(ends)) != '\0') {
		assert_int_equal(strlen(bytes), 9 * len >
		    (LINES - lines) * len ? (LINES - lines) * len : 9 * len);
		for (; *bytes != '\0'; bytes += len, lines++) {
			assert_int_equal(*bytes, 'a' + (char)(lines % 26));
			assert_ptr_equal(strchr(bytes, '\n'),
			    bytes + len - 1);
		}
	}
	assert_int_equal(lines, LINES);
}

static void
as_much_as_a_pipe_takes_whole_waits(void **state)
{
	struct ends *ends = *state;

	put_line(ends, 'a', PIPE_BUF - 3, true);
	put_line(ends, 'b', 3, true);
	assert_string_equal(one_write(ends), "");
	put_line(ends, 'c', 3, true);
	assert_int_equal(strlen(one_write(ends)), PIPE_BUF);
	log_output_flush(&ends->out);
	assert_string_equal(one_write(ends), "cc\n");
}

/* Which the pipe here splits, but not among what waited. */
static void
a_longer_line_is_written_alone_behind_what_waits(void **state)
{
	struct ends *ends = *state;
	const char *bytes;

	put_line(ends, 'a', 3, true);
	put_line(ends, 'b', PIPE_BUF + 2, true);
	assert_string_equal(one_write(ends), "aa\n");
	bytes = one_write(ends);
	assert_int_equal(strspn(bytes, "b"), PIPE_BUF);
	assert_string_equal(one_write(ends), "b\n");
	put_line(ends, 'c', 3, false);
	assert_string_equal(one_write(ends), "cc\n");
}

static void
what_waits_goes_where_it_was_to_go(void **state)
{
	struct ends *ends = *state, other = {0};
	int files[2];

	assert_int_equal(pipe2(files, O_DIRECT | O_NONBLOCK), 0);
	other.reader = files[0];
	put_line(ends, 'a', 3, true);
	log_output_change(&ends->out, files[1]);
	put_line(ends, 'b', 3, false);
	assert_string_equal(one_write(ends), "aa\n");
	assert_string_equal(one_write(&other), "bb\n");
	/* The file before was closed: its pipe is at its end. */
	assert_int_equal(read(ends->reader, (char[1]){0}, 1), 0);
	close(files[0]);
}

#define SURROUNDED(test) \
	cmocka_unit_test_setup_teardown(test, open_pipe, close_pipe)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SURROUNDED(
		    what_may_not_wait_is_written_at_once_behind_what_waits),
		SURROUNDED(what_waits_can_be_asked_for_and_comes_once),
		SURROUNDED(
		    a_write_has_whole_lines_up_to_what_a_pipe_takes_whole),
		SURROUNDED(as_much_as_a_pipe_takes_whole_waits),
		SURROUNDED(a_longer_line_is_written_alone_behind_what_waits),
		SURROUNDED(what_waits_goes_where_it_was_to_go),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
