/* config.c: reads the configuration: defaults, file, environment. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_table.h"
#include "memory.h"

#define ENV_PREFIX "PARLEY_"

/* PARLEY_ names that mean something else: to scripts, tests, requests. */
static const char *const foreign[] = {
	"PARLEY_AMQP", CONFIG_ENV_FILE, "PARLEY_DIALECT",
	"PARLEY_DIALECT_PORT_BASE", "PARLEY_REDIS", "PARLEY_RUN",
	"PARLEY_URL",
};

#define INCLUDE "include"	/* no key: names a file to be read first */

/* All that reading needs to know; inih carries it as its user pointers. */
struct reading {
	struct config *config;
	const char *path;
	FILE *file;
	unsigned line;
	bool included;		/* this file, by another */
	bool begun;		/* a key has been set in it */
	bool *seen;		/* for each row: the file has set it */
	const char *secret;	/* a key with a secret that the file sets */
	config_note *note;	/* who is told what is set; or NULL */
	void *user;		/* note's */
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

static bool
is_secret(const struct config_row *row, const char *value)
{
	return row->type == TYPE_LOGIN_URL ? strchr(value, '@') != NULL :
	    row->type == TYPE_SECRET && value[0] != '\0';
}

/* Sets one key. where says whence the value comes: "file:12" or a name. */
static void
set(struct reading *reading, const struct config_row *row, const char *value,
    const char *where)
{
	char wanted[128];

	if (config_table_set(reading->config, row, value)) {
		/* What everybody can look up is no secret. */
		if (reading->note != NULL)
			reading->note(reading->user, row->key,
			    is_secret(row, value) && value != row->initial ?
			    CONFIG_HIDDEN : value, where);
		return;
	}
	config_table_describe(row, wanted, sizeof(wanted));
	if (row->type == TYPE_SECRET || row->type == TYPE_LOGIN_URL)
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

static void read_file(struct reading *, bool must_exist);

/*
 * Reads the file that this one includes: before any key, so that what stands
 * later in the text wins, here as anywhere.
 */
static void
include(struct reading *reading, const char *name, const char *where)
{
	const char *slash = strrchr(reading->path, '/');
	struct reading inner = { .config = reading->config, .included = true,
		.note = reading->note, .user = reading->user,
		.error = reading->error, .error_size = reading->error_size };
	struct stat status;
	char path[4096];

	snprintf(path, sizeof(path), "%.*s%s",
	    name[0] == '/' || slash == NULL ? 0 :
	    (int)(slash + 1 - reading->path), reading->path, name);
	inner.path = path;
	if (reading->included)
		fail(reading, "%s: a file that is included includes no other",
		    where);
	else if (reading->begun)
		fail(reading, "%s: " INCLUDE " comes before all keys", where);
	else if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		fail(reading, "%s: %s is no file", where, path);
	else if (!reading->failed)
		read_file(&inner, true);
	reading->failed = reading->failed || inner.failed;
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
	} else if (strcmp(key, INCLUDE) == 0) {
		include(reading, value, where);
	} else if (row == NULL) {
		fail(reading, "%s: unknown key %.64s", where, key);
	} else if (reading->seen[row - config_table]) {
		fail(reading, "%s: %s is set twice", where, key);
	} else {
		reading->begun = reading->seen[row - config_table] = true;
		if (is_secret(row, value))
			reading->secret = row->key;
		set(reading, row, value, where);
	}
	return 1;
}

/*
 * A secret is its owner's alone. Root may let a service's group read a file
 * that the service then cannot change; systemd's credentials look like that.
 */
static void
check_mode(struct reading *reading)
{
	struct stat status;
	mode_t others = S_IRWXG | S_IRWXO;

	if (reading->secret == NULL)
		return;
	if (fstat(fileno(reading->file), &status) != 0) {
		fail(reading, "%s: %s", reading->path, strerror(errno));
		return;
	}
	if (status.st_uid == 0)
		others &= ~(mode_t)S_IRGRP;
	if (status.st_mode & others)
		fail(reading, "%s sets %s but others may get at it: "
		    "chmod 600 %s (640 if root owns it)", reading->path,
		    reading->secret, reading->path);
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

/* What no value can get wrong by itself. */
static void
check_together(struct reading *reading)
{
	const struct config *config = reading->config;

	assert(config->search_url != NULL);	/* by set_defaults */
	if (strchr(config->search_url, '@') != NULL)
		fail(reading, "search_url takes no user and password: "
		    "search_user and search_password are for them");
	if (config->db_tls && config->db_host[0] == '\0')
		fail(reading, "db_tls needs db_host: "
		    "nothing is encrypted on a local socket");
	if ((config->tls_cert[0] == '\0') != (config->tls_key[0] == '\0'))
		fail(reading, "tls_cert and tls_key need each other");
}

static enum result
load(struct reading *reading, char *const envp[])
{
	set_defaults(reading);
	if (reading->path == NULL)
		reading->path = find_in(envp, CONFIG_ENV_FILE);
	if (reading->path != NULL && reading->path[0] != '\0') {
		read_file(reading, true);
	} else {
		reading->path = CONFIG_SYSTEM_FILE;
		read_file(reading, false);
	}
	for (; *envp != NULL; envp++)
		read_entry(reading, *envp);
	check_together(reading);
	if (!reading->failed)
		return RESULT_OK;
	config_free(reading->config);
	return RESULT_INVALID;
}

enum result
config_load(struct config *config, const char *path, char *const envp[],
    char *error, size_t error_size)
{
	struct reading reading = { .config = config, .path = path,
		.error = error, .error_size = error_size };

	return load(&reading, envp);
}

enum result
config_explain(const char *path, config_note *note, void *user, char *error,
    size_t error_size)
{
	struct config config;
	struct reading reading = { .config = &config, .path = path,
		.note = note, .user = user, .error = error,
		.error_size = error_size };
	enum result result = load(&reading, environ);

	if (result == RESULT_OK)
		config_free(&config);
	return result;
}

void
config_free(struct config *config)
{
	for (size_t i = 0; i < config_table_rows; i++)
		config_table_unset(config, &config_table[i]);
}
