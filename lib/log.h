/* log.h: what happened, one JSON object a line, wherever lines go. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LOG_H
#define PARLEY_LOG_H

#include <stdbool.h>

#include "buffer.h"
#include "result.h"

enum log_level {
	LEVEL_ERROR,	/* somebody must look: data or service is at risk */
	LEVEL_WARN,	/* a part failed, and it is being dealt with */
	LEVEL_INFO,	/* milestones: started, stopped; each request */
	LEVEL_DEBUG,	/* for whoever hunts a fault */
};

/* Where lines go; anything else is the path of a file. */
#define LOG_TO_STDERR "stderr"
#define LOG_TO_SYSLOG "syslog"	/* facility daemon */

/* Which requests have a line of their own; slow ones have one in any case. */
enum log_requests {
	REQUESTS_ALL,
	REQUESTS_ERRORS,	/* answered with 400 and above */
	REQUESTS_NONE,
};

/*
 * Sets what the lines say and where they go; to be called before the first
 * thread is started. The program name must outlive the logging. Until then
 * lines of LEVEL_INFO and above go to stderr in the name of "parley".
 * RESULT_UNAVAILABLE: the file cannot be opened, which is logged on stderr.
 */
MUST_CHECK enum result log_open(const char *program, enum log_level,
    const char *target);

/*
 * The same while threads are logging, each line of which goes either to where
 * lines went or to where they go from now on. A file is opened anew, even if
 * it is the same one: it may have been renamed. On RESULT_UNAVAILABLE, which
 * is logged, lines go where they went; the level is changed all the same.
 */
MUST_CHECK enum result log_change(enum log_level, const char *target);

/* Which requests get a line (at first none); slow_ms 0: none is slow. */
void log_set_requests(enum log_requests, int slow_ms);
enum log_requests log_requests(void);
int log_slow_ms(void);

/* Whether a line of this level would be written. */
bool log_wants(enum log_level);

/* Counts the lines there from now on; NULL: nowhere. As log_open. */
struct metrics;
void log_count_in(struct metrics *);

/*
 * Writes one line, whole, so lines of threads and processes never mix:
 * {"time":…,"level":…,"program":…,"pid":…,"request_id":…,"message":…}.
 * request_id may be NULL (no request). A long message is cut at about 2,000
 * bytes; what is not UTF-8 in it is replaced. Leaves errno alone. Never put
 * a secret or the content of a chat into a message.
 */
void log_at(enum log_level, const char *request_id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with "trace_id", unless that is NULL or empty. */
void log_traced(enum log_level, const char *request_id, const char *trace_id,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#define log_error(request_id, ...) \
	log_at(LEVEL_ERROR, (request_id), __VA_ARGS__)
#define log_warn(request_id, ...) \
	log_at(LEVEL_WARN, (request_id), __VA_ARGS__)
#define log_info(request_id, ...) \
	log_at(LEVEL_INFO, (request_id), __VA_ARGS__)
#define log_debug(request_id, ...) \
	log_at(LEVEL_DEBUG, (request_id), __VA_ARGS__)

/*
 * A line with more members: begin, members, end. Members are appended to the
 * buffer as ,"name":value; log_string does that for a text of which it is not
 * known that JSON can hold it as it is. The caller asks log_wants first.
 */
void log_begin(struct buffer *, enum log_level, const char *request_id);
void log_string(struct buffer *, const char *name, const char *value);
void log_end(struct buffer *, enum log_level);

/*
 * The same at LEVEL_INFO for the line of a request: while other requests are
 * under way it may wait, so that one write(2) takes many. It is written when
 * no request of this process is under way any more, before any other line,
 * when PIPE_BUF bytes wait, before log_change, and at log_flush, which a
 * program that serves calls every LOG_WAITS_MS. Its end is to be told after
 * its line, or without one.
 */
#define LOG_WAITS_MS 100
void log_request_begins(void);
void log_end_later(struct buffer *);
void log_request_ends(void);
void log_flush(void);

#endif
