/* body_json.c: reads application/json bodies. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "body.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "text.h"

/*
 * jansson itself goes 2,048 levels down, on our small thread stacks. No
 * body of this API needs more than one.
 */
#define DEPTH_MAX 32

#define FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

/* Stands in for bytes that are not UTF-8: a noncharacter, U+10FFFF. */
#define MARK "\xf4\x8f\xbf\xbf"

static bool
too_deep(const char *s, size_t len)
{
	bool in_string = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (in_string && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			in_string = !in_string;
		else if (in_string)
			continue;
		else if (s[i] == '[' || s[i] == '{')
			depth++;
		else if (s[i] == ']' || s[i] == '}')
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

static const char *
reason_for(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		return "The JSON ends too early.";
	case json_error_end_of_input_expected:
		return "Something follows after the JSON.";
	case json_error_invalid_utf8:
		return "The JSON is not UTF-8.";
	case json_error_duplicate_key:
		return "The JSON has an object with the same key twice.";
	case json_error_null_byte_in_key:
	case json_error_null_character:
	case json_error_null_value:
		return "The JSON has a key that holds NUL.";
	case json_error_numeric_overflow:
		return "The JSON has a number that is too large.";
	default:
		return "The body is not JSON.";
	}
}

static void
add_integer(struct parts *parts, const char *name, const json_t *value)
{
	char digits[24];
	const int len = snprintf(digits, sizeof(digits),
	    "%" JSON_INTEGER_FORMAT, json_integer_value(value));

	parts_add(parts, name, PART_INTEGER, digits, (size_t)len);
}

static void
add_parts(json_t *object, bool marked, struct parts *parts)
{
	const char *name, *text;
	json_t *value;
	size_t len;

	json_object_foreach(object, name, value) {
		if (json_is_null(value)) {
			parts_add(parts, name, PART_NULL, NULL, 0);
		} else if (json_is_integer(value)) {
			add_integer(parts, name, value);
		} else if (!json_is_string(value)) {
			parts_add(parts, name, PART_OTHER, NULL, 0);
		} else {
			text = json_string_value(value);
			len = json_string_length(value);
			/* What is not UTF-8 must stay so, to be refused. */
			if (marked && memmem(text, len, MARK, 4) != NULL)
				parts_add(parts, name, PART_TEXT, "\xff", 1);
			else
				parts_add(parts, name, PART_TEXT, text, len);
		}
	}
}

/* A copy in which each byte that belongs to no character is a MARK. */
static void
mark_invalid(struct buffer *out, const char *s, size_t len)
{
	size_t n;

	while (len > 0) {
		for (n = 1; n <= 4 && n <= len; n++) {
			if (text_valid(s, n))
				break;
		}
		if (n <= 4 && n <= len) {
			buffer_add(out, s, n);
		} else {
			n = 1;
			buffer_str(out, MARK);
		}
		s += n;
		len -= n;
	}
}

/*
 * jansson refuses what is not UTF-8, or an integer of more than 64 bits,
 * without saying in which field it is; but whoever sent it should know, and
 * in a field that nobody reads it does no harm. So such a body is read again:
 * marked, or with all its integers as floating point numbers.
 */
static json_t *
load(const char *body, size_t len, bool *marked, json_error_t *error)
{
	struct buffer copy = BUFFER_EMPTY;
	json_t *root = json_loadb(body, len, FLAGS, error);

	if (root == NULL &&
	    json_error_code(error) == json_error_invalid_utf8) {
		*marked = true;
		mark_invalid(&copy, body, len);
		body = copy.data;
		len = copy.len;
		root = json_loadb(body, len, FLAGS, error);
	}
	if (root == NULL &&
	    json_error_code(error) == json_error_numeric_overflow)
		root = json_loadb(body, len, FLAGS | JSON_DECODE_INT_AS_REAL,
		    error);
	buffer_free(&copy);
	return root;
}

enum result
body_json(const char *content_type, const char *body, size_t len,
    struct parts *parts, const char **reason)
{
	enum result result = RESULT_OK;
	json_error_t error;
	json_t *root;
	bool marked = false;

	(void)content_type;
	if (too_deep(body, len)) {
		*reason = "The JSON is nested too deeply.";
		return RESULT_INVALID;
	}
	root = load(body, len, &marked, &error);
	if (root == NULL) {
		*reason = reason_for(&error);
		return RESULT_INVALID;
	}
	if (!json_is_object(root)) {
		*reason = "The body must be a JSON object.";
		result = RESULT_INVALID;
	} else if (json_object_size(root) > PARTS_MAX) {
		*reason = "The JSON has too many fields.";
		result = RESULT_INVALID;
	} else {
		add_parts(root, marked, parts);
	}
	json_decref(root);
	return result;
}
