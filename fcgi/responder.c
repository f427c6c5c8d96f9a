/* responder.c: the main of every program of the web side. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "responder.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "buffer.h"
#include "exchange.h"
#include "log.h"
#include "measure.h"
#include "own_socket.h"
#include "program.h"
#include "reload.h"
#include "restart.h"
#include "server.h"

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
serve_by_hand(const struct family *family, const struct config *config,
    struct metrics *metrics)
{
	struct shared shared;
	struct worker worker;
	struct exchange x = {0};
	size_t written;

	shared_init(&shared, config, family->writes, metrics);
	worker_init(&worker, &shared);
	exchange_begin(&x, &worker, environ);
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

static bool
is_listening(int fd)
{
	socklen_t len = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
	    &len) == 0 && listening;
}

/* What the command line says. */
struct command {
	char *const *argv;
	const char *config_path;
	bool test;
};

/*
 * What threads have freed stays in their arena. Eight arenas a processor, the
 * C library's default, are no faster here, and hold 2.5 MB more of 24.
 */
static void
share_arenas(void)
{
#ifdef M_ARENA_MAX
	(void)mallopt(M_ARENA_MAX, 2 * get_nprocs());	/* only a wish */
#endif
}

static enum served
serve_socket(const struct family *family, const struct config *config,
    const struct command *command, struct metrics *metrics)
{
	struct reload reload;
	enum served served;

	share_arenas();
	own_socket_restrict(STDIN_FILENO);
	metrics_set(metrics, METRIC_THREADS, (uint64_t)config->threads);
	reload_start(&reload, config, command->config_path);
	served = server_run(family, config, metrics, command->argv);
	reload_stop(&reload);
	return served;
}

/* *served: what became of it, if it is a server. */
static int
serve_counted(const struct family *family, const struct config *config,
    const struct command *command, enum served *served)
{
	const char **routes = measure_routes(family);
	struct metrics *metrics = metrics_open(config->metrics_dir,
	    family->name, routes);
	int status;

	log_count_in(metrics);
	if (is_listening(STDIN_FILENO)) {
		*served = serve_socket(family, config, command, metrics);
		status = *served == SERVED ? EXIT_OK : EXIT_AGAIN;
	} else {
		status = serve_by_hand(family, config, metrics);
	}
	log_count_in(NULL);
	metrics_close(metrics);
	free(routes);
	return status;
}

/* *restarts: it was told to begin anew. */
static int
serve(const struct family *family, const struct config *config,
    const struct command *command, bool *restarts)
{
	enum served served = SERVED;
	int status;

	if (reload_log_open(family->name, config) != RESULT_OK)
		return EXIT_AGAIN;
	json_object_seed(0);
	status = serve_counted(family, config, command, &served);
	*restarts = served == SERVED_AND_RESTARTS;
	return status;
}

static int
begin(const struct family *family, int argc, char **argv,
    struct config *config, struct command *command)
{
	struct buffer about = BUFFER_EMPTY;
	int status;

	command->argv = argv;
	buffer_printf(&about, "Answers requests about %s: as a FastCGI "
	    "responder if standard\ninput is a listening socket, else one "
	    "request out of the CGI\nenvironment.\n", family->about);
	status = program_begin(&(struct program){
		.name = family->name, .about = about.data,
		.config_path = &command->config_path,
		.flags = { { "test", "only check the configuration",
		    &command->test } },
	    }, argc, argv, config);
	buffer_free(&about);
	return status;
}

int
responder_main(const struct family *family, int argc, char **argv)
{
	struct command command = {0};
	struct config config;
	bool restarts = false;
	int status = begin(family, argc, argv, &config, &command);

	if (status >= 0)
		return status;
	if (!command.test)
		status = serve(family, &config, &command, &restarts);
	config_free(&config);
	if (restarts)
		restart_now(argv);
	return command.test ? EXIT_OK : status;
}
