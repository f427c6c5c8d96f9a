/* fields.h: the named values of a body, and the rules they must follow. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_FIELDS_H
#define PARLEY_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

#define FIELDS_MAX 4		/* rules of one route, its end included */

/* One row of a route's input. A row without a name ends the rows. */
struct field {
	const char *name;
	const char *alias;	/* looked for if name is not there; or NULL */
	bool required;		/* must be there */
	bool nullable;		/* JSON null is a value, too */
	bool blank;		/* may hold nothing visible */
	size_t max;		/* code points */
};

/* A field's value. All zero: it was not given. */
struct value {
	bool given;
	bool null;		/* as JSON null; data is NULL */
	const char *data;	/* NUL-terminated UTF-8 without NUL inside */
	size_t len;
};

enum part_type {
	PART_TEXT,
	PART_NULL,
	PART_INTEGER,		/* a JSON integer; data has its digits */
	PART_OTHER,		/* another number, boolean, array or object */
};

/* A named thing in a body, not checked yet: any bytes. Owns both. */
struct part {
	enum part_type type;
	char *name;
	char *data;
	size_t len;
};

/* All that a body holds; all zero is none. */
struct parts {
	struct part *part;
	size_t count, size;
};

/* Adds a part of that name. data, copied too, may be NULL if len is 0. */
void parts_add(struct parts *, const char *name, enum part_type,
    const char *data, size_t len);
void parts_free(struct parts *);

/* The one part of that name, or NULL; *repeated if there are several. */
const struct part *parts_find(const struct parts *, const char *name,
    bool *repeated);

/*
 * Fills in the value for a rule, pointing into the parts. What is wrong with
 * it ("must …"), or NULL; *name is the rule's name or its alias.
 */
const char *field_check(const struct field *, const struct parts *,
    struct value *, const char **name);

/*
 * Fills in one value for each rule, pointing into the parts. What is wrong
 * is appended to errors as the JSON objects of a problem document's "errors",
 * with commas between; the first is said in summary, too.
 */
void fields_check(const struct field *rules, const struct parts *,
    struct value values[FIELDS_MAX], struct buffer *errors,
    struct buffer *summary);

/* What is wrong with a text under a rule: "must …", or NULL. */
const char *field_fault(const struct field *, const char *, size_t len);

/* Appends one such error by hand. */
void fields_error(struct buffer *errors, struct buffer *summary,
    const char *name, const char *fault);

#endif
