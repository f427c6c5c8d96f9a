/* ident.h: names that nobody can guess, and comparing them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_IDENT_H
#define PARLEY_IDENT_H

#include <stdbool.h>
#include <stddef.h>

#define IDENT_SIZE 37		/* a UUID as text, and its NUL */
#define IDENT_BYTES 16		/* a UUID as MySQL stores it: BINARY(16) */

/* A new random UUID (version 4) from the kernel; aborts if it has none. */
void ident_uuid4(char out[IDENT_SIZE]);

/* So many random bytes, at most 16, as two digits each, and a NUL. */
void ident_hex(size_t bytes, char *out);

/* The UUID (version 8) that is made of a text's SHA-256: the same for all. */
void ident_of_text(const char *, size_t len, char out[IDENT_SIZE]);

/*
 * Whether the string is a UUID as we write them: 36 characters, lower case.
 * There is one spelling only, because text forms are keys in Redis.
 */
bool ident_is_uuid(const char *);

/* Text to bytes and back. The text must satisfy ident_is_uuid. */
void ident_to_bytes(const char *uuid, unsigned char out[IDENT_BYTES]);
void ident_from_bytes(const unsigned char bytes[IDENT_BYTES],
    char out[IDENT_SIZE]);

/*
 * What logs call a token: by it, whoever has the token finds its lines, and
 * nobody else learns anything. "#" and the first 8 digits of its SHA-256:
 * printf %s TOKEN | sha256sum
 */
#define IDENT_SHORT_SIZE 10
void ident_short(const char *token, char out[IDENT_SHORT_SIZE]);

/*
 * Whether two strings are equal, in a time that depends on the length of the
 * given one only, not on where they differ.
 */
bool ident_equal_secret(const char *given, const char *secret);

#endif
