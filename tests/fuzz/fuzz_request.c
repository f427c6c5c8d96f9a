/* fuzz_request.c: paths, queries and all else of a request, in every route. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "echo.h"
#include "families.h"
#include "fuzz.h"

static void
add_encoded(struct buffer *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buffer_printf(out, "%%%02X", (unsigned char)s[i]);
}

/* The same request with every character of path and query escaped. */
static void
write_uri(struct buffer *out, const struct request *req)
{
	buffer_str(out, "REQUEST_URI=");
	for (size_t i = 0; i < req->segments; i++) {
		buffer_char(out, '/');
		add_encoded(out, req->segment[i], strlen(req->segment[i]));
	}
	for (size_t i = 0; i < req->queries; i++) {
		buffer_char(out, i > 0 ? '&' : '?');
		add_encoded(out, req->query[i].name,
		    strlen(req->query[i].name));
		buffer_char(out, '=');
		add_encoded(out, req->query[i].value, req->query[i].len);
	}
}

static void
check_same(const struct request *a, const struct request *b)
{
	CHECK(!b->path_bad && !b->query_bad);
	CHECK(a->segments == b->segments && a->queries == b->queries);
	for (size_t i = 0; i < a->segments; i++)
		CHECK(strcmp(a->segment[i], b->segment[i]) == 0);
	for (size_t i = 0; i < a->queries; i++) {
		CHECK(strcmp(a->query[i].name, b->query[i].name) == 0);
		CHECK(a->query[i].len == b->query[i].len);
		CHECK(memcmp(a->query[i].value, b->query[i].value,
		    a->query[i].len) == 0);
	}
}

static void
check_escaped(const struct ask *a)
{
	struct request req = {0}, again = {0};
	struct buffer line = BUFFER_EMPTY;
	char *envp[] = {NULL, NULL};

	request_read(&req, a->envp);
	if (!req.path_bad && !req.query_bad) {
		write_uri(&line, &req);
		envp[0] = line.data;
		request_read(&again, envp);
		check_same(&req, &again);
	}
	request_reset(&req);
	request_reset(&again);
	buffer_free(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const programs[])(int, char **) = {
		applications_main, chats_main, messages_main, search_main,
		status_main,
	};
	struct exchange x = {0};
	struct ask a;

	ask_read(&a, data, size);
	check_escaped(&a);
	ask(&a, &echo_family, &x);
	exchange_reset(&x);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		ask(&a, ask_family(programs[i]), &x);
		exchange_reset(&x);
	}
	exchange_free(&x);
	ask_clear(&a);
	return 0;
}
