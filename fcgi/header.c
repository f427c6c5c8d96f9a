/* header.c: reading what stands in the value of a header. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "header.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

/*
 * Only \" and \\ are escapes: some senders put bare backslashes into names.
 * Browsers do, and write quotes as %22: a backslash before the last quote is
 * one, too.
 */
static bool
is_escape(const char *in)
{
	return *in == '\\' && (in[1] == '\\' ||
	    (in[1] == '"' && strchr(in + 2, '"') != NULL));
}

/* NULL if the quote is never closed. */
static char *
read_quoted(const char **s)
{
	const char *in = *s + 1;
	char *const word = xmalloc(strlen(in) + 1);
	char *out = word;

	for (; *in != '\0' && *in != '"'; in++) {
		if (is_escape(in))
			in++;
		*out++ = *in;
	}
	if (*in == '\0') {
		free(word);
		return NULL;
	}
	*out = '\0';
	*s = in + 1;
	return word;
}

/* A token may hold '/' and the like, although RFC 2045 wants those quoted. */
static char *
read_word(const char **s)
{
	const size_t len = strcspn(*s, "; \t\"");
	char *word;

	if (**s == '"')
		return read_quoted(s);
	word = xstrndup(*s, len);
	*s += len;
	return word;
}

char *
header_parameter(const char *value, const char *name)
{
	const char *s = value + strcspn(value, ";");
	size_t len;
	char *word;
	int wanted;

	while (*s == ';') {
		s += strspn(s, "; \t");
		len = strcspn(s, "=; \t");
		if (s[len] != '=')
			return NULL;
		wanted = strlen(name) == len && strncasecmp(s, name, len) == 0;
		s += len + 1;
		word = read_word(&s);
		if (wanted || word == NULL)
			return word;
		free(word);
		s += strspn(s, " \t");
	}
	return NULL;
}
