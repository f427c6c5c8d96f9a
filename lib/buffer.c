/* buffer.c: bytes that grow at the end, always NUL-terminated. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define FIRST_SIZE 128

void
buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = BUFFER_EMPTY;
}

void
buffer_reset(struct buffer *buffer)
{
	buffer->len = 0;
	if (buffer->data != NULL)
		buffer->data[0] = '\0';
}

void
buffer_reserve(struct buffer *buffer, size_t len)
{
	size_t needed = buffer->len + len + 1;
	size_t size = buffer->size ? buffer->size : FIRST_SIZE;

	if (needed <= len)		/* wrapped round */
		needed = SIZE_MAX;	/* which xrealloc refuses loudly */
	if (needed <= buffer->size)
		return;
	while (size < needed && size <= SIZE_MAX / 2)
		size *= 2;
	if (size < needed)
		size = needed;
	buffer->data = xrealloc(buffer->data, size, 1);
	buffer->size = size;
	buffer->data[buffer->len] = '\0';
}

void
buffer_add(struct buffer *buffer, const void *data, size_t len)
{
	buffer_reserve(buffer, len);
	if (len > 0)
		memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

void
buffer_char(struct buffer *buffer, char c)
{
	buffer_add(buffer, &c, 1);
}

void
buffer_str(struct buffer *buffer, const char *string)
{
	buffer_add(buffer, string, strlen(string));
}

void
buffer_uint(struct buffer *buffer, uint64_t number)
{
	char digits[20], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buffer_add(buffer, at, (size_t)(digits + sizeof(digits) - at));
}

void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buffer_vprintf(buffer, format, args);
	va_end(args);
}

void
buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
{
	va_list again;
	int len;

	buffer_reserve(buffer, 0);
	va_copy(again, args);
	len = vsnprintf(buffer->data + buffer->len,
	    buffer->size - buffer->len, format, args);
	if (len < 0) {
		/* Only a bad wide character does that; we print none. */
		fprintf(stderr, "buffer_printf cannot format: %s\n", format);
		abort();
	}
	if ((size_t)len >= buffer->size - buffer->len) {
		buffer_reserve(buffer, (size_t)len);
		vsnprintf(buffer->data + buffer->len,
		    buffer->size - buffer->len, format, again);
	}
	buffer->len += (size_t)len;
	va_end(again);
}

char *
buffer_take(struct buffer *buffer)
{
	char *data;

	buffer_reserve(buffer, 0);
	data = buffer->data;
	*buffer = BUFFER_EMPTY;
	return data;
}
