/* log.c: what happened, one JSON object a line, to stderr or syslog. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "text.h"

#define MESSAGE_SIZE 2048

/*
 * The one state that is not passed but stands at file scope: whoever can
 * fail must be able to say so. Written by log_open only, before any thread.
 */
static struct {
	const char *program;
	enum log_level level;
	enum log_target target;
} log_state = { "parley", LEVEL_INFO, TARGET_STDERR };

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LEVEL_ERROR] = { "error", LOG_ERR },
	[LEVEL_WARN] = { "warn", LOG_WARNING },
	[LEVEL_INFO] = { "info", LOG_INFO },
	[LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

void
log_open(const char *program, enum log_level level, enum log_target target)
{
	log_state.program = program;
	log_state.level = level;
	log_state.target = target;
	if (target == TARGET_SYSLOG)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

/* Appends a JSON string; in bytes that are not UTF-8, U+FFFD for each. */
static void
add_string(struct buffer *line, const char *string)
{
	bool valid = text_valid(string, strlen(string));

	buffer_char(line, '"');
	for (; *string != '\0'; string++) {
		unsigned char c = (unsigned char)*string;

		if (c == '"' || c == '\\')
			buffer_printf(line, "\\%c", c);
		else if (c == '\n')
			buffer_str(line, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buffer_printf(line, "\\u%04x", c);
		else if (c >= 0x80 && !valid)
			buffer_str(line, "\\ufffd");
		else
			buffer_char(line, (char)c);
	}
	buffer_char(line, '"');
}

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

static void
write_line(const struct buffer *line)
{
	ssize_t written;

	/* A full disk or a gone reader must not stop the program: no retry. */
	do
		written = write(STDERR_FILENO, line->data, line->len);
	while (written < 0 && errno == EINTR);
}

void
log_at(enum log_level level, const char *request_id, const char *format, ...)
{
	struct buffer line = BUFFER_EMPTY;
	char time[CLOCK_SIZE], message[MESSAGE_SIZE];
	int saved = errno;
	va_list args;

	if (level > log_state.level)
		return;
	va_start(args, format);
	if (vsnprintf(message, sizeof(message), format, args) >= MESSAGE_SIZE)
		trim_cut_end(message);
	va_end(args);

	clock_format(clock_wall_ms(), time);
	buffer_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"program\":",
	    time, levels[level].name);
	add_string(&line, log_state.program);
	buffer_printf(&line, ",\"pid\":%ld", (long)getpid());
	if (request_id != NULL && request_id[0] != '\0') {
		buffer_str(&line, ",\"request_id\":");
		add_string(&line, request_id);
	}
	buffer_str(&line, ",\"message\":");
	add_string(&line, message);
	buffer_str(&line, "}\n");

	if (log_state.target == TARGET_SYSLOG)
		syslog(levels[level].priority, "%s", line.data);
	else
		write_line(&line);
	buffer_free(&line);
	errno = saved;
}
