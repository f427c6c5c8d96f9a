/* test_metrics.c: counts that outlive processes, and how they are printed. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../fcgi/problem.h"
#include "../../fcgi/request.h"
#include "metrics.h"
#include "metrics_file.h"
#include "thread.h"

#define PROGRAM "parley-test"

static const char *const routes[] = { "/a", "/a/:token", "none", NULL };
static char dir[] = "/tmp/parley-metrics-XXXXXX";

/* ---- help ---- */

static void
path_of(const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", dir, name);
}

static unsigned
files(void)
{
	DIR *all = opendir(dir);
	unsigned count = 0;

	assert_non_null(all);
	for (const struct dirent *e; (e = readdir(all)) != NULL;)
		count += *e->d_name != '.';
	closedir(all);
	return count;
}

static int
empty_directory(void **state)
{
	DIR *all = opendir(dir);
	char path[512];

	(void)state;
	if (all == NULL)
		return -1;
	for (const struct dirent *e; (e = readdir(all)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (*e->d_name != '.')
			unlink(path);
	}
	closedir(all);
	return 0;
}

static struct metrics *
open_one(void)
{
	return metrics_open(dir, PROGRAM, routes);
}

/* The value of a line of what is printed now; -1: there is no such line. */
static long
printed(const struct metrics *m, const char *series)
{
	struct buffer out = BUFFER_EMPTY;
	const size_t len = strlen(series);
	long value = -1;
	char *rest = NULL;

	metrics_print(m, NULL, 0, &out);
	for (char *line = strtok_r(out.data, "\n", &rest); line != NULL;
	    line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, series, len) == 0 && line[len] == ' ')
			value = strtol(line + len + 1, NULL, 10);
	buffer_free(&out);
	return value;
}

static void
answer(struct metrics *m, const char *route, enum method method, int status,
    int64_t us)
{
	const struct answered a = { route, method, status, us, 100 };

	metrics_answer(m, &a);
}

/* A process that counts leases until it is killed; each tells its parent. */
struct counting {
	pid_t pid;
	int told;
};

static struct counting
start_counting(void)
{
	struct counting c;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		struct metrics *m = open_one();

		metrics_set(m, METRIC_THREADS, 8);
		for (;;) {
			metrics_add(m, METRIC_LEASES, 0, 1);
			if (write(ends[1], "", 1) != 1)
				_exit(1);
		}
	}
	close(ends[1]);
	c.told = ends[0];
	return c;
}

/* Waits until it has counted so often. */
static void
await(const struct counting *c, long count)
{
	char byte;

	for (long i = 0; i < count; i++)
		assert_int_equal(read(c->told, &byte, 1), 1);
}

/* Kills it; how often it said that it had counted, and nobody read it. */
static long
kill_counting(struct counting *c)
{
	char bytes[4096];
	long left = 0;
	ssize_t got;

	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	while ((got = read(c->told, bytes, sizeof(bytes))) > 0)
		left += got;
	close(c->told);
	return left;
}

/* ---- one process after the other ---- */

static void
the_next_process_goes_on_where_the_last_one_ended(void **state)
{
	struct metrics *m;

	(void)state;
	for (long round = 1; round <= 3; round++) {
		m = open_one();
		metrics_add(m, METRIC_LEASES, 0, 5);
		answer(m, "/a", METHOD_GET, 200, 10);
		assert_int_equal(printed(m, "parley_leases_total"), 5 * round);
		assert_int_equal(printed(m, "parley_http_requests_total{"
		    "route=\"/a\",method=\"GET\",status=\"200\"}"), round);
		metrics_close(m);
		assert_int_equal(files(), 1);
	}
}

static void
what_a_killed_process_counted_stays(void **state)
{
	struct metrics *m;
	long told = 0, counted;

	(void)state;
	for (long round = 0; round < 5; round++) {
		struct counting c = start_counting();

		await(&c, 1000);
		told += 1000 + kill_counting(&c);
		m = metrics_open(dir, "parley-other", NULL);
		counted = printed(m, "parley_leases_total");
		/* Each kill may have come between a count and its telling. */
		assert_true(counted >= told && counted <= told + round + 1);
		metrics_close(m);
	}
	assert_int_equal(files(), 2);
}

static void
what_is_said_of_the_living_ends_with_them(void **state)
{
	struct counting c = start_counting();
	struct metrics *m = metrics_open(dir, "parley-other", NULL);
	const char *const threads = "parley_worker_threads{"
	    "program=\"" PROGRAM "\"}";
	const char *const processes = "parley_processes{"
	    "program=\"" PROGRAM "\"}";
	const char *const start = "parley_start_time_seconds{"
	    "program=\"" PROGRAM "\"}";

	(void)state;
	await(&c, 1);
	assert_int_equal(printed(m, threads), 8);
	assert_int_equal(printed(m, processes), 1);
	assert_true(printed(m, start) > 1700000000);
	assert_int_equal(printed(m, "parley_worker_threads{"
	    "program=\"parley-other\"}"), -1);
	kill_counting(&c);
	assert_int_equal(printed(m, threads), -1);
	assert_int_equal(printed(m, processes), 0);
	assert_int_equal(printed(m, start), -1);
	metrics_close(m);
	m = open_one();
	assert_int_equal(printed(m, threads), 0);
	metrics_close(m);
}

