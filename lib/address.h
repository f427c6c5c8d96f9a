/* address.h: IP addresses of clients, and the networks that they are in. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADDRESS_H
#define PARLEY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

#define ADDRESS_BYTES 16
#define ADDRESS_TEXT 52		/* IPv6 as text, "/64", and the NUL */

/* IPv4 is kept as IPv6 writes it: ::ffff:192.0.2.1. */
struct address {
	unsigned char bytes[ADDRESS_BYTES];
};

/* Reads an address without anything around it. False: it is none. */
MUST_CHECK bool address_read(struct address *, const char *, size_t len);

/*
 * Who is counted as one: an IPv4 address, or the first 64 bits of an IPv6
 * one, because whoever has one of those addresses has all of them.
 */
void address_group(const struct address *, char out[ADDRESS_TEXT]);

struct network {
	struct address address;
	unsigned bits;		/* that count, of 128 */
};

/* All zero holds none. */
struct networks {
	struct network *network;
	size_t count;
};

/*
 * Reads addresses and networks such as 192.0.2.0/24 or 2001:db8::/32, with
 * spaces between; to be freed. False, and nothing to free, if one
 * of them is neither, or has bits behind its length.
 */
MUST_CHECK bool networks_read(struct networks *, const char *);
void networks_free(struct networks *);

/* Whether the address is in one of them. */
bool networks_have(const struct networks *, const struct address *);

#endif
