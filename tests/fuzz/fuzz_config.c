/* fuzz_config.c: the configuration file, read and written and read again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "config_table.h"
#include "fuzz.h"

#define PATH_SIZE 64
#define NETWORKS 3

/* Loads a file of these bytes. */
static enum result
load(struct config *config, const void *data, size_t size)
{
	char path[PATH_SIZE], error[512] = "", *none[] = {NULL};
	const int fd = memfd_create("parley.conf", 0);
	enum result result;

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	CHECK(fchmod(fd, 0600) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result = config_load(config, path, none, error, sizeof(error));
	close(fd);
	CHECK((result != RESULT_OK) == (error[0] != '\0'));
	return result;
}

static const void *
member(const struct config *config, const struct config_row *row)
{
	return (const char *)config + row->offset;
}

/* Those of IPv4 are kept as ::ffff:0:0/96. */
static void
write_networks(struct buffer *out, const struct networks *networks)
{
	static const unsigned char ipv4[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < networks->count; i++) {
		const struct network *const n = &networks->network[i];
		const unsigned char *const bytes = n->address.bytes;
		const bool old = memcmp(bytes, ipv4, sizeof(ipv4)) == 0 &&
		    n->bits >= 96;

		CHECK(n->bits <= 8 * ADDRESS_BYTES);
		inet_ntop(old ? AF_INET : AF_INET6, old ? bytes + 12 : bytes,
		    text, sizeof(text));
		buffer_printf(out, "%s/%u ", text, old ? n->bits - 96 :
		    n->bits);
	}
}

/*
 * Writes the key as the file has it; what is set is within its limits. White
 * space before a value that begins with ';' would make a comment of it.
 */
static void
write_row(struct buffer *out, const struct config *config,
    const struct config_row *row)
{
	const void *const at = member(config, row);
	const struct rate *const rate = at;
	size_t len;

	buffer_printf(out, "%s=", row->key);
	switch (row->type) {
	case TYPE_STRING:
	case TYPE_SECRET:
	case TYPE_LOGIN_URL:
	case TYPE_LOG_TARGET:
	case TYPE_ORIGINS:
		len = strlen(*(char *const *)at);
		CHECK(len >= row->min && len <= row->max);
		buffer_str(out, *(char *const *)at);
		break;
	case TYPE_INT:
		CHECK(*(const int *)at >= (int)row->min);
		CHECK(*(const int *)at <= (int)row->max);
		buffer_printf(out, "%d", *(const int *)at);
		break;
	case TYPE_BYTES:
		CHECK(*(const size_t *)at >= row->min);
		CHECK(*(const size_t *)at <= row->max);
		buffer_printf(out, "%zu", *(const size_t *)at);
		break;
	case TYPE_CHOICE:
		buffer_str(out, row->choices[*(const int *)at]);
		break;
	case TYPE_RATE:
		if (rate->per_minute == 0)
			buffer_str(out, "0");
		else
			buffer_printf(out, "%u/%u", rate->per_minute,
			    rate->burst);
		break;
	case TYPE_NETWORKS:
		write_networks(out, at);
		break;
	}
	buffer_char(out, '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer out = BUFFER_EMPTY;
	struct config config, again;
	size_t i;

	if (load(&config, data, size))
		return 0;
	for (i = 0; i < config_table_rows; i++)
		write_row(&out, &config, &config_table[i]);
	/* Written out, more networks than these may not fit into a line. */
	if (config.trusted_proxies.count <= NETWORKS) {
		CHECK(load(&again, out.data, out.len) == RESULT_OK);
		for (i = 0; i < config_table_rows; i++)
			CHECK(config_table_same(&config, &again,
			    &config_table[i]));
		config_free(&again);
	}
	config_free(&config);
	buffer_free(&out);
	return 0;
}
