/* log_output.c: where the log's lines go, and how many with one write. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "log_output.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* A full disk or a gone reader must not stop the program: no retry. */
static void
write_once(int file, const char *bytes, size_t len)
{
	ssize_t written;

	do
		written = write(file, bytes, len);
	while (written < 0 && errno == EINTR);
}

/* ---- all with the mutex, which also keeps writes in their order ---- */

static void
write_waiting(struct log_output *out)
{
	if (out->len > 0)
		write_once(out->file, out->waiting, out->len);
	out->len = 0;
}

static void
add_line(struct log_output *out, const struct buffer *line)
{
	if (line->len > sizeof(out->waiting) - out->len)
		write_waiting(out);
	if (line->len > sizeof(out->waiting)) {
		write_once(out->file, line->data, line->len);
		return;
	}
	memcpy(out->waiting + out->len, line->data, line->len);
	out->len += line->len;
}

/* ---- for all threads ---- */

void
log_output_line(struct log_output *out, const struct buffer *line,
    int priority, bool may_wait)
{
	pthread_mutex_lock(&out->mutex);
	if (out->file == LOG_OUTPUT_SYSLOG)
		syslog(priority, "%s", line->data);
	else
		add_line(out, line);
	if (!may_wait)
		write_waiting(out);
	pthread_mutex_unlock(&out->mutex);
}

void
log_output_flush(struct log_output *out)
{
	pthread_mutex_lock(&out->mutex);
	write_waiting(out);
	pthread_mutex_unlock(&out->mutex);
}

void
log_output_change(struct log_output *out, int file)
{
	pthread_mutex_lock(&out->mutex);
	write_waiting(out);
	if (out->file > STDERR_FILENO)
		close(out->file);
	out->file = file;
	pthread_mutex_unlock(&out->mutex);
}
