/* metrics.h: what each process counts, and what all of a host come to. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_METRICS_H
#define PARLEY_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* The rows of metrics_table.c, where names, labels and meanings stand. */
enum metric {
	METRIC_HTTP_REQUESTS,		/* these two by metrics_answer only */
	METRIC_HTTP_SECONDS,
	METRIC_HTTP_BYTES,
	METRIC_RATE_LIMITED,		/* enum limited */
	METRIC_COMMIT_GROUPS,
	METRIC_COMMIT_WRITES,		/* enum write_end */
	METRIC_CONFIRM_SECONDS,
	METRIC_CACHE_READS,		/* HIT or MISS */
	METRIC_PAGE_CACHE_READS,	/* HIT or MISS */
	METRIC_LEASES,
	METRIC_REPLAYS,
	METRIC_PERSIST_BATCHES,
	METRIC_PERSIST_EVENTS,		/* OF_CHAT or OF_MESSAGE */
	METRIC_PERSIST_COALESCED,
	METRIC_PERSIST_RETRIES,
	METRIC_PERSIST_SECONDS,
	METRIC_DEAD_LETTERS,
	METRIC_INDEX_DOCUMENTS,
	METRIC_INDEX_FAILURES,
	METRIC_INDEX_SECONDS,
	METRIC_COUNT_RUNS,		/* RUN_OK or RUN_FAILED */
	METRIC_COUNT_CHATS,
	METRIC_COUNT_SUCCESS,
	METRIC_LOG_LINES,		/* enum log_level */
	METRIC_THREADS,
	METRIC_THREADS_BUSY,
	METRICS_COUNTED,		/* the ones before are in files */
	METRIC_PROCESSES = METRICS_COUNTED,	/* what files tell besides */
	METRIC_START_TIME,
	METRIC_BUILD_INFO,
	METRIC_DEPENDENCY_UP,		/* from here on: asked for */
	METRIC_QUEUE_MESSAGES,
	METRIC_QUEUE_CONSUMERS,
	METRIC_INDEX_BACKLOG,
	METRIC_INDEX_OLDEST,
	METRIC_COUNT_BACKLOG,
	METRIC_FRESH_WRITES,
	METRIC_FRESH_LIMIT,
	METRIC_FRESH_OLDEST,
	METRIC_EPOCH,
	METRICS
};

/* Values of labels, in the order of the table's. */
enum limited { LIMITED_READS, LIMITED_WRITES, LIMITED_SEARCH };
enum write_end { WRITE_STORED, WRITE_REFUSED, WRITE_UNAVAILABLE,
	WRITE_UNKNOWN };
enum { HIT, MISS };
enum { OF_CHAT, OF_MESSAGE };
enum { RUN_OK, RUN_FAILED };

/*
 * One for each process, used by all its threads: to count is an addition in
 * memory, without a lock or a call. The memory is a file in the directory
 * of metrics_dir, <program>-<number>.metrics, which the process holds as
 * long as it lives. The next one of the same program takes it over and
 * goes on from there, so no count is lost when a process is killed, and there
 * are never more files than there were processes at once.
 *
 * NULL in its place counts nothing.
 */
struct metrics;

/*
 * routes: the values of the label `route`, ending with NULL (or NULL: the
 * program answers nobody); they must outlive the metrics. dir: empty, then
 * it counts in memory of its own, which is said in the log; and also if no
 * file can be had there, which is logged as an error. Never NULL. The config
 * need not outlive it.
 */
struct metrics *metrics_open(const char *dir, const char *program,
    const char *const *routes);
void metrics_close(struct metrics *);

/* Adds to a counter; label: which value of its label, 0 without one. */
void metrics_add(struct metrics *, enum metric, unsigned label, uint64_t n);

/* Notes in a histogram that something took so long. */
void metrics_took(struct metrics *, enum metric, int64_t us);

/* Sets a gauge; a time in milliseconds. */
void metrics_set(struct metrics *, enum metric, uint64_t value);

/* A request that is about to be answered. */
struct answered {
	const char *route;	/* one of the routes, or "none" */
	unsigned method;	/* in the order of metric_methods */
	int status;
	int64_t us;
	uint64_t bytes;
};
void metrics_answer(struct metrics *, const struct answered *);

/* A gauge's value as the program that prints has just found it out. */
struct sample {
	enum metric metric;
	const char *labels;	/* as printed: queue="writes"; or "" */
	int64_t value;		/* in the unit of the metric's row */
};

/*
 * Appends what all processes of the host, living and dead, have counted (or,
 * without a directory, this one), and the samples, in Prometheus's text
 * format 0.0.4.
 */
void metrics_print(const struct metrics *, const struct sample *,
    size_t samples, struct buffer *out);

#endif