/* ---- several at once ---- */

static void
processes_at_the_same_time_have_a_file_each_and_are_added(void **state)
{
	struct counting one = start_counting(), two;
	struct metrics *m;
	long told = 2000;

	(void)state;
	await(&one, 1000);
	two = start_counting();
	await(&two, 1000);
	m = open_one();
	assert_int_equal(files(), 3);
	assert_int_equal(printed(m, "parley_processes{"
	    "program=\"" PROGRAM "\"}"), 3);
	assert_int_equal(printed(m, "parley_worker_threads{"
	    "program=\"" PROGRAM "\"}"), 16);
	told += kill_counting(&one) + kill_counting(&two);
	assert_in_range(printed(m, "parley_leases_total"), told, told + 2);
	metrics_close(m);
}

/* All begin at once: none of them shares a file or loses a count. */
static void
many_that_begin_together_get_along(void **state)
{
	enum { MANY = 12 };
	struct metrics *m;
	pid_t pid[MANY];
	int status;

	(void)state;
	for (long round = 1; round <= 3; round++) {
		for (int i = 0; i < MANY; i++) {
			pid[i] = fork();
			if (pid[i] != 0)
				continue;
			m = open_one();
			for (int n = 0; n < 1000; n++)
				metrics_add(m, METRIC_LEASES, 0, 1);
			metrics_close(m);
			_exit(0);
		}
		for (int i = 0; i < MANY; i++) {
			waitpid(pid[i], &status, 0);
			assert_int_equal(status, 0);
		}
		m = open_one();
		assert_int_equal(printed(m, "parley_leases_total"),
		    round * MANY * 1000);
		metrics_close(m);
		assert_true(files() <= MANY);
	}
}

struct counter {
	struct metrics *metrics;
	pthread_barrier_t together;
};

static void *
count_much(void *argument)
{
	struct counter *c = argument;

	pthread_barrier_wait(&c->together);
	for (int i = 0; i < 500000; i++)
		answer(c->metrics, "/a/:token", METHOD_POST, 201, i % 2000);
	return NULL;
}

static void
threads_lose_no_count(void **state)
{
	const char *const duration = "parley_http_request_duration_seconds";
	struct metrics *m = open_one();
	struct counter counter = { .metrics = m };
	pthread_t thread[4];
	char series[200];

	(void)state;
	pthread_barrier_init(&counter.together, NULL, 4);
	for (int i = 0; i < 4; i++)
		thread_start(&thread[i], count_much, &counter);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(printed(m, "parley_http_requests_total{route="
	    "\"/a/:token\",method=\"POST\",status=\"201\"}"), 2000000);
	snprintf(series, sizeof(series), "%s_bucket{route=\"/a/:token\","
	    "method=\"POST\",le=\"0.001\"}", duration);
	/* 0 to 1000 of each 2000: a bound belongs to its bucket. */
	assert_int_equal(printed(m, series), 1001000);
	snprintf(series, sizeof(series), "%s_bucket{route=\"/a/:token\","
	    "method=\"POST\",le=\"+Inf\"}", duration);
	assert_int_equal(printed(m, series), 2000000);
	snprintf(series, sizeof(series), "%s_count{route=\"/a/:token\","
	    "method=\"POST\"}", duration);
	assert_int_equal(printed(m, series), 2000000);
	snprintf(series, sizeof(series), "%s_sum{route=\"/a/:token\","
	    "method=\"POST\"}", duration);
	assert_int_equal(printed(m, series), 1999);
	assert_int_equal(printed(m, "parley_http_response_bytes_total"),
	    200000000);
	pthread_barrier_destroy(&counter.together);
	metrics_close(m);
}

/* ---- files that are not as they should be ---- */

