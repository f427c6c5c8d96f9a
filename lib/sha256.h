/* sha256.h: the hash function SHA-256 (FIPS 180-4). */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SHA256_H
#define PARLEY_SHA256_H

#include <stddef.h>

#define SHA256_BYTES 32

void sha256(const void *data, size_t len, unsigned char out[SHA256_BYTES]);

#endif
