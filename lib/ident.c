/* ident.c: names that nobody can guess, and comparing them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "ident.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "sha256.h"

static const char hex_digits[] = "0123456789abcdef";

/* Where a UUID has its four hyphens. */
static bool
is_hyphen_at(size_t position)
{
	return position == 8 || position == 13 || position == 18 ||
	    position == 23;
}

/* The value of a lower-case hexadecimal digit, -1 for anything else. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static void
random_bytes(unsigned char *out, size_t len)
{
	ssize_t got;

	/* Up to 256 bytes come whole or not at all, see getrandom(2). */
	do
		got = getrandom(out, len, 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)len) {
		/* A guessable token would be worse than no service. */
		perror("getrandom");
		abort();
	}
}

/* RFC 9562, 5.4 and 5.8: the version, and the variant 10. */
static void
write_uuid(unsigned char *bytes, int version, char out[IDENT_SIZE])
{
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | version << 4);
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	ident_from_bytes(bytes, out);
}

void
ident_uuid4(char out[IDENT_SIZE])
{
	unsigned char bytes[IDENT_BYTES];

	random_bytes(bytes, sizeof(bytes));
	write_uuid(bytes, 4, out);
}

void
ident_of_text(const char *text, size_t len, char out[IDENT_SIZE])
{
	unsigned char hash[SHA256_BYTES];

	sha256(text, len, hash);
	write_uuid(hash, 8, out);
}

bool
ident_is_uuid(const char *string)
{
	for (size_t i = 0; i < IDENT_SIZE - 1; i++) {
		if (is_hyphen_at(i) ? string[i] != '-' :
		    hex_value(string[i]) < 0)
			return false;
	}
	return string[IDENT_SIZE - 1] == '\0';
}

void
ident_to_bytes(const char *uuid, unsigned char out[IDENT_BYTES])
{
	size_t digits = 0;

	memset(out, 0, IDENT_BYTES);
	for (size_t i = 0; i < IDENT_SIZE - 1; i++) {
		if (is_hyphen_at(i))
			continue;
		out[digits / 2] = (unsigned char)(out[digits / 2] << 4 |
		    hex_value(uuid[i]));
		digits++;
	}
}

void
ident_from_bytes(const unsigned char bytes[IDENT_BYTES], char out[IDENT_SIZE])
{
	size_t nibbles = 0;

	for (size_t i = 0; i < IDENT_SIZE - 1; i++) {
		unsigned byte = bytes[nibbles / 2];

		if (is_hyphen_at(i)) {
			out[i] = '-';
			continue;
		}
		out[i] = hex_digits[nibbles % 2 ? byte & 15 : byte >> 4];
		nibbles++;
	}
	out[IDENT_SIZE - 1] = '\0';
}

static void
write_hex(const unsigned char *bytes, size_t count, char *out)
{
	for (size_t i = 0; i < count; i++) {
		*out++ = hex_digits[bytes[i] >> 4];
		*out++ = hex_digits[bytes[i] & 15];
	}
	*out = '\0';
}

void
ident_hex(size_t bytes, char *out)
{
	unsigned char random[IDENT_BYTES];

	assert(bytes <= sizeof(random));
	random_bytes(random, bytes);
	write_hex(random, bytes, out);
}

/* 32 bits of a hash say next to nothing of the 122 that were drawn. */
void
ident_short(const char *token, char out[IDENT_SHORT_SIZE])
{
	unsigned char hash[SHA256_BYTES];

	sha256(token, strlen(token), hash);
	out[0] = '#';
	write_hex(hash, (IDENT_SHORT_SIZE - 2) / 2, out + 1);
}

bool
ident_equal_secret(const char *given, const char *secret)
{
	size_t given_len = strlen(given);
	size_t secret_len = strlen(secret);
	volatile unsigned char difference = given_len != secret_len;

	/* An empty secret has only its NUL to compare with, which is there. */
	for (size_t i = 0, j = 0; i < given_len; i++) {
		difference |= (unsigned char)(given[i] ^ secret[j]);
		j = j + 1 < secret_len ? j + 1 : 0;
	}
	return difference == 0;
}
