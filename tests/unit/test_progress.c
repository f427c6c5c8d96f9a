/* test_progress.c: how far a long piece of work is, as it is shown. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../jobs/progress.h"

/* So long ago did it begin that some more seconds change no figure. */
#define SPENT_MS 100000000
#define FIRST 1000000
#define DONE 51040000		/* 500 a second since then, and a little */
#define TOTAL 101000000

/* A terminal may hand over what was written in several pieces. */
static void
read_all(int from, char *said, size_t size)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = read(from, said + len, size - 1 - len);
		len += got > 0 ? (size_t)got : 0;
		said[len] = '\0';
	} while (got > 0 && isatty(from) && strstr(said, "\033[K") == NULL);
}

/* Standard error is `to` while what is done is shown; then what was said. */
static void
capture(int to, int from, bool quiet, char *said, size_t size)
{
	int saved = dup(STDERR_FILENO);
	struct progress progress;

	assert_true(dup2(to, STDERR_FILENO) >= 0);
	progress_begin(&progress, "things done", FIRST, TOTAL, quiet);
	progress_show(&progress, FIRST);	/* too early to say anything */
	progress.began_at -= SPENT_MS;
	progress.shown_at -= SPENT_MS;
	progress_show(&progress, DONE);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	read_all(from, said, size);
}

static void
capture_pipe(bool quiet, char *said, size_t size)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	capture(ends[1], ends[0], quiet, said, size);
	close(ends[0]);
	close(ends[1]);
}

static void
capture_terminal(unsigned short columns, char *said, size_t size)
{
	struct winsize window = { .ws_row = 24, .ws_col = columns };
	int keyboard = posix_openpt(O_RDWR | O_NOCTTY), screen;

	assert_true(keyboard >= 0);
	assert_int_equal(grantpt(keyboard), 0);
	assert_int_equal(unlockpt(keyboard), 0);
	screen = open(ptsname(keyboard), O_RDWR | O_NOCTTY);
	assert_true(screen >= 0);
	assert_int_equal(ioctl(screen, TIOCSWINSZ, &window), 0);
	capture(screen, keyboard, false, said, size);
	close(screen);
	close(keyboard);
}

#define TEXT "51,040,000 of 101,000,000 things done, 500/s, 27 h left"

static void
without_a_terminal_it_is_a_line_with_rate_and_what_is_left(void **state)
{
	char said[256];

	(void)state;
	capture_pipe(false, said, sizeof(said));
	assert_string_equal(said, TEXT "\n");
}

static void
on_a_terminal_it_is_a_bar_as_wide_as_there_is_room(void **state)
{
	char said[256];

	(void)state;
	capture_terminal(200, said, sizeof(said));
	assert_string_equal(said,
	    "\r[####################                    ] " TEXT "\033[K");
	capture_terminal(79, said, sizeof(said));
	assert_string_equal(said, "\r[##########          ] " TEXT "\033[K");
	capture_terminal(60, said, sizeof(said));
	assert_string_equal(said, "\r" TEXT "\033[K");
}

static void
what_is_quiet_shows_nothing(void **state)
{
	char said[256];

	(void)state;
	capture_pipe(true, said, sizeof(said));
	assert_string_equal(said, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    without_a_terminal_it_is_a_line_with_rate_and_what_is_left),
		cmocka_unit_test(
		    on_a_terminal_it_is_a_bar_as_wide_as_there_is_room),
		cmocka_unit_test(what_is_quiet_shows_nothing),
	};

	alarm(20);	/* no terminal keeps anybody waiting longer */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
