/* db_script.c: taking a file of SQL apart into its statements. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_script.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Behind the comment that begins here; here if none does; NULL: no end. */
static const char *
skip_comment(const char *at)
{
	const char *end;

	if (at[0] == '/' && at[1] == '*') {
		end = strstr(at + 2, "*/");
		return end == NULL ? NULL : end + 2;
	}
	if (at[0] == '#' || (at[0] == '-' && at[1] == '-' &&
	    (at[2] == '\0' || isspace((unsigned char)at[2]))))
		return at + strcspn(at, "\n");
	return at;
}

/* Behind the quoted text that begins here, NULL if it has no end. */
static const char *
skip_quoted(const char *at)
{
	char quote = *at++;

	/* A quote that is doubled ends one text and begins another. */
	for (; *at != quote; at++) {
		if (*at == '\\' && quote != '`')
			at++;
		if (*at == '\0')
			return NULL;
	}
	return at + 1;
}

static bool
is_quote(char c)
{
	return c == '\'' || c == '"' || c == '`';
}

static void
trim_end(struct buffer *statement)
{
	while (statement->len > 0 &&
	    isspace((unsigned char)statement->data[statement->len - 1]))
		statement->data[--statement->len] = '\0';
}

/* Copies the next piece: quoted, a comment (a blank), or one byte. */
static const char *
copy_piece(const char *at, struct buffer *statement)
{
	const char *end = skip_comment(at);

	if (end != at) {
		buffer_char(statement, ' ');
		return end;
	}
	end = is_quote(*at) ? skip_quoted(at) : at + 1;
	/* No white space before the statement. */
	if (end != NULL &&
	    (statement->len > 0 || !isspace((unsigned char)*at)))
		buffer_add(statement, at, (size_t)(end - at));
	return end;
}

enum result
db_script_next(const char **cursor, struct buffer *statement)
{
	const char *at = *cursor;

	buffer_reset(statement);
	while (*at != '\0') {
		if (*at == ';') {
			at++;
			trim_end(statement);
			if (statement->len > 0)
				break;
			continue;
		}
		at = copy_piece(at, statement);
		if (at == NULL)
			return RESULT_INVALID;
		if (statement->len == 1 && statement->data[0] == ' ')
			buffer_reset(statement);
	}
	*cursor = at;
	trim_end(statement);
	return statement->len > 0 ? RESULT_OK : RESULT_NOT_FOUND;
}
