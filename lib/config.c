/* config.c: reads the configuration: defaults, file, environment. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config_table.h"
#include "memory.h"

#ifndef PARLEY_SYSCONFDIR
#define PARLEY_SYSCONFDIR "/etc"
#endif
#define SYSTEM_FILE PARLEY_SYSCONFDIR "/parley/parley.conf"

#define ENV_PREFIX "PARLEY_"
#define ENV_FILE "PARLEY_CONFIG"

/* PARLEY_ names that mean something else: to scripts, tests, requests. */
static const char *const foreign[] = {
	"PARLEY_AMQP", ENV_FILE, "PARLEY_DIALECT",
	"PARLEY_DIALECT_PORT_BASE", "PARLEY_REDIS", "PARLEY_RUN",
	"PARLEY_URL",
};

/* All that reading needs to know; inih carries it as its user pointers. */
struct reading {
	struct config *config;
	const char *path;
	FILE *file;
	unsigned line;
	bool *seen;		/* for each row: the file has set it */
	const char *secret;	/* a key with a secret that the file sets */
	char *error;
	size_t error_size;
	bool failed;
};

/* Notes the first thing that is wrong; later ones may only follow from it. */
static void __attribute__((format(printf, 2, 3)))
fail(struct reading *reading, const char *format, ...)
{
	va_list args;

	if (reading->failed)
		return;
	reading->failed = true;
	va_start(args, format);
	vsnprintf(reading->error, reading->error_size, format, args);
	va_end(args);
}

/* Sets one key. where says whence the value comes: "file:12" or a name. */
static void
set(struct reading *reading, const struct config_row *row, const char *value,
    const char *where)
{
	char wanted[128];

	if (config_table_set(reading->config, row, value))
		return;
	config_table_describe(row, wanted, sizeof(wanted));
	if (row->type == TYPE_SECRET)
		fail(reading, "%s: %s must be %s", where, row->key, wanted);
	else
		fail(reading, "%s: %s is \"%.64s\" but must be %s", where,
		    row->key, value, wanted);
}

/* ---- the file ---- */

/* Notes what inih would pass over: cut lines and continued values. */
static void
check_line(struct reading *reading, const char *line)
{
	size_t blank = strspn(line, " \t\r\n");

	if (blank > 0 && line[blank] != '\0' && line[blank] != '#' &&
	    line[blank] != ';')
		fail(reading, "%s:%u: a line must not begin with white space",
		    reading->path, reading->line);
}

/* inih's reader. Not fgets(3), which hides what stands behind a NUL. */
static char *
read_line(char *line, int size, void *user)
{
	struct reading *reading = user;
	int len = 0, c = '\0';

	reading->line++;
	while (len < size - 1 && c != '\n' &&
	    (c = getc(reading->file)) != EOF) {
		if (c == '\0')
			fail(reading, "%s:%u: holds NUL", reading->path,
			    reading->line);
		line[len++] = (char)c;
	}
	line[len] = '\0';
	if (len == size - 1 && c != '\n')
		fail(reading, "%s:%u: longer than %d bytes", reading->path,
		    reading->line, size - 2);
	check_line(reading, line);
	return len > 0 ? line : NULL;
}

/* inih's handler for one "key = value"; nonzero: go on. */
static int
read_key(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	const struct config_row *row = config_table_find(key);
	char where[512];

	snprintf(where, sizeof(where), "%s:%u", reading->path, reading->line);
	if (section[0] != '\0') {
		fail(reading, "%s: there are no sections like [%.64s]", where,
		    section);
	} else if (row == NULL) {
		fail(reading, "%s: unknown key %.64s", where, key);
	} else if (reading->seen[row - config_table]) {
		fail(reading, "%s: %s is set twice", where, key);
	} else {
		reading->seen[row - config_table] = true;
		if (row->type == TYPE_SECRET && value[0] != '\0')
			reading->secret = row->key;
		set(reading, row, value, where);
	}
	return 1;
}

static void
check_mode(struct reading *reading)
{
	struct stat status;

	if (reading->secret == NULL)
		return;
	if (fstat(fileno(reading->file), &status) != 0)
		fail(reading, "%s: %s", reading->path, strerror(errno));
	else if (status.st_mode & S_IRWXO)
		fail(reading, "%s sets %s but others may get at it: "
		    "chmod 600 (or 640) %s", reading->path, reading->secret,
		    reading->path);
}

