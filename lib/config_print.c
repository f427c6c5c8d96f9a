/* config_print.c: what can be set, for people: the sample file, --help. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "config.h"
#include "config_table.h"

/* Prints text in lines of at most width columns, each after lead. */
static void
print_wrapped(FILE *out, const char *lead, const char *text, size_t width)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + word > width) {
			fputc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%.*s",
		    column ? " " : lead, (int)word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void
config_print_sample(FILE *out)
{
	char wanted[128];

	fputs("# parley.conf: settings of all programs of Parley.\n"
	    "# SPDX-License-Identifier: BSD-2-Clause\n"
	    "#\n"
	    "# Every key is here with its default. A PARLEY_<KEY> in the\n"
	    "# environment wins over this file. One that sets a password,\n"
	    "# admin_key, or an amqp_url with a user must be its owner's\n"
	    "# alone (mode 600).\n"
	    "# White space and ';' begin a comment within a line.\n"
	    "#\n"
	    "# Before all keys, lines like \"include = shared.conf\" name\n"
	    "# files (as seen from this one's directory) whose settings this\n"
	    "# one may change: so each program can have its own accounts.\n",
	    out);
	for (size_t i = 0; i < config_table_rows; i++) {
		const struct config_row *row = &config_table[i];

		fputc('\n', out);
		print_wrapped(out, "# ", row->meaning, 76);
		config_table_describe(row, wanted, sizeof(wanted));
		fprintf(out, "# (%s)\n", wanted);
		fprintf(out, "#%s =%s%s\n", row->key,
		    row->initial[0] ? " " : "", row->initial);
	}
}

void
config_usage(FILE *out)
{
	fputs("Configuration: " CONFIG_SYSTEM_FILE ", or the file that -c\n"
	    "or $" CONFIG_ENV_FILE " names; PARLEY_<KEY> in the environment\n"
	    "wins. Keys and their defaults:\n", out);
	for (size_t i = 0; i < config_table_rows; i++)
		fprintf(out, "  %-20s %s\n", config_table[i].key,
		    config_table[i].initial);
}
