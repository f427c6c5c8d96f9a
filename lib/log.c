/* log.c: what happened, one JSON object a line, wherever lines go. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "log_output.h"
#include "metrics.h"
#include "text.h"

#define MESSAGE_SIZE 2048

/*
 * The one state that is not passed but stands at file scope: whoever can
 * fail must be able to say so. What is not atomic is written before any
 * thread is started; but the output, which has a mutex.
 */
static struct {
	const char *program;
	long pid;		/* 0: not known yet */
	atomic_int level, requests, slow_ms;
	atomic_int under_way;	/* requests */
	struct metrics *metrics;	/* the lines are counted there */
	struct log_output output;
} log_state = {
	.program = "parley",
	.level = LEVEL_INFO,
	.requests = REQUESTS_NONE,
	.output = LOG_OUTPUT_INITIALIZER,
};

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LEVEL_ERROR] = { "error", LOG_ERR },
	[LEVEL_WARN] = { "warn", LOG_WARNING },
	[LEVEL_INFO] = { "info", LOG_INFO },
	[LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

/* ---- where lines go ---- */

enum result
log_change(enum log_level level, const char *target)
{
	int file;

	atomic_store(&log_state.level, (int)level);
	if (strcmp(target, LOG_TO_STDERR) == 0) {
		file = STDERR_FILENO;
	} else if (strcmp(target, LOG_TO_SYSLOG) == 0) {
		openlog(log_state.program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
		file = LOG_OUTPUT_SYSLOG;
	} else {
		file = open(target, O_WRONLY | O_APPEND | O_CREAT |
		    O_CLOEXEC | O_NOCTTY, 0640);
		if (file < 0) {
			log_error(NULL, "log_target %s: %s", target,
			    strerror(errno));
			return RESULT_UNAVAILABLE;
		}
	}
	log_output_change(&log_state.output, file);
	return RESULT_OK;
}

enum result
log_open(const char *program, enum log_level level, const char *target)
{
	log_state.program = program;
	log_state.pid = (long)getpid();
	return log_change(level, target);
}

/* ---- what is wanted ---- */

void
log_set_requests(enum log_requests which, int slow_ms)
{
	atomic_store(&log_state.requests, (int)which);
	atomic_store(&log_state.slow_ms, slow_ms);
}

enum log_requests
log_requests(void)
{
	return (enum log_requests)atomic_load_explicit(&log_state.requests,
	    memory_order_relaxed);
}

int
log_slow_ms(void)
{
	return atomic_load_explicit(&log_state.slow_ms, memory_order_relaxed);
}

bool
log_wants(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_state.level,
	    memory_order_relaxed);
}

void
log_count_in(struct metrics *metrics)
{
	log_state.metrics = metrics;
}

/* ---- a line ---- */

/* What JSON, or a terminal, cannot take as it is. */
static void
add_escaped(struct buffer *line, unsigned char c)
{
	if (c == '"' || c == '\\')
		buffer_printf(line, "\\%c", c);
	else if (c == '\n')
		buffer_str(line, "\\n");
	else if (c >= 0x80)
		buffer_str(line, "\\ufffd");
	else
		buffer_printf(line, "\\u%04x", c);
}

/* Appends a JSON string; in bytes that are not UTF-8, U+FFFD for each. */
static void
add_string(struct buffer *line, const char *string)
{
	const bool valid = text_valid(string, strlen(string));
	const char *plain = string;

	buffer_char(line, '"');
	for (; *string != '\0'; string++) {
		unsigned char c = (unsigned char)*string;

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f &&
		    (c < 0x80 || valid))
			continue;
		buffer_add(line, plain, (size_t)(string - plain));
		add_escaped(line, c);
		plain = string + 1;
	}
	buffer_add(line, plain, (size_t)(string - plain));
	buffer_char(line, '"');
}

void
log_string(struct buffer *line, const char *name, const char *value)
{
	buffer_str(line, ",\"");
	buffer_str(line, name);
	buffer_str(line, "\":");
	add_string(line, value);
}

void
log_begin(struct buffer *line, enum log_level level, const char *request_id)
{
	const long pid = log_state.pid ? log_state.pid : (long)getpid();
	char time[CLOCK_SIZE];

	clock_format(clock_wall_ms(), time);
	buffer_str(line, "{\"time\":\"");
	buffer_str(line, time);
	buffer_str(line, "\",\"level\":\"");
	buffer_str(line, levels[level].name);
	buffer_char(line, '"');
	log_string(line, "program", log_state.program);
	buffer_str(line, ",\"pid\":");
	buffer_uint(line, (uint64_t)pid);
	if (request_id != NULL && request_id[0] != '\0')
		log_string(line, "request_id", request_id);
}

static void
end_line(struct buffer *line, enum log_level level, bool may_wait)
{
	metrics_add(log_state.metrics, METRIC_LOG_LINES, level, 1);
	buffer_str(line, "}\n");
	log_output_line(&log_state.output, line, levels[level].priority,
	    may_wait);
}

void
log_end(struct buffer *line, enum log_level level)
{
	end_line(line, level, false);
}

/* ---- requests ---- */

void
log_request_begins(void)
{
	atomic_fetch_add(&log_state.under_way, 1);
}

void
log_end_later(struct buffer *line)
{
	end_line(line, LEVEL_INFO, atomic_load(&log_state.under_way) > 1);
}

void
log_request_ends(void)
{
	if (atomic_fetch_sub(&log_state.under_way, 1) == 1)
		log_flush();
}

void
log_flush(void)
{
	log_output_flush(&log_state.output);
}

/* ---- a message ---- */

/* Removes the code point that vsnprintf cut in two at the end, if any. */
static void
trim_cut_end(char *message)
{
	size_t len = strlen(message);
	size_t lead = len;

	while (lead > 0 && len - lead < 3 &&
	    ((unsigned char)message[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead > 0 && (unsigned char)message[lead - 1] >= 0xc0)
		lead--;
	if (!text_valid(message + lead, len - lead))
		message[lead] = '\0';
}

static void __attribute__((format(printf, 4, 0)))
say(enum log_level level, const char *request_id, const char *trace_id,
    const char *format, va_list args)
{
	struct buffer line = BUFFER_EMPTY;
	char message[MESSAGE_SIZE];
	const int saved = errno;

	if (vsnprintf(message, sizeof(message), format, args) >= MESSAGE_SIZE)
		trim_cut_end(message);
	log_begin(&line, level, request_id);
	if (trace_id != NULL && trace_id[0] != '\0')
		log_string(&line, "trace_id", trace_id);
	log_string(&line, "message", message);
	log_end(&line, level);
	buffer_free(&line);
	errno = saved;
}

void
log_at(enum log_level level, const char *request_id, const char *format, ...)
{
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	say(level, request_id, NULL, format, args);
	va_end(args);
}

void
log_traced(enum log_level level, const char *request_id,
    const char *trace_id, const char *format, ...)
{
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	say(level, request_id, trace_id, format, args);
	va_end(args);
}
