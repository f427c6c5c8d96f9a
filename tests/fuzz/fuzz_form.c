/* fuzz_form.c: urlencoded bodies, read and written and read again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "../../fcgi/body.h"
#include "echo.h"
#include "fuzz.h"

#define TYPE "application/x-www-form-urlencoded"

static void
add_encoded(struct buffer *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buffer_printf(out, "%%%02x", (unsigned char)s[i]);
}

/* The same parts, as another client would write them. */
static void
write_form(struct buffer *out, const struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct part *part = &parts->part[i];

		add_encoded(out, part->name, strlen(part->name));
		buffer_char(out, '=');
		add_encoded(out, part->data, part->len);
		buffer_char(out, '&');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parts parts = {0}, again = {0};
	struct buffer form = BUFFER_EMPTY;
	const char *reason = NULL;

	if (size == 0)
		return 0;
	buffer_str(&form, "");
	if (body_form(TYPE, (const char *)data, size, &parts, &reason)) {
		CHECK(reason != NULL);
		CHECK(echo_body(TYPE, data, size) != 200);
	} else {
		write_form(&form, &parts);
		CHECK(body_form(TYPE, form.data, form.len, &again,
		    &reason) == RESULT_OK);
		fuzz_check_same(&parts, &again);
		echo_body(TYPE, data, size);
	}
	parts_free(&parts);
	parts_free(&again);
	buffer_free(&form);
	return 0;
}
