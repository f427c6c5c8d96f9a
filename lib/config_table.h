/* config_table.h: the rows of the configuration table; for config*.c only. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CONFIG_TABLE_H
#define PARLEY_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#ifndef PARLEY_SYSCONFDIR
#define PARLEY_SYSCONFDIR "/etc"
#endif

/* The file that is read unless another is named, and what may name one. */
#define CONFIG_SYSTEM_FILE PARLEY_SYSCONFDIR "/parley/parley.conf"
#define CONFIG_ENV_FILE "PARLEY_CONFIG"

enum config_type {
	TYPE_STRING,	/* char *, min: its least length */
	TYPE_SECRET,	/* the same, never shown */
	TYPE_LOGIN_URL,	/* the same; no secret if it names no user */
	TYPE_LOG_TARGET, /* char *, stderr, syslog or an absolute path */
	TYPE_ORIGINS,	/* char *, origins of pages with spaces between */
	TYPE_INT,	/* int from min to max */
	TYPE_BYTES,	/* size_t from min to max */
	TYPE_CHOICE,	/* enum: which of the choices */
	TYPE_RATE,	/* struct rate */
	TYPE_NETWORKS,	/* struct networks */
};

struct config_row {
	const char *key;
	enum config_type type;
	size_t offset;			/* of the member in struct config */
	const char *initial;		/* default, in the file's spelling */
	const char *meaning;
	uint64_t min, max;
	const char *const *choices;	/* in the order of the enum */
	bool live;			/* read anew at SIGHUP */
};

/* The rows, in alphabetical order of their keys. */
extern const struct config_row config_table[];
extern const size_t config_table_rows;

/* The row of a key; NULL if there is none. Case matters. */
const struct config_row *config_table_find(const char *key);

/*
 * Reads the value as the row wants it and puts it into its member, whose
 * old string is freed. False, and nothing changed, if it does not fit.
 */
bool config_table_set(struct config *, const struct config_row *,
    const char *value);

/* Frees what the member holds, and makes it empty. */
void config_table_unset(struct config *, const struct config_row *);

/* Whether both have the same value there. */
bool config_table_same(const struct config *, const struct config *,
    const struct config_row *);

/* What the row takes, for people: "a number from 1 to 65535". */
void config_table_describe(const struct config_row *, char *out, size_t size);

#endif
