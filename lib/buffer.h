/* buffer.h: bytes that grow at the end, always NUL-terminated. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_BUFFER_H
#define PARLEY_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All zero (BUFFER_EMPTY) is an empty buffer that owns nothing; only then
 * data is NULL. After any buffer_add*, buffer_str or buffer_printf, even of
 * nothing, data[len] is NUL. The bytes before it may hold NULs too.
 */
struct buffer {
	char *data;
	size_t len;		/* bytes in use, the last NUL not counted */
	size_t size;		/* bytes allocated */
};
#define BUFFER_EMPTY ((struct buffer){0})

/* Frees the bytes and makes the buffer empty; not the struct itself. */
void buffer_free(struct buffer *);

/* Makes it empty but keeps the memory for what comes next. */
void buffer_reset(struct buffer *);

/* Makes room for len more bytes (and a NUL), so that they come cheaply. */
void buffer_reserve(struct buffer *, size_t len);

void buffer_add(struct buffer *, const void *data, size_t len);
void buffer_char(struct buffer *, char);
void buffer_str(struct buffer *, const char *);
/* In decimal: what every answer and event has many of. */
void buffer_uint(struct buffer *, uint64_t);
void buffer_printf(struct buffer *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));

/*
 * Gives the bytes away: the caller frees the string, which is never NULL,
 * and the buffer is empty afterwards.
 */
char *buffer_take(struct buffer *);

#endif
