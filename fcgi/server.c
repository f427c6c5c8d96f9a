/* server.c: takes requests from the web server; worker threads. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "delay.h"
#include "drain.h"
#include "exchange.h"
#include "log.h"
#include "memory.h"
#include "own_socket.h"
#include "pid_file.h"
#include "restart.h"
#include "thread.h"

#define LISTENING STDIN_FILENO
#define RESTART SIGUSR2
#define WAKE SIGRTMIN		/* ends a call that a thread waits in */
#define ACCEPT_PAUSE_MS 100
#define WATCH_MS LOG_WAITS_MS	/* how late a late web server is noticed */
#define HELD_MOST 64		/* refusals that are held back at once */

/* What the threads of a serving process share. */
struct server {
	const struct family *family;
	struct shared *shared;
	struct delayer *delayer;	/* of refusals; NULL: none is held */
	struct thread *threads;
	int count;
	struct drain drain;
};

struct thread {
	struct server *server;
	pthread_t id;
	struct connection *connection;
	atomic_bool accepting;	/* WAKE disturbs nothing */
	atomic_int_least64_t due; /* until then it waits for the web server;
				   * 0: it does not */
	atomic_bool done;
};

/* ---- the web server's turn ---- */

/*
 * From here on the web server is to give, or to take; one that does neither
 * in time must not keep the thread. (It may be on another host, which died;
 * or pass on a body as slowly as its client sends it.)
 */
static void
turn_begins(struct thread *t)
{
	atomic_store(&t->due, clock_mono_ms() +
	    t->server->shared->config->web_timeout_ms);
}

/* Whether that was in time. */
static bool
turn_ends(struct thread *t)
{
	return clock_mono_ms() < atomic_exchange(&t->due, 0);
}

/* By whoever watches: ends what is late, or all of it. */
static void
wake_late(struct server *s, bool all)
{
	const int64_t now = clock_mono_ms();
	int64_t due;

	for (int i = 0; i < s->count; i++) {
		due = atomic_load(&s->threads[i].due);
		if (due != 0 && (all || now >= due))
			pthread_kill(s->threads[i].id, WAKE);
	}
}

/* ---- one request ---- */

/* The answer is written; it fits where libfcgi keeps it until now. */
static void
finish_held(void *connection)
{
	connection_finish(connection);
	connection_free(connection);
}

/*
 * Who is over his limit and asks again at once, all the time, costs as much
 * as if he were answered. So the refusal comes late; no thread waits for it.
 */
static bool
hold_back(struct thread *t, const struct worker *worker)
{
	if (!worker->charge.refused || t->server->delayer == NULL ||
	    !delayer_take(t->server->delayer, t->connection))
		return false;
	t->connection = connection_new();
	return true;
}

static void
serve(struct thread *t, struct worker *worker, struct exchange *x)
{
	const struct family *const family = t->server->family;
	struct connection *const c = t->connection;

	exchange_begin(x, worker, connection_environment(c));
	connection_read_body(c, x, family, worker->config);
	if (!turn_ends(t) && x->request.body_cut_short)
		x->request.body_late = true;
	exchange_run(x, family, worker);
	turn_begins(t);
	connection_answer(c, &x->out);
	if (!hold_back(t, worker))
		connection_finish(c);
	if (!turn_ends(t))
		log_warn(x->request.id, "the answer was not taken in time");
	exchange_reset(x);
}

/* ---- a worker thread ---- */

/* The connection, or -1. */
static int
accept_connection(struct thread *t)
{
	int fd;

	atomic_store(&t->accepting, true);
	fd = own_socket_accept(LISTENING);
	atomic_store(&t->accepting, false);
	return fd;
}

static bool
receive(struct thread *t, int fd)
{
	turn_begins(t);
	if (connection_receive(t->connection, fd))
		return true;
	turn_ends(t);
	log_debug(NULL, "a connection brought no request");
	return false;
}

/*
 * No lock around accept: behind one, a single connection that says nothing
 * would hold up all threads. An error (too many files, say) passes; leaving
 * because of it would only make a respawn storm of it.
 */
static bool
next_request(struct thread *t)
{
	bool told = false, kept;
	int fd;

	while (drain_may_accept(&t->server->drain, LISTENING)) {
		/* The web server may have wanted to keep the last one. */
		kept = connection_kept(t->connection);
		fd = kept ? -1 : accept_connection(t);
		if (kept || fd >= 0) {
			if (receive(t, fd))
				return true;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EINVAL && atomic_load(&t->server->drain.begun))
			return false;	/* it refuses, and the last has come */
		if (!told)
			log_warn(NULL, "accept: %s", strerror(errno));
		told = true;
		thread_pause(ACCEPT_PAUSE_MS);
	}
	return false;
}

