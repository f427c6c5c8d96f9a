/* json_text.c: writing JSON by hand, where every answer passes. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_text.h"

#include <string.h>

static const char short_escape[32] = {
	['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
};

static void
escape(struct buffer *out, unsigned char c)
{
	if (c >= 32)
		buffer_printf(out, "\\%c", c);
	else if (short_escape[c] != '\0')
		buffer_printf(out, "\\%c", short_escape[c]);
	else
		buffer_printf(out, "\\u%04x", c);
}

void
json_text(struct buffer *out, const char *text, size_t len)
{
	size_t i, plain = 0;

	buffer_reserve(out, len + 2);
	buffer_char(out, '"');
	for (i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c >= 32 && c != '"' && c != '\\')
			continue;
		buffer_add(out, text + plain, i - plain);
		escape(out, c);
		plain = i + 1;
	}
	buffer_add(out, text + plain, len - plain);
	buffer_char(out, '"');
}

void
json_text_or_null(struct buffer *out, const char *text)
{
	if (text == NULL)
		buffer_str(out, "null");
	else
		json_text(out, text, strlen(text));
}
