/* count.c: parley-count, from crontab: counts what has changed, and ends. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "db.h"
#include "db_counts.h"
#include "log.h"
#include "metrics.h"
#include "program.h"
#include "progress.h"
#include "result.h"

#define PROGRAM "parley-count"
#define CONFLICT_TRIES 6
#define PAGE 1000		/* entries read at a time */

/*
 * Counting reads every row of a chat: some seconds for millions of them, and
 * more from a cold disk. db_timeout_ms is made for requests that somebody
 * waits for; here nobody does, but a server that hangs must not keep us.
 */
#define COUNT_TIMEOUT_MS 300000

/* One run. */
struct counting {
	bool full, verbose;
	struct db *db;
	struct progress progress;
	struct metrics *metrics;
	uint64_t done, missing, failed;
};

/* Set by SIGTERM and SIGINT: stop before the next chat. */
static volatile sig_atomic_t stop;

static void
on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* ---- what is said ---- */

static void
say_entry(const struct counting *counting, const struct count_entry *entry,
    const char *what)
{
	if (!counting->verbose)
		return;
	if (entry->chat != 0)
		fprintf(stderr, "%s the messages of chat %" PRIu64
		    " of application %" PRIu32 "\n", what, entry->chat,
		    entry->application);
	else
		fprintf(stderr, "%s the chats of application %" PRIu32 "\n",
		    what, entry->application);
}

static int
fail_database(const struct counting *counting)
{
	fprintf(stderr, "%s" PROGRAM ": the database: %s\n",
	    counting->progress.quiet ? "" : "\n", db_error(counting->db));
	return EXIT_AGAIN;
}

/* Cron mails whatever is said, so nothing is said of what went well. */
static int
conclude(struct counting *counting)
{
	progress_end(&counting->progress, counting->done);
	if (counting->verbose)
		fprintf(stderr, "%" PRIu64 " done, %" PRIu64 " not stored "
		    "yet, %" PRIu64 " failed%s\n", counting->done,
		    counting->missing, counting->failed,
		    stop ? "; stopped by a signal" : "");
	if (counting->failed == 0)
		return EXIT_OK;
	fprintf(stderr, PROGRAM ": %" PRIu64 " could not be counted; the next "
	    "run tries again: %s\n", counting->failed, db_error(counting->db));
	return EXIT_AGAIN;
}

/* ---- what is done ---- */

/* The jobs may want the same rows in another order: one of us yields. */
static enum result
count_one(struct counting *counting, const struct count_entry *entry)
{
	enum result result = RESULT_CONFLICT;

	for (int i = 0; i < CONFLICT_TRIES && result == RESULT_CONFLICT; i++)
		result = db_count_one(counting->db, entry);
	return result;
}

/* Returns false if the database is gone. */
static bool
count_entry(struct counting *counting, const struct count_entry *entry)
{
	switch (count_one(counting, entry)) {
	case RESULT_OK:
		say_entry(counting, entry, "counted");
		if (entry->chat != 0)
			metrics_add(counting->metrics, METRIC_COUNT_CHATS, 0,
			    1);
		break;
	case RESULT_NOT_FOUND:
		counting->missing++;
		say_entry(counting, entry, "not stored yet itself:");
		break;
	case RESULT_UNAVAILABLE:
		return false;
	default:
		counting->failed++;
		say_entry(counting, entry, "failed to count");
	}
	counting->done++;
	progress_show(&counting->progress, counting->done);
	return true;
}

/* Counts one page behind *last; *more says whether there was one. */
static bool
count_page(struct counting *counting, struct count_entry *last, bool *more)
{
	struct count_entry *entries;
	size_t count;
	bool good = true;
	enum result result = counting->full ?
	    db_count_all(counting->db, last, PAGE, &entries, &count) :
	    db_count_pending(counting->db, last, PAGE, &entries, &count);

	if (result != RESULT_OK)
		return false;
	for (size_t i = 0; i < count && good && !stop; i++)
		good = count_entry(counting, &entries[i]);
	*more = count > 0;
	if (*more)
		*last = entries[count - 1];
	free(entries);
	return good;
}

/* For who watches a long walk. */
static enum result
begin_progress(struct counting *counting)
{
	bool quiet = !counting->full || counting->verbose ||
	    !isatty(STDERR_FILENO);
	uint64_t total = 0;
	enum result result = quiet ? RESULT_OK :
	    db_count_total(counting->db, counting->full, &total);

	progress_begin(&counting->progress, "counted", 0, total, quiet);
	return result;
}

static int
walk(struct counting *counting)
{
	struct count_entry last = {0};
	bool more = true;

	if (begin_progress(counting) != RESULT_OK)
		return fail_database(counting);
	while (more && !stop)
		if (!count_page(counting, &last, &more))
			return fail_database(counting);
	return conclude(counting);
}

/* Before the lock is given up, so that runs are noted in their order. */
static void
note_end(struct counting *counting, int status)
{
	const bool good = status == EXIT_OK;

	metrics_add(counting->metrics, METRIC_COUNT_RUNS,
	    good ? RUN_OK : RUN_FAILED, 1);
	if (good)
		metrics_set(counting->metrics, METRIC_COUNT_SUCCESS,
		    (uint64_t)clock_wall_ms());
}

static int
run(struct counting *counting, const struct config *config)
{
	enum result result;
	int status;

	counting->db = db_new(config);
	db_set_timeout(counting->db, COUNT_TIMEOUT_MS);
	result = db_count_lock(counting->db);
	if (result == RESULT_OK) {
		status = walk(counting);
		note_end(counting, status);
		db_count_unlock(counting->db);
	} else if (result == RESULT_CONFLICT) {
		/* That one does our work: nothing to write home about. */
		if (counting->verbose)
			fprintf(stderr, "another " PROGRAM " is running\n");
		status = EXIT_OK;
	} else {
		status = fail_database(counting);
		note_end(counting, status);
	}
	db_free(counting->db);
	return status;
}

/* On stderr, which is a mail, one line of our own is enough. */
static enum result
open_log(const struct counting *counting, const struct config *config)
{
	const bool brief = strcmp(config->log_target, LOG_TO_STDERR) == 0 &&
	    !counting->verbose;

	return log_open(PROGRAM, brief ? LEVEL_ERROR : config->log_level,
	    config->log_target);
}

int
main(int argc, char *argv[])
{
	struct counting counting = {0};
	const struct program program = {
		.name = PROGRAM,
		.about = "Counts the chats and messages of what has "
		    "changed.\n",
		.flags = {
			{ "full", "count everything there is",
			    &counting.full },
			{ "verbose", "say what is done", &counting.verbose },
		},
	};
	struct config config;
	int status = program_begin(&program, argc, argv, &config);

	if (status >= 0)
		return status;
	catch_signals();
	if (open_log(&counting, &config) == RESULT_OK) {
		counting.metrics = metrics_open(config.metrics_dir, PROGRAM,
		    NULL);
		log_count_in(counting.metrics);
		status = run(&counting, &config);
		log_count_in(NULL);
		metrics_close(counting.metrics);
	} else {
		status = EXIT_AGAIN;
	}
	config_free(&config);
	return status;
}
