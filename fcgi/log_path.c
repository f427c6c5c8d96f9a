/* log_path.c: the path of a request, as a log may have it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "log_path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory.h"

#define TOKEN_LEN (IDENT_SIZE - 1)

/* Whether a token begins here, in whatever case. Spells it as we do. */
static bool
token_at(const char *s, char token[IDENT_SIZE])
{
	size_t i;

	for (i = 0; i < TOKEN_LEN && s[i] != '\0'; i++)
		token[i] = (char)tolower((unsigned char)s[i]);
	token[i] = '\0';
	return i == TOKEN_LEN && ident_is_uuid(token);
}

char *
log_path(const struct request *req)
{
	const size_t len = strlen(req->path);
	char *plain = xmalloc(len + 2);
	char token[IDENT_SIZE], name[IDENT_SHORT_SIZE];
	struct buffer out = BUFFER_EMPTY;
	const char *s;

	/* What it would be is not known: a token could hide in it. */
	if (percent_decode(plain, req->path, len, false) < 0)
		strcpy(plain, "?");
	buffer_reserve(&out, len);
	for (s = plain; *s != '\0'; s++) {
		if (!token_at(s, token)) {
			buffer_char(&out, *s);
			continue;
		}
		ident_short(token, name);
		buffer_str(&out, name);
		s += TOKEN_LEN - 1;
	}
	free(plain);
	return buffer_take(&out);
}

void
log_refusal(const struct request *req)
{
	char *path = log_path(req);

	log_error(req->id, "a checked %s %s was refused by storage",
	    method_name(req->method), path);
	free(path);
}
