/* admin_output.h: how parley-admin says things: to people, to programs. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADMIN_OUTPUT_H
#define PARLEY_ADMIN_OUTPUT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* ---- for programs ---- */

/* Prints the value, which it takes, and a newline. */
void output_json(json_t *);

/* A member of the object that is a time, as clock_format writes it. */
void output_put_time(json_t *object, const char *name, int64_t wall_ms);

/* ---- for people ---- */

/*
 * What may be anybody's text must not command the terminal: a new string in
 * which controls, and all but ASCII if it is not UTF-8, are written as \x1b.
 */
char *tame_new(const char *text, size_t len);

/*
 * A table, printed row by row; cells are tamed. How wide a column is must be
 * known beforehand; the last one has what is left, and is cut to fit a
 * terminal.
 */
struct column {
	const char *head;
	int width;		/* negative: set to the left */
};
void table_heads(const struct column *, size_t count);
void table_row(const struct column *, const char *const *cells, size_t count);

#endif
