/* fuzz_header.c: values of headers, and what is read out of them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fcgi/client.h"
#include "../../fcgi/header.h"
#include "echo.h"
#include "fuzz.h"
#include "memory.h"

/* What was read, quoted, is read again. */
static void
check_parameter(const char *value)
{
	char *const word = header_parameter(value, "boundary"), *again;
	struct buffer line = BUFFER_EMPTY;

	if (word == NULL)
		return;
	buffer_str(&line, "any; other=\"x;y\"; Boundary=\"");
	for (const char *s = word; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buffer_char(&line, '\\');
		buffer_char(&line, *s);
	}
	buffer_str(&line, "\"");
	again = header_parameter(line.data, "boundary");
	CHECK(again != NULL && strcmp(again, word) == 0);
	free(again);
	free(word);
	buffer_free(&line);
}

/* The answer's own tag, among whatever else, is recognised. */
static void
check_match(const struct exchange *first, const char *others)
{
	const char *const tag = strstr(first->out.data, "\r\nETag: ");
	const int len = tag != NULL ? (int)strcspn(tag + 8, "\r") : 0;
	char *line, uri[] = "REQUEST_URI=/page", *envp[] = {uri, NULL, NULL};
	struct exchange x = {0};
	struct ask a = {.body = ""};

	CHECK(len > 0);
	line = xmalloc(strlen(others) + (size_t)len + 40);
	sprintf(line, "HTTP_IF_NONE_MATCH=%s, W/%.*s", others, len, tag + 8);
	envp[1] = line;
	memcpy(a.envp, envp, sizeof(envp));
	CHECK(ask(&a, &echo_family, &x) == 304);
	exchange_free(&x);
	free(line);
}

/*
 * Whatever a client writes in front of it, the last station that is no
 * trusted proxy is the client; or, where nobody can tell the parts from each
 * other any more, who connected.
 */
static void
check_client(const char *value, enum trusted_header header,
    const char *station)
{
	struct config config = {.trusted_header = header};
	struct buffer line = BUFFER_EMPTY;
	struct request req = {.remote_address = "10.0.0.1"};
	char group[ADDRESS_TEXT];

	CHECK(networks_read(&config.trusted_proxies, "10.0.0.0/8"));
	buffer_printf(&line, "%s, %s", value, station);
	req.forwarded = req.forwarded_for = line.data;
	client_group(&req, &config, group);
	CHECK(strcmp(group, "192.0.2.7") == 0 ||
	    (header == TRUSTED_FORWARDED && strcmp(group, "10.0.0.1") == 0));
	networks_free(&config.trusted_proxies);
	buffer_free(&line);
}

/*
 * An input is a CGI environment; each of its values is looked at as if it
 * had parameters, and GET /page is asked with the headers that it names.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char uri[] = "REQUEST_URI=/page", method[] = "REQUEST_METHOD=GET";
	struct exchange x = {0};
	struct ask a;
	size_t i;

	ask_read(&a, data, size);
	for (i = 0; i < ASK_LINES && a.envp[i] != NULL; i++) {
		check_parameter(a.envp[i]);
		check_client(a.envp[i], TRUSTED_FORWARDED_FOR, "192.0.2.7");
		check_client(a.envp[i] + strcspn(a.envp[i], "=;,"),
		    TRUSTED_FORWARDED, "for=192.0.2.7");
		/* These three decide what is asked; here, the rest matters. */
		if (strncmp(a.envp[i], "REQUEST_METHOD=", 15) == 0)
			a.envp[i] = method;
		else if (strncmp(a.envp[i], "REQUEST_URI=", 12) == 0)
			a.envp[i] = uri;
	}
	if (i + 2 <= ASK_LINES) {
		a.envp[i++] = uri;
		a.envp[i] = method;
	}
	if (ask(&a, &echo_family, &x) == 200)
		check_match(&x, a.envp[0]);
	exchange_free(&x);
	ask_clear(&a);
	return 0;
}
