/* once.c: a request's Idempotency-Key, and what became of it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "once.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "memory.h"
#include "request.h"

/* ---- the header's value ---- */

/* A bare word: a token of RFC 9110 and what base64 and URIs have besides. */
static bool
is_word_char(char c)
{
	return isalnum((unsigned char)c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~:/=@", c) != NULL);
}

/* RFC 9651, 4.2.5: only \" and \\ are escapes. False: no end, or not ASCII. */
static bool
read_string(const char **s, struct buffer *out)
{
	const char *in = *s + 1;

	for (; *in != '"'; in++) {
		if (*in == '\\' && (*++in != '"' && *in != '\\'))
			return false;
		if (*in < 0x20 || *in > 0x7e)
			return false;
		buffer_char(out, *in);
	}
	*s = in + 1;
	return true;
}

static void
read_word(const char **s, struct buffer *out)
{
	for (; is_word_char(**s); (*s)++)
		buffer_char(out, **s);
}

/* RFC 9651, 4.2.3.2: parameters mean nothing here, but may be there. */
static bool
skip_parameters(const char **s)
{
	struct buffer ignored = BUFFER_EMPTY;
	bool good = true;

	while (good && **s == ';') {
		*s += 1 + strspn(*s + 1, " ");
		good = islower((unsigned char)**s) || **s == '*';
		*s += strspn(*s, "abcdefghijklmnopqrstuvwxyz0123456789_-.*");
		if (!good || **s != '=')
			continue;
		(*s)++;
		if (**s == '"')
			good = read_string(s, &ignored);
		else
			*s += strcspn(*s, " \t;,\"");
	}
	buffer_free(&ignored);
	return good;
}

static bool
read_key(const char *s, struct buffer *out)
{
	s += strspn(s, " \t");
	if (*s != '"')
		read_word(&s, out);
	else if (!read_string(&s, out) || !skip_parameters(&s))
		return false;
	s += strspn(s, " \t");
	return *s == '\0' && out->len > 0 && out->len <= ONCE_KEY_MAX;
}

/* ---- the request ---- */

/* The application is not in it: it stands beside the key wherever that is. */
bool
once_read(struct request *req, const char *path)
{
	struct buffer key = BUFFER_EMPTY, scoped = BUFFER_EMPTY;
	bool good;

	if (req->idempotency_key == NULL)
		return true;
	good = read_key(req->idempotency_key, &key);
	if (good) {
		req->once = xcalloc(1, sizeof(*req->once));
		buffer_printf(&scoped, "%s %s %" PRIu64 " %" PRIu64 " %s",
		    method_name(req->method), path, req->chat, req->message,
		    key.data);
		ident_of_text(scoped.data, scoped.len, req->once->key);
	}
	buffer_free(&key);
	buffer_free(&scoped);
	return good;
}

/* Not given and null are the same to every route. */
void
once_print(struct request *req)
{
	struct buffer payload = BUFFER_EMPTY;
	size_t i;

	if (req->once == NULL)
		return;
	for (i = 0; i < FIELDS_MAX; i++) {
		const struct value *value = &req->value[i];

		buffer_printf(&payload, "%d %zu ", value->data != NULL,
		    value->len);
		if (value->data != NULL)
			buffer_add(&payload, value->data, value->len);
	}
	ident_of_text(payload.data, payload.len, req->once->print);
	buffer_free(&payload);
}
