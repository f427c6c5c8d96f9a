/* trace.c: W3C Trace Context: whose request, of how many systems, this is. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "ident.h"

#define DIGITS "0123456789abcdef"

/*
 * version "-" trace-id "-" parent-id "-" flags: where each of them begins,
 * and where version 00 ends.
 */
enum { TRACE_ID_AT = 3, SPAN_ID_AT = 36, FLAGS_AT = 53, END_AT = 55 };

static bool
is_hex(const char *s, size_t len)
{
	return strspn(s, DIGITS) >= len;
}

static bool
is_zero(const char *s, size_t len)
{
	return strspn(s, "0") >= len;
}

/* Each field in its place; strspn ends at the NUL of what is too short. */
static bool
is_valid(const char *s)
{
	if (!is_hex(s, 2) || s[2] != '-' || strncmp(s, "ff", 2) == 0)
		return false;
	if (!is_hex(s + TRACE_ID_AT, 32) || s[SPAN_ID_AT - 1] != '-' ||
	    !is_hex(s + SPAN_ID_AT, 16) || s[FLAGS_AT - 1] != '-' ||
	    !is_hex(s + FLAGS_AT, 2))
		return false;
	if (is_zero(s + TRACE_ID_AT, 32) || is_zero(s + SPAN_ID_AT, 16))
		return false;
	if (s[END_AT] == '\0')
		return true;
	return strncmp(s, "00", 2) != 0 && s[END_AT] == '-';
}

bool
trace_read(struct trace *trace, const char *header)
{
	*trace = (struct trace){0};
	if (header == NULL || !is_valid(header))
		return false;
	memcpy(trace->id, header + TRACE_ID_AT, TRACE_ID_SIZE - 1);
	memcpy(trace->span, header + SPAN_ID_AT, SPAN_ID_SIZE - 1);
	/* The last bit of the flags, which is odd digits' last one. */
	trace->sampled = strchr("13579bdf", header[FLAGS_AT + 1]) != NULL;
	return true;
}

void
trace_continue(struct trace *trace)
{
	if (trace->id[0] == '\0')
		return;
	memcpy(trace->parent, trace->span, SPAN_ID_SIZE);
	do
		ident_hex((SPAN_ID_SIZE - 1) / 2, trace->span);
	while (is_zero(trace->span, SPAN_ID_SIZE - 1));
}

void
trace_write(const struct trace *trace, char out[TRACEPARENT_SIZE])
{
	out[0] = '\0';
	if (trace->id[0] != '\0')
		snprintf(out, TRACEPARENT_SIZE, "00-%s-%s-%s", trace->id,
		    trace->span, trace->sampled ? "01" : "00");
}

bool
trace_state_fits(const char *state)
{
	size_t len;

	for (len = 0; state[len] != '\0'; len++)
		if (len == TRACESTATE_MOST || state[len] < ' ' ||
		    state[len] > '~')
			return false;
	return len > 0;
}
