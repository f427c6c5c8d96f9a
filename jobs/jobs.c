/* jobs.c: parley-jobs: stores what the queue holds, and indexes it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "config.h"
#include "index.h"
#include "log.h"
#include "metrics.h"
#include "persist.h"
#include "program.h"
#include "reload.h"
#include "retry.h"
#include "thread.h"

#define PROGRAM "parley-jobs"

/* Set by a signal handler, read by all threads. */
static atomic_bool stop;
_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "safe in a signal handler");

static void
on_stop(int signal)
{
	(void)signal;
	stop = true;
}

/* Without SA_RESTART, so that what sleeps wakes up. */
static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_stop };

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- the pid file ---- */

/* The file's path, to be freed; NULL when none is wanted or possible. */
static char *
write_pid_file(const struct config *config)
{
	struct buffer path = BUFFER_EMPTY;
	int file;

	if (config->pid_dir[0] == '\0')
		return NULL;
	buffer_printf(&path, "%s/" PROGRAM ".pid", config->pid_dir);
	/* Whoever could write here could have anybody signalled. */
	file = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file < 0 || dprintf(file, "%ld\n", (long)getpid()) < 0)
		log_error(NULL, "%s: %s", path.data, strerror(errno));
	if (file >= 0)
		close(file);
	return buffer_take(&path);
}

static void
remove_pid_file(char *path)
{
	if (path != NULL)
		unlink(path);
	free(path);
}

/* ---- the threads ---- */

/*
 * The first one is woken by what is stored. The others look by themselves now
 * and then, and help when there is a backlog: while one waits for the index,
 * another reads the database.
 */
struct indexing {
	int count;
	struct indexer *indexer[INDEX_THREADS_MOST];
	pthread_t thread[INDEX_THREADS_MOST];
};

static void *
index_thread(void *indexer)
{
	indexer_run(indexer, &stop);
	return NULL;
}

static void
indexing_open(struct indexing *indexing, const struct config *config,
    struct metrics *metrics)
{
	/* With MySQL as the index, several would only wait for each other. */
	indexing->count = config->search_backend == SEARCH_BACKEND_MYSQL ? 1 :
	    config->index_threads;
	for (int i = 0; i < indexing->count; i++)
		indexing->indexer[i] = indexer_new(config, metrics);
}

static void
indexing_start(struct indexing *indexing)
{
	for (int i = 0; i < indexing->count; i++)
		thread_start(&indexing->thread[i], index_thread,
		    indexing->indexer[i]);
}

/* Once it is time to stop, which they see when they are woken. */
static void
indexing_join(struct indexing *indexing)
{
	for (int i = 0; i < indexing->count; i++)
		indexer_wake(indexing->indexer[i]);
	for (int i = 0; i < indexing->count; i++)
		pthread_join(indexing->thread[i], NULL);
}

static void
indexing_close(struct indexing *indexing)
{
	for (int i = 0; i < indexing->count; i++)
		indexer_free(indexing->indexer[i]);
}

static void *
retry_thread(void *retrier)
{
	retrier_run(retrier, &stop);
	return NULL;
}

static void
run(const struct config *config, struct metrics *metrics)
{
	struct indexing indexing = {0};
	struct persister *persister;
	struct retrier *retrier;
	char *pid_file;
	pthread_t retrying;

	indexing_open(&indexing, config, metrics);
	persister = persister_new(config, indexing.indexer[0], metrics);
	retrier = retrier_new(config, indexing.indexer[0], metrics);
	pid_file = write_pid_file(config);
	srandom((unsigned)(time(NULL) ^ getpid()));
	catch_signals();
	log_info(NULL, "started");
	indexing_start(&indexing);
	thread_start(&retrying, retry_thread, retrier);
	persister_run(persister, &stop);
	pthread_join(retrying, NULL);
	indexing_join(&indexing);
	retrier_free(retrier);
	persister_free(persister);
	indexing_close(&indexing);
	remove_pid_file(pid_file);
	log_info(NULL, "stopped");
}

/* Who takes the log's settings anew also logs, so it is counted as well. */
static void
work(const struct config *config, const char *config_path)
{
	struct metrics *metrics = metrics_open(config->metrics_dir, PROGRAM,
	    NULL);
	struct reload reload;

	log_count_in(metrics);
	reload_start(&reload, config, config_path);
	run(config, metrics);
	reload_stop(&reload);
	log_count_in(NULL);
	metrics_close(metrics);
}

int
main(int argc, char *argv[])
{
	const char *config_path;
	const struct program program = {
		.name = PROGRAM,
		.about = "Stores in the database what the queue holds, and "
		    "indexes it.\nRuns in the foreground until SIGTERM.\n",
		.config_path = &config_path,
	};
	struct config config;
	int status = program_begin(&program, argc, argv, &config);

	if (status >= 0)
		return status;
	if (reload_log_open(PROGRAM, &config) == RESULT_OK) {
		work(&config, config_path);
		status = EXIT_OK;
	} else {
		status = EXIT_AGAIN;
	}
	config_free(&config);
	return status;
}
