/* log.h: what happened, one JSON object a line, to stderr or syslog. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LOG_H
#define PARLEY_LOG_H

enum log_level {
	LEVEL_ERROR,	/* somebody must look: data or service is at risk */
	LEVEL_WARN,	/* a part failed, and it is being dealt with */
	LEVEL_INFO,	/* milestones: started, reconnected, stopped */
	LEVEL_DEBUG,	/* for whoever hunts a fault */
};

enum log_target {
	TARGET_STDERR,
	TARGET_SYSLOG,	/* facility daemon */
};

/*
 * Sets what the lines say and where they go; to be called before the first
 * thread is started. The program name must outlive the logging. Until then
 * lines of LEVEL_INFO and above go to stderr in the name of "parley".
 */
void log_open(const char *program, enum log_level, enum log_target);

/*
 * Writes one line, with one write(2), so lines of threads and processes never
 * mix: {"time":…,"level":…,"program":…,"pid":…,"request_id":…,"message":…}.
 * request_id may be NULL (no request). A long message is cut at about 2,000
 * bytes; what is not UTF-8 in it is replaced. Leaves errno alone. Never put
 * a secret or the content of a chat into a message.
 */
void log_at(enum log_level, const char *request_id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(request_id, ...) \
	log_at(LEVEL_ERROR, (request_id), __VA_ARGS__)
#define log_warn(request_id, ...) \
	log_at(LEVEL_WARN, (request_id), __VA_ARGS__)
#define log_info(request_id, ...) \
	log_at(LEVEL_INFO, (request_id), __VA_ARGS__)
#define log_debug(request_id, ...) \
	log_at(LEVEL_DEBUG, (request_id), __VA_ARGS__)

#endif