static void *
work(void *argument)
{
	struct thread *const t = argument;
	struct exchange x = {0};
	struct worker worker;
	sigset_t wake;

	sigemptyset(&wake);
	sigaddset(&wake, WAKE);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	worker_init(&worker, t->server->shared);
	t->connection = connection_new();
	while (next_request(t))
		serve(t, &worker, &x);
	connection_free(t->connection);
	exchange_free(&x);
	worker_clear(&worker);
	atomic_store(&t->done, true);
	return NULL;
}

/* ---- the serving process ---- */

static void
on_wake(int signal)
{
	(void)signal;		/* to interrupt a call is all it does */
}

/*
 * Before connection_init, which would else put libfcgi's handlers in place.
 * Termination is waited for by sigtimedwait, so no handler runs for it.
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
	sigaddset(termination, RESTART);
	pthread_sigmask(SIG_BLOCK, termination, NULL);
}

static void
start_threads(struct server *s)
{
	int i;

	s->count = s->shared->config->threads;
	s->threads = xcalloc((size_t)s->count, sizeof(*s->threads));
	for (i = 0; i < s->count; i++) {
		s->threads[i].server = s;
		thread_start(&s->threads[i].id, work, &s->threads[i]);
	}
}

/* Until a signal says to stop or to begin anew, which it returns. */
static int
watch_threads(struct server *s, const sigset_t *signals, char *const argv[])
{
	const struct timespec pause = {.tv_nsec = WATCH_MS * 1000000L};
	int signal;

	do {
		while ((signal = sigtimedwait(signals, NULL, &pause)) < 0) {
			wake_late(s, false);
			log_flush();
		}
	} while (signal == RESTART && !restart_possible(argv));
	return signal;
}

/*
 * The listening socket may belong to sibling processes too, so it cannot be
 * shut down to wake who waits there: each thread is signalled, again and
 * again, because a signal may come just before it begins to wait.
 */
static void
stop_threads(struct server *s, bool restart)
{
	int i, left;

	drain_begin(&s->drain, LISTENING, s->shared->config->own_socket,
	    restart);
	do {
		left = 0;
		for (i = 0; i < s->count; i++) {
			if (atomic_load(&s->threads[i].done))
				continue;
			left++;
			if (atomic_load(&s->threads[i].accepting))
				pthread_kill(s->threads[i].id, WAKE);
		}
		wake_late(s, drain_is_late(&s->drain));
		log_flush();
		if (left > 0)
			thread_pause(1);
	} while (left > 0);
	for (i = 0; i < s->count; i++)
		pthread_join(s->threads[i].id, NULL);
	free(s->threads);
	/*
	 * Whoever comes now is refused, and the web server tries another
	 * process, instead of waiting for us and being cut off at our end.
	 */
	if (!restart)
		close(LISTENING);
}

enum served
server_run(const struct family *family, const struct config *config,
    struct metrics *metrics, char *const argv[])
{
	struct shared shared;
	struct server s = {.family = family, .shared = &shared};
	char *pid_path = NULL;
	sigset_t signals;
	int signal;

	prepare_signals(&signals);
	if (!connection_init())
		return SERVED_NOTHING;
	if (*config->pid_dir != '\0' && pid_file_write(config->pid_dir,
	    LISTENING, family->name, &pid_path) != RESULT_OK)
		return SERVED_NOTHING;
	shared_init(&shared, config, family->writes, metrics);
	if (config->limits && config->limit_hold_ms > 0)
		s.delayer = delayer_new(finish_held, HELD_MOST,
		    config->limit_hold_ms);
	start_threads(&s);
	log_info(NULL, "serving with %d threads", s.count);
	signal = watch_threads(&s, &signals, argv);
	stop_threads(&s, signal == RESTART);
	delayer_free(s.delayer);
	shared_clear(&shared);
	log_info(NULL, "%s by signal %d", signal == RESTART ? "restarted" :
	    "stopped", signal);
	if (signal != RESTART)
		pid_file_remove(pid_path);
	free(pid_path);
	return signal == RESTART ? SERVED_AND_RESTARTS : SERVED;
}
