/* reload.c: takes what may change while a program runs anew at SIGHUP. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "reload.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "config_table.h"
#include "log.h"
#include "thread.h"

enum result
reload_log_open(const char *program, const struct config *config)
{
	log_set_requests(config->log_requests, config->log_slow_ms);
	return log_open(program, config->log_level, config->log_target);
}

/* The keys whose new values stay without effect; nothing if there is none. */
static void
list_waiting(const struct config *running, const struct config *read,
    struct buffer *out)
{
	for (size_t i = 0; i < config_table_rows; i++) {
		const struct config_row *row = &config_table[i];

		if (row->live || config_table_same(running, read, row))
			continue;
		buffer_str(out, out->len > 0 ? ", " : "");
		buffer_str(out, row->key);
	}
}

/* Of the new log, the first line says that it is one. */
static void
take_over(const struct config *running, const struct config *read)
{
	struct buffer waiting = BUFFER_EMPTY;

	log_set_requests(read->log_requests, read->log_slow_ms);
	if (log_change(read->log_level, read->log_target) != RESULT_OK)
		log_error(NULL, "SIGHUP: the log goes where it went");
	log_info(NULL, "SIGHUP: the log is as the configuration has it now");
	list_waiting(running, read, &waiting);
	if (waiting.len > 0)
		log_warn(NULL, "SIGHUP: only a restart changes %s",
		    waiting.data);
	buffer_free(&waiting);
}

void
reload(const struct config *running, const char *path, char *const envp[])
{
	struct config read;
	char error[512];

	if (config_load(&read, path, envp, error, sizeof(error)) !=
	    RESULT_OK) {
		log_error(NULL, "SIGHUP: all stays as it was: %s", error);
		return;
	}
	take_over(running, &read);
	config_free(&read);
}

/* ---- the signal ---- */

static sigset_t
hangup(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	return set;
}

static void *
await_hangups(void *argument)
{
	struct reload *const r = argument;
	const sigset_t set = hangup();
	int signal;

	while (sigwait(&set, &signal) == 0 && !atomic_load(&r->stop))
		reload(r->running, r->path, environ);
	return NULL;
}

static void
on_hangup(int signal)
{
	(void)signal;	/* is blocked, and waited for */
}

void
reload_start(struct reload *r, const struct config *running,
    const char *path)
{
	const struct sigaction action = { .sa_handler = on_hangup };
	const sigset_t set = hangup();

	r->running = running;
	r->path = path;
	atomic_init(&r->stop, false);
	/* nohup(1) and its like leave it ignored. */
	sigaction(SIGHUP, &action, NULL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	thread_start(&r->thread, await_hangups, r);
}

void
reload_stop(struct reload *r)
{
	atomic_store(&r->stop, true);
	pthread_kill(r->thread, SIGHUP);
	pthread_join(r->thread, NULL);
}
