/* ask.c: asks the handlers of fcgi/, without a web server between. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../fcgi/responder.h"
#include "fuzz.h"
#include "memory.h"
#include "nowhere.h"

#define NOBODY "3f0c7a52-9a41-4d0e-8c55-0d7f5e1c2b6a"

/* What a program gave to responder_main, and what its threads share. */
static const struct family *given;
static struct config config;
static struct shared shared;
static struct worker worker;

/* In the place of the real one, which would serve until it is stopped. */
int
responder_main(const struct family *family, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	given = family;
	return 0;
}

const struct family *
ask_family(int (*program)(int argc, char **argv))
{
	CHECK(program(0, NULL) == 0);
	return given;
}

/* ---- an input ---- */

/* A copy of len bytes with each {token} replaced, and without NULs. */
static char *
lines_of(const char *from, size_t len)
{
	static const char name[] = "{token}";
	const char *const set = getenv("PARLEY_FUZZ_TOKEN");
	const char *const end = from + len;
	struct buffer out = BUFFER_EMPTY;

	buffer_reserve(&out, len);
	while (from < end) {
		if ((size_t)(end - from) >= sizeof(name) - 1 &&
		    memcmp(from, name, sizeof(name) - 1) == 0) {
			buffer_str(&out, set != NULL ? set : NOBODY);
			from += sizeof(name) - 1;
		} else {
			if (*from != '\0')
				buffer_char(&out, *from);
			from++;
		}
	}
	buffer_str(&out, "");
	return buffer_take(&out);
}

static void
add_length(struct ask *a, size_t lines)
{
	for (size_t i = 0; i < lines; i++)
		if (strncmp(a->envp[i], "CONTENT_LENGTH=", 15) == 0)
			return;
	snprintf(a->length, sizeof(a->length), "CONTENT_LENGTH=%zu", a->len);
	a->envp[lines] = a->length;
}

void
ask_read(struct ask *a, const uint8_t *data, size_t size)
{
	const char *const text = (const char *)data;
	const char *const empty = size > 0 ? memmem(text, size, "\n\n", 2) :
	    NULL;
	size_t lines = 0;

	memset(a, 0, sizeof(*a));
	a->lines = lines_of(text, empty != NULL ? (size_t)(empty - text) :
	    size);
	a->body = empty != NULL ? empty + 2 : "";
	a->len = empty != NULL ? size - (size_t)(a->body - text) : 0;
	for (char *at = a->lines, *line; lines < ASK_LINES &&
	    (line = strsep(&at, "\n")) != NULL;)
		a->envp[lines++] = line;
	add_length(a, lines);
}

void
ask_clear(struct ask *a)
{
	free(a->lines);
}

/* ---- the answer ---- */

static void
prepare(void)
{
	char error[512];

	if (worker.config != NULL)
		return;
	nowhere();
	if (config_load(&config, NULL, environ, error, sizeof(error)))
		fuzz_failed(__FILE__, __LINE__, error);
	fuzz_begin();
	shared_init(&shared, &config, true, NULL);
	worker_init(&worker, &shared);
}

static void
give_body(const struct ask *a, const struct family *family,
    struct exchange *x)
{
	size_t most;

	if (exchange_wants_body(x, family, &config, &most))
		buffer_add(&x->request.body, a->body,
		    a->len < most ? a->len : most);
}

int
ask(const struct ask *a, const struct family *family, struct exchange *x)
{
	prepare();
	request_read(&x->request, a->envp);
	give_body(a, family, x);
	exchange_run(x, family, &worker);
	return fuzz_check_answer(x->out.data, x->out.len,
	    x->request.refused);
}
