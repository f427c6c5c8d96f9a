/* body_multipart.c: reads multipart/form-data bodies (RFC 7578, RFC 2046). */
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By hand: no well-kept C library that Debian has stands alone with this.
 * A part with a file name is a text value like any other. Lines end in CRLF,
 * as the RFC wants; preamble and epilogue are skipped.
 */
#include "body.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "header.h"
#include "memory.h"

#define PART_HEADERS_MAX 4096	/* bytes */
#define BOUNDARY_MAX 70		/* RFC 2046, 5.1.1 */

/* What is still to be read, and what divides it. */
struct cursor {
	const char *at, *end;
	char delimiter[4 + BOUNDARY_MAX + 1];	/* CRLF "--" boundary */
	size_t delimiter_len;
};

static bool
set_delimiter(struct cursor *c, const char *content_type)
{
	char *boundary = header_parameter(content_type, "boundary");
	const size_t len = boundary != NULL ? strlen(boundary) : 0;

	if (len > 0 && len <= BOUNDARY_MAX) {
		memcpy(c->delimiter, "\r\n--", 4);
		memcpy(c->delimiter + 4, boundary, len + 1);
		c->delimiter_len = len + 4;
	}
	free(boundary);
	return c->delimiter_len > 0;
}

static bool
starts_with(const struct cursor *c, const char *s, size_t len)
{
	return (size_t)(c->end - c->at) >= len && memcmp(c->at, s, len) == 0;
}

/*
 * Whether a delimiter ends here: with "--", the last one, or with its line.
 * If neither, then the content only begins a line like the delimiter.
 */
static bool
ends_delimiter(const struct cursor *c, const char *at)
{
	if (c->end - at >= 2 && memcmp(at, "--", 2) == 0)
		return true;
	while (at < c->end && (*at == ' ' || *at == '\t'))
		at++;
	return c->end - at >= 2 && memcmp(at, "\r\n", 2) == 0;
}

/* Moves behind the next delimiter; what came before it is the content. */
static bool
next_delimiter(struct cursor *c, const char **content, size_t *len)
{
	const char *found = c->at, *behind;

	for (;;) {
		found = memmem(found, (size_t)(c->end - found), c->delimiter,
		    c->delimiter_len);
		if (found == NULL)
			return false;
		behind = found + c->delimiter_len;
		if (ends_delimiter(c, behind))
			break;
		found = behind;
	}
	*content = c->at;
	*len = (size_t)(found - c->at);
	c->at = behind;
	return true;
}

/* The first delimiter may stand at the very beginning, without its CRLF. */
static bool
first_delimiter(struct cursor *c)
{
	const char *preamble;
	size_t len;

	if (starts_with(c, c->delimiter + 2, c->delimiter_len - 2) &&
	    ends_delimiter(c, c->at + c->delimiter_len - 2)) {
		c->at += c->delimiter_len - 2;
		return true;
	}
	return next_delimiter(c, &preamble, &len);
}

/* Behind a delimiter that is not the last: moves to the next line. */
static void
skip_line_end(struct cursor *c)
{
	while (*c->at != '\n')
		c->at++;
	c->at++;
}

static bool
is_header(const char *line, const char *name)
{
	const size_t len = strlen(name);

	return strncasecmp(line, name, len) == 0 && line[len] == ':';
}

/* The name of the field, from one header line; free(3)s an earlier one. */
static const char *
read_header(const char *line, char **name)
{
	const char *value = strchr(line, ':');

	if (value == NULL || value == line || *line == ' ' || *line == '\t')
		return "The form has a part with a malformed header.";
	value += 1 + strspn(value + 1, " \t");
	if (is_header(line, "Content-Transfer-Encoding") &&
	    strcasecmp(value, "7bit") != 0 &&
	    strcasecmp(value, "8bit") != 0 &&
	    strcasecmp(value, "binary") != 0)
		return "The form has a part in a transfer encoding.";
	if (!is_header(line, "Content-Disposition"))
		return NULL;
	if (strncasecmp(value, "form-data", 9) != 0)
		return "The form has a part that is not form-data.";
	free(*name);
	*name = header_parameter(value, "name");
	return NULL;
}

/* Reads the part's headers and moves behind the empty line after them. */
static const char *
read_headers(struct cursor *c, char **name)
{
	const char *const start = c->at;
	const char *eol, *fault = NULL;
	char *line;

	while (fault == NULL && !starts_with(c, "\r\n", 2)) {
		eol = memmem(c->at, (size_t)(c->end - c->at), "\r\n", 2);
		if (eol == NULL || eol - start > PART_HEADERS_MAX)
			return "The form has a part whose headers do not "
			    "end.";
		line = xstrndup(c->at, (size_t)(eol - c->at));
		fault = read_header(line, name);
		free(line);
		c->at = eol + 2;
	}
	if (fault == NULL && *name == NULL)
		return "The form has a part without a name.";
	return fault;
}

static const char *
read_part(struct cursor *c, struct parts *parts)
{
	char *name = NULL;
	const char *content, *fault;
	size_t len;

	if (parts->count == PARTS_MAX)
		return "The form has too many fields.";
	skip_line_end(c);
	fault = read_headers(c, &name);
	if (fault != NULL)
		goto out;
	/*
	 * The empty line's own CRLF is left in front of the content: it is
	 * the delimiter's, if the content is empty and its CRLF was left out.
	 */
	if (!next_delimiter(c, &content, &len))
		fault = "The form has a part that does not end.";
	else if (len >= 2)
		parts_add(parts, name, PART_TEXT, content + 2, len - 2);
	else
		parts_add(parts, name, PART_TEXT, "", 0);
out:
	free(name);
	return fault;
}

enum result
body_multipart(const char *content_type, const char *body, size_t len,
    struct parts *parts, const char **reason)
{
	struct cursor c = {.at = body, .end = body + len};
	const char *fault = NULL;

	if (!set_delimiter(&c, content_type))
		fault = "The Content-Type has no usable boundary.";
	else if (!first_delimiter(&c))
		fault = "The form does not hold its boundary.";
	while (fault == NULL && !starts_with(&c, "--", 2))
		fault = read_part(&c, parts);
	if (fault == NULL)
		return RESULT_OK;
	*reason = fault;
	return RESULT_INVALID;
}
