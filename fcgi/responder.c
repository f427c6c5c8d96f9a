/* responder.c: accepts requests from the web server; worker threads. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "responder.h"

#include <errno.h>
#include <fcgiapp.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "exchange.h"
#include "log.h"
#include "memory.h"
#include "pid_file.h"
#include "thread.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define EXIT_USAGE 100
#define EXIT_AGAIN 111

#define LISTENING 0		/* the socket is standard input */
#define WAKE SIGUSR2		/* makes a thread come back from accept */
#define DRAIN_MS 1000		/* how long a stop may wait for its turn */
#define ACCEPT_PAUSE_MS 100

/*
 * libfcgi waits this long, in milliseconds, for the web server to close a
 * connection that we have shut down; its own default is 2 seconds.
 */
#define CLOSE_TIMEOUT "100"

extern char **environ;

/* What the threads of a serving process share. */
struct responder {
	const struct family *family;
	struct shared *shared;
	struct thread *threads;
	int count;
	atomic_bool stop;
	int64_t stop_by;	/* valid once stop is set */
};

struct thread {
	struct responder *responder;
	pthread_t id;
	atomic_bool accepting;	/* WAKE disturbs nothing */
	atomic_bool done;
};

/* ---- one request ---- */

static void
read_body(struct exchange *x, const struct family *family,
    const struct config *config, FCGX_Stream *in)
{
	char chunk[8192];
	size_t most;
	int got;

	if (!exchange_wants_body(x, family, config, &most))
		return;
	while (x->request.body.len < most &&
	    (got = FCGX_GetStr(chunk, sizeof(chunk), in)) > 0)
		buffer_add(&x->request.body, chunk, (size_t)got);
}

static void
serve(const struct family *family, struct worker *worker,
    struct exchange *x, FCGX_Request *fcgi)
{
	request_read(&x->request, fcgi->envp);
	read_body(x, family, worker->config, fcgi->in);
	exchange_run(x, family, worker);
	if (x->out.len <= INT_MAX)
		FCGX_PutStr(x->out.data, (int)x->out.len, fcgi->out);
	FCGX_Finish_r(fcgi);
	exchange_reset(x);
}

/* ---- a worker thread ---- */

/* While stopping: who waits at the socket already is still served. */
static bool
may_accept(const struct responder *r)
{
	struct pollfd listening = {.fd = LISTENING, .events = POLLIN};

	if (!atomic_load(&r->stop))
		return true;
	return clock_mono_ms() < r->stop_by && poll(&listening, 1, 0) == 1;
}

/*
 * No lock around FCGX_Accept_r: behind one, a single connection that says
 * nothing would hold up all threads. An error (too many files, say) passes;
 * leaving because of it would only make a respawn storm of it.
 */
static bool
accept_next(struct thread *t, FCGX_Request *fcgi)
{
	bool told = false;
	int error;

	while (may_accept(t->responder)) {
		atomic_store(&t->accepting, true);
		error = FCGX_Accept_r(fcgi);
		atomic_store(&t->accepting, false);
		if (error == 0)
			return true;
		if (error == -EINTR)
			continue;
		if (!told)
			log_warn(NULL, "accept: %s", strerror(-error));
		told = true;
		thread_pause(ACCEPT_PAUSE_MS);
	}
	return false;
}

static void *
work(void *argument)
{
	struct thread *const t = argument;
	struct responder *const r = t->responder;
	struct exchange x = {0};
	struct worker worker;
	FCGX_Request fcgi;
	sigset_t wake;

	sigemptyset(&wake);
	sigaddset(&wake, WAKE);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	worker_init(&worker, r->shared);
	FCGX_InitRequest(&fcgi, LISTENING, FCGI_FAIL_ACCEPT_ON_INTR);
	while (accept_next(t, &fcgi))
		serve(r->family, &worker, &x, &fcgi);
	FCGX_Free(&fcgi, 1);
	exchange_free(&x);
	worker_clear(&worker);
	atomic_store(&t->done, true);
	return NULL;
}

/* ---- the serving process ---- */

static void
on_wake(int signal)
{
	(void)signal;		/* to interrupt accept is all it does */
}

/*
 * Before FCGX_Init, which would else put handlers of its own in place.
 * Termination is waited for by sigwait, so no handler runs for it.
 */
static void
prepare_signals(sigset_t *termination)
{
	struct sigaction action = {.sa_handler = on_wake};

	sigaction(WAKE, &action, NULL);		/* no SA_RESTART */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(termination);
	sigaddset(termination, SIGTERM);
	sigaddset(termination, SIGINT);
	sigaddset(termination, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, termination, NULL);
}

static void
start_threads(struct responder *r)
{
	int i;

	r->count = r->shared->config->threads;
	r->threads = xcalloc((size_t)r->count, sizeof(*r->threads));
	for (i = 0; i < r->count; i++) {
		r->threads[i].responder = r;
		thread_start(&r->threads[i].id, work, &r->threads[i]);
	}
}

/*
 * The listening socket may belong to sibling processes too, so it cannot be
 * shut down to wake who waits there: each thread is signalled, again and
 * again, because a signal may come just before it begins to wait.
 */
static void
stop_threads(struct responder *r)
{
	int i, left;

	r->stop_by = clock_mono_ms() + DRAIN_MS;
	atomic_store(&r->stop, true);
	do {
		left = 0;
		for (i = 0; i < r->count; i++) {
			if (atomic_load(&r->threads[i].done))
				continue;
			left++;
			if (atomic_load(&r->threads[i].accepting))
				pthread_kill(r->threads[i].id, WAKE);
		}
		if (left > 0)
			thread_pause(1);
	} while (left > 0);
	for (i = 0; i < r->count; i++)
		pthread_join(r->threads[i].id, NULL);
	free(r->threads);
	/*
	 * Whoever comes now is refused, and the web server tries another
	 * process, instead of waiting for us and being cut off at our end.
	 */
	close(LISTENING);
}

static int
serve_until_stopped(const struct family *family, const struct config *config)
{
	struct shared shared;
	struct responder r = {.family = family, .shared = &shared};
	char *pid_path = NULL;
	sigset_t termination;
	int signal;

	prepare_signals(&termination);
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_TIMEOUT, 0);
	if (FCGX_Init() != 0) {
		log_error(NULL, "libfcgi could not be initialised");
		return EXIT_AGAIN;
	}
	if (*config->pid_dir != '\0' && pid_file_write(config->pid_dir,
	    LISTENING, family->name, &pid_path) != RESULT_OK)
		return EXIT_AGAIN;
	shared_init(&shared, config, family->writes);
	start_threads(&r);
	log_info(NULL, "serving with %d threads", r.count);
	sigwait(&termination, &signal);
	stop_threads(&r);
	shared_clear(&shared);
	log_info(NULL, "stopped by signal %d", signal);
	pid_file_remove(pid_path);
	return 0;
}

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
	code = is_listening(LISTENING) ?
	    serve_until_stopped(family, &config) :
	    serve_by_hand(family, &config);
	config_free(&config);
	return code;
}