static void
write_file(const char *name, const void *bytes, size_t len)
{
	char path[128];
	FILE *file;

	path_of(name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

/* Whether a change there must be noticed: in head or layout. */
static bool
is_checked(const struct buffer *file, size_t at)
{
	const struct metrics_head *head = (const void *)file->data;
	const size_t text = sizeof(*head);

	return at < offsetof(struct metrics_head, started) ||
	    (at >= text && at < text + head->layout_size &&
	    file->data[at] != '\0');
}

static void
damaged_files_are_left_out_and_begun_anew(void **state)
{
	static const char name[] = PROGRAM "-1.metrics";
	struct metrics *m = open_one(), *other;
	struct buffer good = BUFFER_EMPTY;
	char path[128];
	bool living;

	(void)state;
	metrics_add(m, METRIC_LEASES, 0, 1);
	metrics_close(m);
	path_of(name, path);
	assert_int_equal(metrics_file_read(path, &good, &living), RESULT_OK);
	assert_false(living);
	/* Cut off everywhere; and each byte of head and layout changed. */
	for (size_t at = 0; at < good.len; at += at < 200 ? 1 : 97) {
		write_file(name, good.data, at);
		other = metrics_open(dir, "parley-other", NULL);
		assert_int_equal(printed(other, "parley_leases_total"), 0);
		metrics_close(other);
		m = open_one();
		assert_int_equal(printed(m, "parley_leases_total"), 0);
		metrics_add(m, METRIC_LEASES, 0, 1);
		metrics_close(m);
		good.data[at] ^= 0x55;
		write_file(name, good.data, good.len);
		m = open_one();
		assert_in_range(printed(m, "parley_leases_total"), 0,
		    is_checked(&good, at) ? 0 : 1);
		metrics_close(m);
		good.data[at] ^= 0x55;
	}
	buffer_free(&good);
}

static void
what_is_no_file_of_counts_is_in_nobodys_way(void **state)
{
	char path[128];
	struct metrics *m;
	struct stat is;

	(void)state;
	path_of(PROGRAM "-1.metrics", path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	path_of(PROGRAM "-2.metrics", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	path_of("x.metrics", path);
	write_file("x.metrics", "x", 1);
	path_of(PROGRAM "-3.metrics", path);
	assert_int_equal(mkdir(path, 0700), 0);
	for (int round = 1; round <= 2; round++) {
		m = open_one();
		metrics_add(m, METRIC_LEASES, 0, 3);
		assert_int_equal(printed(m, "parley_leases_total"),
		    3 * round);
		metrics_close(m);
	}
	rmdir(path);
	path_of(PROGRAM "-1.metrics", path);
	assert_int_equal(lstat(path, &is), 0);
	assert_true(S_ISLNK(is.st_mode));	/* nobody followed it */
}

/* ---- files of other versions ---- */

static void
write_other_version(const uint64_t *values, size_t count)
{
	static const char text[] = "parley_leases_total counter\n"
	    "parley_gone_total counter kind=a,b\n"
	    "parley_publish_confirm_seconds histogram:5,7\n"
	    "parley_worker_threads living\n"
	    "parley_http_requests_total counter route=/old,/a,none "
	    "method=GET,POST status=200,299\n";
	struct layout layout = { .cells = count };
	struct buffer image = BUFFER_EMPTY;

	buffer_str(&layout.text, text);
	metrics_image(&image, PROGRAM, &layout);
	memcpy(metrics_cells_of((void *)image.data), values,
	    count * sizeof(*values));
	write_file(PROGRAM "-1.metrics", image.data, image.len);
	buffer_free(&image);
	buffer_free(&layout.text);
}

static void
another_versions_counts_are_read_and_taken_over_by_name(void **state)
{
	enum { ROUTES = 8, CELLS = ROUTES + 3 * 2 * 2 };
	static const char *const old = "parley_http_requests_total{"
	    "route=\"/old\",method=\"POST\",status=\"200\"}";
	static const char *const same = "parley_http_requests_total{"
	    "route=\"/a\",method=\"GET\",status=\"200\"}";
	uint64_t values[CELLS] = { [0] = 11, [1] = 22, [2] = 33, [3] = 44,
		[7] = 55, [ROUTES + 2] = 66, [ROUTES + 4] = 77 };
	struct metrics *m;

	(void)state;
	write_other_version(values, CELLS);
	m = metrics_open(dir, "parley-other", NULL);
	assert_int_equal(printed(m, "parley_leases_total"), 11);
	assert_int_equal(printed(m, old), 66);
	assert_int_equal(printed(m, same), 77);
	/* Other bounds: they cannot be added to ours. */
	assert_int_equal(printed(m, "parley_publish_confirm_seconds_count"),
	    0);
	metrics_close(m);
	m = open_one();
	assert_int_equal(printed(m, "parley_leases_total"), 11);
	assert_int_equal(printed(m, old), -1);
	assert_int_equal(printed(m, same), 77);
	assert_int_equal(printed(m, "parley_worker_threads{"
	    "program=\"" PROGRAM "\"}"), 0);
	answer(m, "/a", METHOD_GET, 200, 1);
	assert_int_equal(printed(m, same), 78);
	metrics_close(m);
	assert_int_equal(files(), 2);
}

/* ---- where no file can be had ---- */

static void
without_a_directory_it_counts_in_memory(void **state)
{
	static const char *const none[] = { "", "/nonexistent/place" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct metrics *m = metrics_open(none[i], PROGRAM, routes);

		metrics_add(m, METRIC_LEASES, 0, 2);
		assert_int_equal(printed(m, "parley_leases_total"), 2);
		metrics_close(m);
		m = metrics_open(none[i], PROGRAM, routes);
		assert_int_equal(printed(m, "parley_leases_total"), 0);
		metrics_close(m);
	}
	metrics_add(NULL, METRIC_LEASES, 0, 1);
	answer(NULL, "/a", METHOD_GET, 200, 1);
	assert_int_equal(printed(NULL, "parley_leases_total"), 0);
}

/* A limit on sizes is met like a full disk: when room is asked for. */
static void
without_room_on_the_disk_it_counts_in_memory(void **state)
{
	const struct rlimit small = { 1000, 1000 };
	int status;
	const pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct metrics *m;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &small);
		m = open_one();
		metrics_add(m, METRIC_LEASES, 0, 4);
		_exit(printed(m, "parley_leases_total") == 4 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(files(), 1);	/* empty, for the next one */
}

/* ---- what is printed ---- */

static void
what_was_never_counted_is_0_and_not_unknown(void **state)
{
	struct metrics *m = open_one();

	(void)state;
	assert_int_equal(printed(m, "parley_dead_letters_total"), 0);
	assert_int_equal(printed(m, "parley_log_lines_total{"
	    "level=\"error\"}"), 0);
	assert_int_equal(printed(m, "parley_index_bulk_seconds_count"), 0);
	assert_int_equal(printed(m, "parley_count_last_success_timestamp"
	    "_seconds"), -1);
	metrics_close(m);
}

static void
samples_are_printed_in_the_unit_of_their_row(void **state)
{
	const struct sample sample[] = {
		{ METRIC_QUEUE_MESSAGES, "queue=\"dead\"", 3 },
		{ METRIC_INDEX_OLDEST, "", 1234 },
	};
	struct buffer out = BUFFER_EMPTY;

	(void)state;
	metrics_print(NULL, sample, 2, &out);
	assert_non_null(strstr(out.data,
	    "# TYPE parley_queue_messages gauge\n"
	    "parley_queue_messages{queue=\"dead\"} 3\n"));
	assert_non_null(strstr(out.data,
	    "\nparley_index_oldest_seconds 1.234\n"));
	buffer_free(&out);
}

/* The labels stand in lib, what they are of in fcgi. */
static void
methods_and_statuses_have_their_labels(void **state)
{
	struct metrics *m = open_one();
	char series[200];

	(void)state;
	for (enum method i = METHOD_GET; i <= METHOD_OTHER; i++) {
		answer(m, "none", i, 404, 1);
		snprintf(series, sizeof(series), "parley_http_requests_total{"
		    "route=\"none\",method=\"%s\",status=\"404\"}",
		    i == METHOD_OTHER ? "other" : method_name(i));
		assert_int_equal(printed(m, series), 1);
	}
	for (enum problem p = 0; p <= PROBLEM_UNAVAILABLE; p++) {
		answer(m, "/a", METHOD_PUT, problem_kind(p)->status, 1);
		snprintf(series, sizeof(series), "parley_http_requests_total{"
		    "route=\"/a\",method=\"PUT\",status=\"%d\"}",
		    problem_kind(p)->status);
		assert_true(printed(m, series) >= 1);
	}
	answer(m, "/a", METHOD_PUT, 299, 1);
	assert_int_equal(printed(m, "parley_http_requests_total{route=\"/a\","
	    "method=\"PUT\",status=\"other\"}"), 1);
	metrics_close(m);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, empty_directory)
	const struct CMUnitTest tests[] = {
		TEST(the_next_process_goes_on_where_the_last_one_ended),
		TEST(what_a_killed_process_counted_stays),
		TEST(what_is_said_of_the_living_ends_with_them),
		TEST(processes_at_the_same_time_have_a_file_each_and_are_added),
		TEST(many_that_begin_together_get_along),
		TEST(threads_lose_no_count),
		TEST(damaged_files_are_left_out_and_begun_anew),
		TEST(what_is_no_file_of_counts_is_in_nobodys_way),
		TEST(another_versions_counts_are_read_and_taken_over_by_name),
		TEST(without_a_directory_it_counts_in_memory),
		TEST(without_room_on_the_disk_it_counts_in_memory),
		TEST(what_was_never_counted_is_0_and_not_unknown),
		TEST(samples_are_printed_in_the_unit_of_their_row),
		TEST(methods_and_statuses_have_their_labels),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (mkdtemp(dir) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	empty_directory(NULL);
	rmdir(dir);
	return failed;
}
