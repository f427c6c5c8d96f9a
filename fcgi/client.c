/* client.c: whose request it is, where proxies stand in between. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"

#include <string.h>
#include <strings.h>

#define NOBODY "-"
#define SPACES " \t"

/* The way that a request came, read from its far end to the near one. */
struct way {
	const struct networks *proxies;
	struct address client;	/* as far as it has been read */
	bool known;
};

/* Up to the next of the characters; moves on to it. */
static size_t
span(const char **s, const char *until)
{
	const size_t len = strcspn(*s, until);

	*s += len;
	return len;
}

/* Reads an address that may have a port, and then, as IPv6, brackets. */
static bool
node_read(struct address *address, const char *s, size_t len)
{
	const char *const bracket = memchr(s, ']', len);
	const char *const colon = memchr(s, ':', len);

	if (len > 0 && *s == '[') {
		if (bracket == NULL)
			return false;
		return address_read(address, s + 1,
		    (size_t)(bracket - s - 1));
	}
	if (colon != NULL &&
	    memchr(colon + 1, ':', len - (size_t)(colon + 1 - s)) == NULL)
		len = (size_t)(colon - s);
	return address_read(address, s, len);
}

/*
 * The next station. What is no address was written by the station after it,
 * which is then the furthest that is known.
 */
static void
pass(struct way *way, const char *s, size_t len)
{
	struct address address;

	if (!node_read(&address, s, len)) {
		way->known = false;
		return;
	}
	if (way->known && networks_have(way->proxies, &address))
		return;
	way->client = address;
	way->known = true;
}

/* X-Forwarded-For: addresses with commas between. */
static void
read_list(struct way *way, const char *s)
{
	const char *start;
	size_t len;

	for (;;) {
		s += strspn(s, SPACES ",");
		if (*s == '\0')
			return;
		start = s;
		len = span(&s, ",");
		while (len > 0 && strchr(SPACES, start[len - 1]) != NULL)
			len--;
		pass(way, start, len);
	}
}

/* The value of a parameter, quoted or not. False: the quote never ends. */
static bool
read_value(const char **s, const char **value, size_t *len)
{
	if (**s != '"') {
		*value = *s;
		*len = span(s, ",; \t\"");
		return true;
	}
	*value = ++*s;
	*len = span(s, "\"\\");	/* no address has an escape in it */
	return *(*s)++ == '"';
}

/*
 * Forwarded (RFC 7239): the same in for=, with other parameters beside it.
 * False: it is not well formed, so nobody knows who wrote which part of it.
 */
static bool
read_forwarded(struct way *way, const char *s)
{
	const char *name, *value, *station = "";
	size_t name_len, len, station_len = 0;

	for (;; s++) {
		s += strspn(s, SPACES);
		name = s;
		name_len = span(&s, "=,; \t\"");
		if (*s == '=') {
			s++;
			if (!read_value(&s, &value, &len))
				return false;
			if (name_len == 3 && strncasecmp(name, "for", 3) == 0) {
				station = value;
				station_len = len;
			}
		} else if (name_len > 0) {
			return false;
		}
		s += strspn(s, SPACES);
		if (*s == ';')
			continue;
		if (*s != ',' && *s != '\0')
			return false;
		pass(way, station, station_len);
		station_len = 0;
		if (*s == '\0')
			return true;
	}
}

void
client_group(const struct request *req, const struct config *config,
    char out[ADDRESS_TEXT])
{
	struct way way = {.proxies = &config->trusted_proxies};
	struct address peer;

	if (req->remote_address == NULL || !address_read(&peer,
	    req->remote_address, strlen(req->remote_address))) {
		memcpy(out, NOBODY, sizeof(NOBODY));
		return;
	}
	if (networks_have(way.proxies, &peer)) {
		if (config->trusted_header == TRUSTED_FORWARDED_FOR &&
		    req->forwarded_for != NULL)
			read_list(&way, req->forwarded_for);
		else if (config->trusted_header == TRUSTED_FORWARDED &&
		    req->forwarded != NULL &&
		    !read_forwarded(&way, req->forwarded))
			way.known = false;
	}
	address_group(way.known ? &way.client : &peer, out);
}
