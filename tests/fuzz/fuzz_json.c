/* fuzz_json.c: JSON bodies, beside what another reader finds in them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <string.h>

#include "../../fcgi/body.h"
#include "../../fcgi/json_text.h"
#include "echo.h"
#include "fuzz.h"
#include "text.h"

#define TYPE "application/json"

/* A part that was not UTF-8 must be found to be so, not made good. */
static void
check_part(const struct part *part, const json_t *value)
{
	CHECK(value != NULL || !text_valid(part->data, part->len));
	if (value == NULL || part->type != PART_TEXT)
		return;
	CHECK(json_string_length(value) == part->len);
	CHECK(memcmp(json_string_value(value), part->data, part->len) == 0);
}

static void
check_parts(const struct parts *parts, const char *data, size_t size)
{
	json_t *const json = json_loadb(data, size,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	if (json != NULL) {
		CHECK(json_object_size(json) == parts->count);
		for (size_t i = 0; i < parts->count; i++)
			check_part(&parts->part[i], json_object_get(json,
			    parts->part[i].name));
	}
	json_decref(json);
}

/* The texts among the parts, written by the writer of our answers. */
static void
check_again(const struct parts *parts)
{
	struct parts texts = {0}, again = {0};
	struct buffer out = BUFFER_EMPTY;
	const char *reason;

	buffer_char(&out, '{');
	for (size_t i = 0; i < parts->count; i++) {
		const struct part *part = &parts->part[i];

		if (part->type != PART_TEXT ||
		    memchr(part->data, '\0', part->len) != NULL ||
		    !text_valid(part->data, part->len) ||
		    !text_valid(part->name, strlen(part->name)))
			continue;
		parts_add(&texts, part->name, PART_TEXT, part->data,
		    part->len);
		if (out.len > 1)
			buffer_char(&out, ',');
		json_text(&out, part->name, strlen(part->name));
		buffer_char(&out, ':');
		json_text(&out, part->data, part->len);
	}
	buffer_char(&out, '}');
	CHECK(body_json(TYPE, out.data, out.len, &again, &reason) ==
	    RESULT_OK);
	fuzz_check_same(&texts, &again);
	parts_free(&texts);
	parts_free(&again);
	buffer_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parts parts = {0};
	const char *reason = NULL;

	if (size == 0)
		return 0;
	if (body_json(TYPE, (const char *)data, size, &parts, &reason)) {
		CHECK(reason != NULL);
		CHECK(echo_body(TYPE, data, size) != 200);
	} else {
		check_parts(&parts, (const char *)data, size);
		check_again(&parts);
		echo_body(TYPE, data, size);
	}
	parts_free(&parts);
	return 0;
}