/* must_exist: it was asked for by name. */
static void
read_file(struct reading *reading, bool must_exist)
{
	int bad_line;

	reading->file = fopen(reading->path, "re");
	if (reading->file == NULL) {
		if (must_exist || errno != ENOENT)
			fail(reading, "%s: %s", reading->path,
			    strerror(errno));
		return;
	}
	reading->seen = xcalloc(config_table_rows, sizeof(bool));
	bad_line = ini_parse_stream(read_line, reading, read_key, reading);
	if (ferror(reading->file))
		fail(reading, "%s: cannot be read", reading->path);
	else if (bad_line != 0)
		fail(reading, "%s:%d: not a line like: key = value",
		    reading->path, bad_line);
	check_mode(reading);
	free(reading->seen);
	fclose(reading->file);
}

/* ---- the environment ---- */

/* The value if entry is "name=value" of this name, else NULL. */
static const char *
value_of(const char *entry, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(entry, name, len) != 0 || entry[len] != '=')
		return NULL;
	return entry + len + 1;
}

static bool
is_foreign(const char *entry)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (value_of(entry, foreign[i]) != NULL)
			return true;
	return false;
}

/* Whether name (in capitals, ended by '=') is the row's key. */
static bool
names_row(const char *name, const struct config_row *row)
{
	size_t i;

	for (i = 0; row->key[i] != '\0'; i++)
		if (name[i] != toupper((unsigned char)row->key[i]))
			return false;
	return name[i] == '=';
}

static void
read_entry(struct reading *reading, const char *entry)
{
	char where[64];
	int len = (int)strcspn(entry, "=");

	if (strncmp(entry, ENV_PREFIX, strlen(ENV_PREFIX)) != 0 ||
	    entry[len] != '=' || is_foreign(entry))
		return;
	snprintf(where, sizeof(where), "%.*s", len, entry);
	for (size_t i = 0; i < config_table_rows; i++) {
		if (names_row(entry + strlen(ENV_PREFIX), &config_table[i])) {
			set(reading, &config_table[i], entry + len + 1,
			    where);
			return;
		}
	}
	fail(reading, "%s in the environment names no key", where);
}

/* ---- both ---- */

static const char *
find_in(char *const envp[], const char *name)
{
	const char *value = NULL;

	for (; *envp != NULL && value == NULL; envp++)
		value = value_of(*envp, name);
	return value;
}

static void
set_defaults(struct reading *reading)
{
	*reading->config = (struct config){0};
	for (size_t i = 0; i < config_table_rows; i++)
		set(reading, &config_table[i], config_table[i].initial,
		    "default");
}

enum result
config_load(struct config *config, const char *path, char *const envp[],
    char *error, size_t error_size)
{
	struct reading reading = { .config = config, .path = path,
		.error = error, .error_size = error_size };

	set_defaults(&reading);
	if (reading.path == NULL)
		reading.path = find_in(envp, ENV_FILE);
	if (reading.path != NULL && reading.path[0] != '\0') {
		read_file(&reading, true);
	} else {
		reading.path = SYSTEM_FILE;
		read_file(&reading, false);
	}
	for (; *envp != NULL; envp++)
		read_entry(&reading, *envp);
	if (!reading.failed)
		return RESULT_OK;
	config_free(config);
	return RESULT_INVALID;
}

void
config_free(struct config *config)
{
	for (size_t i = 0; i < config_table_rows; i++)
		config_table_unset(config, &config_table[i]);
}

/* ---- for people ---- */

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
	    "# environment wins over this file. A file that sets a password,\n"
	    "# admin_key or amqp_url must not be accessible to others.\n"
	    "# White space and ';' begin a comment within a line.\n", out);
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
	fputs("Configuration: " SYSTEM_FILE ", or the file that -c or\n"
	    "$" ENV_FILE " names; PARLEY_<KEY> in the environment wins.\n"
	    "Keys and their defaults:\n", out);
	for (size_t i = 0; i < config_table_rows; i++)
		fprintf(out, "  %-20s %s\n", config_table[i].key,
		    config_table[i].initial);
}
