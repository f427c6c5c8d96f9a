/* address.c: IP addresses of clients, and the networks that they are in. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define BITS 128
#define MAPPED_BITS 96		/* of ::ffff:0:0/96, where IPv4 is */
#define GROUP_BYTES 8		/* of IPv6: what one client has of it */
#define SEPARATORS " \t"

static const unsigned char mapped[MAPPED_BITS / 8] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff,
};

static bool
is_ipv4(const struct address *address)
{
	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

bool
address_read(struct address *address, const char *s, size_t len)
{
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	memcpy(address->bytes, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text,
	    address->bytes + sizeof(mapped)) == 1 ||
	    inet_pton(AF_INET6, text, address->bytes) == 1;
}

void
address_group(const struct address *address, char out[ADDRESS_TEXT])
{
	struct address group = {{0}};
	char text[INET6_ADDRSTRLEN] = "";

	if (is_ipv4(address)) {
		inet_ntop(AF_INET, address->bytes + sizeof(mapped), out,
		    ADDRESS_TEXT);
		return;
	}
	memcpy(group.bytes, address->bytes, GROUP_BYTES);
	inet_ntop(AF_INET6, group.bytes, text, sizeof(text));
	snprintf(out, ADDRESS_TEXT, "%s/%d", text, GROUP_BYTES * 8);
}

/* ---- networks ---- */

/* Whether the first bits of both are the same. */
static bool
share(const struct address *a, const struct address *b, unsigned bits)
{
	const size_t whole = bits / 8;
	const unsigned rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	    (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

/* Whether nothing is set behind the bits: 192.0.2.1/24 is a mistake. */
static bool
ends_with_zeros(const struct network *network)
{
	unsigned bit;

	for (bit = network->bits; bit < BITS; bit++) {
		if (network->address.bytes[bit / 8] & 0x80 >> bit % 8)
			return false;
	}
	return true;
}

/* The length behind the slash, of at most `most`. False: it is none. */
static bool
length_read(const char *s, size_t len, unsigned most, unsigned *bits)
{
	size_t i;

	*bits = 0;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*bits = *bits * 10 + (unsigned)(s[i] - '0');
		if (*bits > most)
			return false;
	}
	return len > 0;
}

static bool
network_read(struct network *network, const char *s, size_t len)
{
	const char *const slash = memchr(s, '/', len);
	const size_t before = slash != NULL ? (size_t)(slash - s) : len;
	unsigned skipped, bits;

	if (!address_read(&network->address, s, before))
		return false;
	skipped = is_ipv4(&network->address) ? MAPPED_BITS : 0;
	bits = BITS - skipped;
	if (slash != NULL &&
	    !length_read(slash + 1, len - before - 1, bits, &bits))
		return false;
	network->bits = skipped + bits;
	return ends_with_zeros(network);
}

bool
networks_read(struct networks *networks, const char *list)
{
	size_t len;

	*networks = (struct networks){0};
	for (list += strspn(list, SEPARATORS); *list != '\0';
	    list += strspn(list, SEPARATORS)) {
		len = strcspn(list, SEPARATORS);
		networks->network = xrealloc(networks->network,
		    networks->count + 1, sizeof(*networks->network));
		if (!network_read(&networks->network[networks->count], list,
		    len)) {
			networks_free(networks);
			return false;
		}
		networks->count++;
		list += len;
	}
	return true;
}

void
networks_free(struct networks *networks)
{
	free(networks->network);
	*networks = (struct networks){0};
}

bool
networks_have(const struct networks *networks, const struct address *address)
{
	size_t i;

	for (i = 0; i < networks->count; i++) {
		if (share(&networks->network[i].address, address,
		    networks->network[i].bits))
			return true;
	}
	return false;
}
