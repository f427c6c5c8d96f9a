/* fuzz_multipart.c: multipart bodies, read and written and read again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "../../fcgi/body.h"
#include "echo.h"
#include "fuzz.h"

/* In no part, because a part that holds it is not tried again. */
#define BOUNDARY "a7zu3pq9"
#define TYPE "multipart/form-data; boundary=" BOUNDARY

static void
add_quoted(struct buffer *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buffer_char(out, '\\');
		buffer_char(out, *s);
	}
}

static void
write_part(struct buffer *out, const struct part *part)
{
	buffer_str(out, "--" BOUNDARY "\r\n"
	    "Content-Disposition: form-data; name=\"");
	add_quoted(out, part->name);
	buffer_str(out, "\"\r\n\r\n");
	buffer_add(out, part->data, part->len);
	buffer_str(out, "\r\n");
}

/* The same parts, as another client would write them. */
static void
check_again(const struct parts *parts)
{
	struct parts again = {0};
	struct buffer form = BUFFER_EMPTY;
	const char *reason = NULL;

	for (size_t i = 0; i < parts->count; i++)
		write_part(&form, &parts->part[i]);
	buffer_str(&form, "--" BOUNDARY "--\r\n");
	CHECK(body_multipart(TYPE, form.data, form.len, &again, &reason) ==
	    RESULT_OK);
	fuzz_check_same(parts, &again);
	parts_free(&again);
	buffer_free(&form);
}

/* The first line is the Content-Type, what follows is the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *const line = memchr(data, '\n', size);
	struct parts parts = {0};
	const char *reason = NULL, *body;
	char *type;
	size_t len;

	if (line == NULL || line + 1 == data + size)
		return 0;
	type = fuzz_string(data, (size_t)(line - data));
	body = (const char *)line + 1;
	len = size - (size_t)(line + 1 - data);
	if (body_multipart(type, body, len, &parts, &reason))
		CHECK(reason != NULL);
	else if (memmem(body, len, BOUNDARY, strlen(BOUNDARY)) == NULL)
		check_again(&parts);
	echo_body(type, body, len);
	parts_free(&parts);
	free(type);
	return 0;
}
