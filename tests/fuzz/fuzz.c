/* fuzz.c: what the fuzz targets share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory.h"
#include "text.h"

void
fuzz_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/* Only leaks that are not ours: of records that no web server sends. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfcgi.so";
}

void
fuzz_begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (log_open("fuzz", LEVEL_ERROR, LOG_TO_STDERR) != RESULT_OK)
		abort();
	json_object_seed(1);	/* the same input does the same again */
}

char *
fuzz_string(const uint8_t *data, size_t size)
{
	char *const string = xmalloc(size + 1);
	size_t len = 0;

	for (size_t i = 0; i < size; i++) {
		if (data[i] != '\0')
			string[len++] = (char)data[i];
	}
	string[len] = '\0';
	return string;
}

void
fuzz_check_same(const struct parts *a, const struct parts *b)
{
	CHECK(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		CHECK(a->part[i].type == b->part[i].type);
		CHECK(strcmp(a->part[i].name, b->part[i].name) == 0);
		CHECK(a->part[i].len == b->part[i].len);
		CHECK(a->part[i].len == 0 || memcmp(a->part[i].data,
		    b->part[i].data, a->part[i].len) == 0);
	}
}

/* ---- answers ---- */

/* Behind the line's CRLF. Nothing in a line may look like its end. */
static const char *
check_line(const char *line, const char *end)
{
	const char *const stop = memmem(line, (size_t)(end - line), "\r\n",
	    2);

	CHECK(stop != NULL);
	for (; line < stop; line++)
		CHECK(*line != '\r' && *line != '\n' && *line != '\0');
	return stop + 2;
}

static bool
begins(const char *line, const char *name)
{
	return strncmp(line, name, strlen(name)) == 0;
}

/* 503 is for what depends on others; any other 5xx is a fault of ours. */
static int
check_status(const char *line, int refused)
{
	int status = 0;

	CHECK(sscanf(line, "Status: %3d ", &status) == 1);
	CHECK((status >= 200 && status < 500) || status == 503 ||
	    status == refused);
	return status;
}

static void
check_body(const char *body, size_t len, bool is_json)
{
	json_t *json;

	CHECK(text_valid(body, len));
	if (!is_json)
		return;
	json = json_loadb(body, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES,
	    NULL);
	CHECK(json != NULL);
	json_decref(json);
}

int
fuzz_check_answer(const char *answer, size_t len, int refused)
{
	const char *const end = answer + len;
	const char *line, *next = answer;
	size_t length = 0, ids = 0;
	bool is_json = false;
	int status;

	CHECK(len > 0);
	status = check_status(answer, refused);
	while (line = next, next = check_line(line, end), next > line + 2) {
		is_json = is_json || begins(line, "Content-Type: application");
		ids += begins(line, "X-Request-Id: ");
		if (begins(line, "Content-Length: "))
			length = strtoul(line + 16, NULL, 10);
	}
	CHECK(ids == 1);
	CHECK((size_t)(end - next) == length || end == next);
	if (end > next)
		check_body(next, length, is_json);
	return status;
}
