/* body_form.c: reads application/x-www-form-urlencoded bodies. */
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By hand: no well-kept C library that Debian has does this and no more
 * (those that do are whole web servers or URL parsers), and it is little.
 */
#include "body.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "request.h"

/* name is room for len + 1 bytes; value for as many. */
static const char *
read_pair(const char *in, size_t len, char *name, char *value,
    struct parts *parts)
{
	const char *equals = memchr(in, '=', len);
	const size_t name_len = equals != NULL ? (size_t)(equals - in) : len;
	const size_t skip = equals != NULL ? name_len + 1 : name_len;
	ptrdiff_t name_out, value_out;

	name_out = percent_decode(name, in, name_len, true);
	value_out = percent_decode(value, in + skip, len - skip, true);
	if (name_out < 0 || value_out < 0)
		return "The form has a '%' without two hexadecimal digits.";
	if (memchr(name, '\0', (size_t)name_out) != NULL)
		return "The form has a field whose name holds NUL.";
	if (parts->count == PARTS_MAX)
		return "The form has too many fields.";
	parts_add(parts, name, PART_TEXT, value, (size_t)value_out);
	return NULL;
}

enum result
body_form(const char *content_type, const char *body, size_t len,
    struct parts *parts, const char **reason)
{
	char *const name = xmalloc(len + 1);
	char *const value = xmalloc(len + 1);
	const char *const end = body + len;
	const char *fault = NULL, *ampersand;

	(void)content_type;
	while (body < end && fault == NULL) {
		ampersand = memchr(body, '&', (size_t)(end - body));
		if (ampersand == NULL)
			ampersand = end;
		if (ampersand > body)
			fault = read_pair(body, (size_t)(ampersand - body),
			    name, value, parts);
		body = ampersand + 1;
	}
	free(name);
	free(value);
	if (fault == NULL)
		return RESULT_OK;
	*reason = fault;
	return RESULT_INVALID;
}
