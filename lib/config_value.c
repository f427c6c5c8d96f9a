/* config_value.c: the types of what can be set: reading and describing them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_table.h"
#include "memory.h"

static void *
member(struct config *config, const struct config_row *row)
{
	return (char *)config + row->offset;
}

void
config_table_describe(const struct config_row *row, char *out, size_t size)
{
	size_t used = 0;

	switch (row->type) {
	case TYPE_STRING:
	case TYPE_SECRET:
	case TYPE_LOGIN_URL:
		snprintf(out, size, "a text of %ju to %ju bytes",
		    (uintmax_t)row->min, (uintmax_t)row->max);
		break;
	case TYPE_INT:
	case TYPE_BYTES:
		snprintf(out, size, "a %s from %ju to %ju",
		    row->type == TYPE_INT ? "number" : "number of bytes",
		    (uintmax_t)row->min, (uintmax_t)row->max);
		break;
	case TYPE_LOG_TARGET:
		snprintf(out, size, LOG_TO_STDERR ", " LOG_TO_SYSLOG
		    " or a path that begins with /");
		break;
	case TYPE_ORIGINS:
		snprintf(out, size, "* or scheme://host[:port], spaces "
		    "between, at most %ju bytes",
		    (uintmax_t)row->max);
		break;
	case TYPE_CHOICE:
		for (size_t i = 0; row->choices[i] != NULL; i++)
			used += (size_t)snprintf(out + used, size - used,
			    "%s%s", i ? "|" : "", row->choices[i]);
		break;
	case TYPE_RATE:
		snprintf(out, size, "so many a minute/so many at once, each"
		    " from %ju to %ju; 0: any number",
		    (uintmax_t)row->min, (uintmax_t)row->max);
		break;
	case TYPE_NETWORKS:
		snprintf(out, size, "addresses and networks like"
		    " 192.0.2.0/24 or 2001:db8::/32, spaces between");
		break;
	}
}

static bool
set_string(void *at, const struct config_row *row, const char *value)
{
	char **string = at;
	size_t len = strlen(value);

	if (len < row->min || len > row->max)
		return false;
	free(*string);
	*string = xstrdup(value);
	return true;
}

static bool
set_log_target(void *at, const struct config_row *row, const char *value)
{
	return (value[0] == '/' || strcmp(value, LOG_TO_STDERR) == 0 ||
	    strcmp(value, LOG_TO_SYSLOG) == 0) && set_string(at, row, value);
}

/* One origin as a browser says it (RFC 6454, 6.2): nothing behind the port. */
static bool
is_origin(const char *s, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t scheme = strspn(s, letters);

	if (scheme == 0 || scheme + 3 >= len ||
	    strncmp(s + scheme, "://", 3) != 0)
		return false;
	s += scheme + 3;
	len -= scheme + 3;
	while (len > 0 && (strchr(letters, *s) != NULL ||
	    strchr("-._:[]", *s) != NULL)) {
		s++;
		len--;
	}
	return len == 0;
}

static bool
set_origins(void *at, const struct config_row *row, const char *value)
{
	const char *word = value + strspn(value, " ");
	size_t len;

	while (*word != '\0' && strcmp(value, "*") != 0) {
		len = strcspn(word, " ");
		if (!is_origin(word, len))
			return false;
		word += len;
		word += strspn(word, " ");
	}
	return set_string(at, row, value);
}

/* Decimal digits up to the end: no sign, no white space, no units. */
static bool
read_number(const struct config_row *row, const char *value, char end,
    unsigned long long *number)
{
	const size_t digits = strspn(value, "0123456789");

	if (digits == 0 || value[digits] != end)
		return false;
	errno = 0;
	*number = strtoull(value, NULL, 10);
	return errno == 0 && *number >= row->min && *number <= row->max;
}

static bool
set_number(void *at, const struct config_row *row, const char *value)
{
	unsigned long long number;

	if (!read_number(row, value, '\0', &number))
		return false;
	if (row->type == TYPE_INT)
		*(int *)at = (int)number;
	else
		*(size_t *)at = (size_t)number;
	return true;
}

static bool
set_choice(void *at, const struct config_row *row, const char *value)
{
	for (int i = 0; row->choices[i] != NULL; i++) {
		if (strcmp(row->choices[i], value) == 0) {
			memcpy(at, &i, sizeof(i));
			return true;
		}
	}
	return false;
}

static bool
set_rate(void *at, const struct config_row *row, const char *value)
{
	unsigned long long per_minute = 0, burst = 0;

	if (strcmp(value, "0") != 0 &&
	    (!read_number(row, value, '/', &per_minute) ||
	    !read_number(row, strchr(value, '/') + 1, '\0', &burst)))
		return false;
	*(struct rate *)at = (struct rate){
		.per_minute = (unsigned)per_minute,
		.burst = (unsigned)burst,
	};
	return true;
}

static bool
set_networks(void *at, const struct config_row *row, const char *value)
{
	struct networks networks;

	(void)row;
	if (!networks_read(&networks, value))
		return false;
	networks_free(at);
	*(struct networks *)at = networks;
	return true;
}

bool
config_table_set(struct config *config, const struct config_row *row,
    const char *value)
{
	static bool (*const setters[])(void *, const struct config_row *,
	    const char *) = {
		[TYPE_STRING] = set_string, [TYPE_SECRET] = set_string,
		[TYPE_LOGIN_URL] = set_string,
		[TYPE_INT] = set_number, [TYPE_BYTES] = set_number,
		[TYPE_CHOICE] = set_choice, [TYPE_ORIGINS] = set_origins,
		[TYPE_LOG_TARGET] = set_log_target,
		[TYPE_RATE] = set_rate, [TYPE_NETWORKS] = set_networks,
	};

	return setters[row->type](member(config, row), row, value);
}

static bool
is_string(const struct config_row *row)
{
	return row->type == TYPE_STRING || row->type == TYPE_SECRET ||
	    row->type == TYPE_LOGIN_URL || row->type == TYPE_ORIGINS ||
	    row->type == TYPE_LOG_TARGET;
}

static bool
same_networks(const struct networks *a, const struct networks *b)
{
	return a->count == b->count && (a->count == 0 || memcmp(a->network,
	    b->network, a->count * sizeof(a->network[0])) == 0);
}

bool
config_table_same(const struct config *a, const struct config *b,
    const struct config_row *row)
{
	const void *in_a = (const char *)a + row->offset;
	const void *in_b = (const char *)b + row->offset;

	if (is_string(row))
		return strcmp(*(char *const *)in_a, *(char *const *)in_b) == 0;
	switch (row->type) {
	case TYPE_NETWORKS:
		return same_networks(in_a, in_b);
	case TYPE_BYTES:
		return memcmp(in_a, in_b, sizeof(size_t)) == 0;
	case TYPE_RATE:
		return memcmp(in_a, in_b, sizeof(struct rate)) == 0;
	default:
		return memcmp(in_a, in_b, sizeof(int)) == 0;
	}
}

void
config_table_unset(struct config *config, const struct config_row *row)
{
	char **string = member(config, row);

	if (row->type == TYPE_NETWORKS)
		networks_free(member(config, row));
	if (!is_string(row))
		return;
	free(*string);
	*string = NULL;
}
