/* sha256.c: the hash function SHA-256 (FIPS 180-4). */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "sha256.h"

#include <stdint.h>
#include <string.h>

#define BLOCK 64		/* bytes that are mixed in at once */
#define ROUNDS 64
#define LENGTH_BYTES 8		/* of the length in bits, at the very end */

/* Of the cube roots of the first primes, the fraction's first 32 bits. */
static const uint32_t constants[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotate(uint32_t word, int bits)
{
	return word >> bits | word << (32 - bits);
}

/* The block's 16 words, and those that follow from them. */
static void
schedule(const unsigned char *block, uint32_t w[ROUNDS])
{
	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 |
		    (uint32_t)block[4 * i + 1] << 16 |
		    (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (size_t i = 16; i < ROUNDS; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
		    (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
		    (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

static void
mix(uint32_t state[8], const unsigned char *block)
{
	uint32_t w[ROUNDS], v[8];

	schedule(block, w);
	memcpy(v, state, sizeof(v));
	for (size_t i = 0; i < ROUNDS; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t t = v[7] + constants[i] + w[i] +
		    (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
		    ((e & v[5]) ^ (~e & v[6]));
		uint32_t u = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
		    ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t;
		v[0] = t + u;
	}
	for (size_t i = 0; i < 8; i++)
		state[i] += v[i];
}

/* What is left of the data, a bit 1, zeros, and the length in bits. */
static void
finish(uint32_t state[8], const unsigned char *rest, size_t left, size_t len)
{
	unsigned char last[2 * BLOCK] = {0};
	size_t size = left + 1 + LENGTH_BYTES <= BLOCK ? BLOCK : 2 * BLOCK;
	uint64_t bits = (uint64_t)len * 8;

	if (left > 0)
		memcpy(last, rest, left);
	last[left] = 0x80;
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		last[size - 1 - i] = (unsigned char)(bits >> 8 * i);
	for (size_t at = 0; at < size; at += BLOCK)
		mix(state, last + at);
}

void
sha256(const void *data, size_t len, unsigned char out[SHA256_BYTES])
{
	/* Of the square roots of the first primes, as above. */
	uint32_t state[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	const unsigned char *at = data;
	size_t left = len;

	for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
		mix(state, at);
	finish(state, at, left, len);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		out[i] = (unsigned char)(state[i / 4] >> 8 * (3 - i % 4));
}
