/* trace.h: W3C Trace Context: whose request, of how many systems, this is. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_TRACE_H
#define PARLEY_TRACE_H

#include <stdbool.h>

/*
 * https://www.w3.org/TR/trace-context/ (level 1). A trace that comes with a
 * request is carried on; without one, none is begun: what one request does
 * here is tied together by its id, and nobody collects spans that would hang
 * from a trace of our own. Of the flags only "sampled" is passed on.
 */
#define TRACE_ID_SIZE 33
#define SPAN_ID_SIZE 17
#define TRACEPARENT_SIZE 56
#define TRACESTATE_MOST 512	/* what is longer is dropped */

/* All zero: there is none. */
struct trace {
	char id[TRACE_ID_SIZE];		/* "": there is none */
	char span[SPAN_ID_SIZE];	/* who does it */
	char parent[SPAN_ID_SIZE];	/* who wanted it; "": not known */
	bool sampled;
};

/*
 * Reads the value of a traceparent header; its parent-id becomes the span.
 * False, and all zero: it is not valid, so there is no trace. NULL is not.
 * Versions above 00 are read as the specification wants it: the four fields
 * that are known, and nothing but a '-' behind them.
 */
bool trace_read(struct trace *, const char *header);

/* A new span of the trace, wanted by the old one. Nothing without a trace. */
void trace_continue(struct trace *);

/* The value of the header that passes it on; "" without a trace. */
void trace_write(const struct trace *, char out[TRACEPARENT_SIZE]);

/* Whether a tracestate may be passed on as it is: short, printable ASCII. */
bool trace_state_fits(const char *);

#endif
