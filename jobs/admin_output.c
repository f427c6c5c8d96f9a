/* admin_output.c: how parley-admin says things: to people, to programs. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin_output.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "human.h"
#include "text.h"

/* ---- for programs ---- */

void
output_json(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(value);
}

void
output_put_time(json_t *object, const char *name, int64_t wall_ms)
{
	char text[CLOCK_SIZE];

	clock_format(wall_ms, text);
	json_object_set_new(object, name, json_string(text));
}

/* ---- for people ---- */

/* Of a text that is UTF-8. */
static bool
is_control(const unsigned char *c)
{
	/* U+0080 to U+009F, too, which are two bytes. */
	return c[0] < ' ' || c[0] == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0);
}

char *
tame_new(const char *text, size_t len)
{
	struct buffer tame = BUFFER_EMPTY;
	bool valid = text_valid(text, len);

	buffer_str(&tame, "");
	for (size_t i = 0; i < len; i++) {
		const unsigned char *c = (const unsigned char *)text + i;

		if (valid ? !is_control(c) : c[0] >= ' ' && c[0] < 0x7f)
			buffer_char(&tame, text[i]);
		else if (valid && c[0] >= 0x80)
			buffer_printf(&tame, "\\x%02x\\x%02x", c[0],
			    ((const unsigned char *)text)[++i]);
		else
			buffer_printf(&tame, "\\x%02x", c[0]);
	}
	return buffer_take(&tame);
}

/* Prints as much of the text as fits; 0: all. */
static void
print_cut(const char *text, size_t width)
{
	size_t length = text_length(text, strlen(text)), count = 0;

	if (width == 0 || length <= width) {
		fputs(text, stdout);
		return;
	}
	for (; *text != '\0'; text++) {
		if ((*text & 0xc0) != 0x80 && ++count >= width)
			break;
		putchar(*text);
	}
	fputs("…", stdout);
}

void
table_row(const struct column *columns, const char *const *cells, size_t count)
{
	size_t width = human_columns(STDOUT_FILENO), used = 0, left = 0;

	for (size_t i = 0; i < count; i++) {
		char *cell = tame_new(cells[i], strlen(cells[i]));

		if (i + 1 < count) {
			used += (size_t)printf("%*s  ", columns[i].width,
			    cell);
		} else {
			left = width > used ? width - used : width ? 1 : 0;
			print_cut(cell, left);
		}
		free(cell);
	}
	putchar('\n');
}

void
table_heads(const struct column *columns, size_t count)
{
	const char *heads[16];

	for (size_t i = 0; i < count; i++)
		heads[i] = columns[i].head;
	table_row(columns, heads, count);
}
