/* responder.c: the main of every program of the web side. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "responder.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exchange.h"
#include "log.h"
#include "own_socket.h"
#include "server.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define EXIT_USAGE 100
#define EXIT_AGAIN 111

extern char **environ;

/* ---- one request by hand ---- */

/* Reads no further than Content-Length: the rest may be a terminal. */
static void
read_standard_input(struct exchange *x, const struct family *family,
    const struct config *config)
{
	struct buffer *const body = &x->request.body;
	char chunk[8192];
	size_t most, want;
	ssize_t got;

	if (!exchange_wants_body(x, family, config, &most))
		return;
	while (body->len < x->request.content_length) {
		want = (size_t)x->request.content_length - body->len;
		got = read(STDIN_FILENO, chunk,
		    want < sizeof(chunk) ? want : sizeof(chunk));
		if (got <= 0)
			break;
		buffer_add(body, chunk, (size_t)got);
	}
}

static int
serve_by_hand(const struct family *family, const struct config *config)
{
	struct shared shared;
	struct worker worker;
	struct exchange x = {0};
	size_t written;

	shared_init(&shared, config, family->writes);
	worker_init(&worker, &shared);
	request_read(&x.request, environ);
	read_standard_input(&x, family, config);
	exchange_run(&x, family, &worker);
	written = fwrite(x.out.data, 1, x.out.len, stdout);
	if (fflush(stdout) != 0)
		written = 0;
	worker_clear(&worker);
	shared_clear(&shared);
	if (written < x.out.len) {
		log_error(x.request.id, "the answer could not be written");
		exchange_free(&x);
		return EXIT_AGAIN;
	}
	exchange_free(&x);
	return 0;
}

/* ---- the program ---- */

static void
usage(const struct family *family, FILE *out)
{
	fprintf(out, "usage: %s [-c FILE]\n"
	    "Answers requests about %s: as a FastCGI responder if standard\n"
	    "input is a listening socket, else one request out of the CGI\n"
	    "environment.\n"
	    "  -c, --config FILE  read the configuration from FILE\n"
	    "  -h, --help         show this text\n"
	    "  -V, --version      show the version\n",
	    family->name, family->about);
	config_usage(out);
}

/* Returns the exit code, or -1 to go on. */
static int
read_options(const struct family *family, int argc, char **argv,
    const char **config_path)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) !=
	    -1) {
		switch (option) {
		case 'c':
			*config_path = optarg;
			break;
		case 'h':
			usage(family, stdout);
			return 0;
		case 'V':
			printf("%s %s\n", family->name, PACKAGE_VERSION);
			return 0;
		default:
			fprintf(stderr, "Try '%s --help'.\n", family->name);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "%s: no arguments are taken\n", family->name);
	return EXIT_USAGE;
}

static bool
is_listening(int fd)
{
	socklen_t len = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
	    &len) == 0 && listening;
}

int
responder_main(const struct family *family, int argc, char **argv)
{
	const char *config_path = NULL;
	struct config config;
	char error[512];
	int code;

	code = read_options(family, argc, argv, &config_path);
	if (code >= 0)
		return code;
	if (config_load(&config, config_path, environ, error,
	    sizeof(error)) != RESULT_OK) {
		fprintf(stderr, "%s: %s\n", family->name, error);
		return EXIT_USAGE;
	}
	log_open(family->name, config.log_level, config.log_target);
	json_object_seed(0);
	if (is_listening(STDIN_FILENO)) {
		own_socket_restrict(STDIN_FILENO);
		code = server_run(family, &config) ? 0 : EXIT_AGAIN;
	} else {
		code = serve_by_hand(family, &config);
	}
	config_free(&config);
	return code;
}
