/* metrics_table.c: the one table of all that is counted and measured. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics_table.h"

/* ---- values of labels ---- */

/* In the order of enum method, see fcgi/request.h. */
const char *const metric_methods[] = { "GET", "POST", "PUT", "PATCH", "HEAD",
	"OPTIONS", "other", NULL };
const char *const metric_statuses[] = { "200", "201", "204", "304", "400",
	"401", "403", "404", "405", "408", "409", "411", "413", "414", "415",
	"417", "422", "429", "431", "500", "501", "502", "503", "504", "505",
	"other", NULL };
/* In the order of the enums in metrics.h, and of enum log_level. */
static const char *const limits[] = { "reads", "writes", "search", NULL };
static const char *const ends[] = { "stored", "refused", "unavailable",
	"unknown", NULL };
static const char *const hits[] = { "hit", "miss", NULL };
static const char *const kinds[] = { "chat", "message", NULL };
static const char *const runs[] = { "ok", "failed", NULL };
static const char *const levels[] = { "error", "warn", "info", "debug",
	NULL };

/* ---- bounds of histograms, microseconds ---- */

static const uint32_t seconds[] = { 1000, 2500, 5000, 10000, 25000, 50000,
	100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 0 };

/* clang-format off */
#define MS_UNIT 1000

const struct metric_row metric_table[METRICS] = {
[METRIC_HTTP_REQUESTS] = { "parley_http_requests_total",
  "Requests, counted just before they are answered.",
  KIND_COUNTER, { { "route" }, { "method", metric_methods },
    { "status", metric_statuses } } },
[METRIC_HTTP_SECONDS] = { "parley_http_request_duration_seconds",
  "How long answers took, from the request's last byte on.",
  KIND_HISTOGRAM, { { "route" }, { "method", metric_methods } }, seconds },
[METRIC_HTTP_BYTES] = { "parley_http_response_bytes_total",
  "Bytes handed to the web server, with headers.", KIND_COUNTER },
[METRIC_RATE_LIMITED] = { "parley_rate_limited_total",
  "Requests that were over a rate limit, by what they counted as.",
  KIND_COUNTER, { { "limit", limits } } },
[METRIC_COMMIT_GROUPS] = { "parley_commit_groups_total",
  "Groups of writes that were published, one message each.",
  KIND_COUNTER },
[METRIC_COMMIT_WRITES] = { "parley_commit_writes_total",
  "Writes of chats and messages, by what became of them.",
  KIND_COUNTER, { { "result", ends } } },
[METRIC_CONFIRM_SECONDS] = { "parley_publish_confirm_seconds",
  "From publishing a group to RabbitMQ's answer to it.",
  KIND_HISTOGRAM, .bounds = seconds },
[METRIC_CACHE_READS] = { "parley_cache_reads_total",
  "Reads of one chat or message: fresh in Redis, or not.",
  KIND_COUNTER, { { "result", hits } } },
[METRIC_PAGE_CACHE_READS] = { "parley_page_cache_reads_total",
  "Pages of messages: answered as kept, or read anew.",
  KIND_COUNTER, { { "result", hits } } },
[METRIC_LEASES] = { "parley_leases_total",
  "Ranges of numbers won in MySQL.", KIND_COUNTER },
[METRIC_REPLAYS] = { "parley_idempotent_replays_total",
  "Requests answered with what their Idempotency-Key did before.",
  KIND_COUNTER },
[METRIC_PERSIST_BATCHES] = { "parley_persist_batches_total",
  "Batches of events that were stored.", KIND_COUNTER },
[METRIC_PERSIST_EVENTS] = { "parley_persist_events_total",
  "Events of these batches that need not be stored again.",
  KIND_COUNTER, { { "kind", kinds } } },
[METRIC_PERSIST_COALESCED] = { "parley_persist_coalesced_total",
  "Those of them that a newer one of the same batch stood in for.",
  KIND_COUNTER },
[METRIC_PERSIST_RETRIES] = { "parley_persist_retries_total",
  "Events put aside to be tried again.", KIND_COUNTER },
[METRIC_PERSIST_SECONDS] = { "parley_persist_batch_seconds",
  "How long storing a batch took.", KIND_HISTOGRAM, .bounds = seconds },
[METRIC_DEAD_LETTERS] = { "parley_dead_letters_total",
  "Events parked among the dead letters.", KIND_COUNTER },
[METRIC_INDEX_DOCUMENTS] = { "parley_index_documents_total",
  "Messages that the search index took.", KIND_COUNTER },
[METRIC_INDEX_FAILURES] = { "parley_index_failures_total",
  "Messages that it did not take when they were offered.",
  KIND_COUNTER },
[METRIC_INDEX_SECONDS] = { "parley_index_bulk_seconds",
  "How long one bulk of messages took to be indexed.",
  KIND_HISTOGRAM, .bounds = seconds },
[METRIC_COUNT_RUNS] = { "parley_count_runs_total",
  "Runs of parley-count.", KIND_COUNTER, { { "result", runs } } },
[METRIC_COUNT_CHATS] = { "parley_count_chats_total",
  "Chats whose messages it counted.", KIND_COUNTER },
[METRIC_COUNT_SUCCESS] = { "parley_count_last_success_timestamp_seconds",
  "When parley-count last ended well.", KIND_LATEST, .unit = MS_UNIT },
[METRIC_LOG_LINES] = { "parley_log_lines_total",
  "Lines logged.", KIND_COUNTER, { { "level", levels } } },
[METRIC_THREADS] = { "parley_worker_threads",
  "Threads of living processes that answer requests.", KIND_LIVING },
[METRIC_THREADS_BUSY] = { "parley_worker_threads_busy",
  "Those of them that have a request in hand.", KIND_LIVING },
[METRIC_PROCESSES] = { "parley_processes",
  "Living processes.", KIND_LIVING },
[METRIC_START_TIME] = { "parley_start_time_seconds",
  "When the oldest living process was started.",
  KIND_OLDEST, .unit = MS_UNIT },
[METRIC_BUILD_INFO] = { "parley_build_info",
  "1 for each version that a living process is of.", KIND_LATEST },
[METRIC_DEPENDENCY_UP] = { "parley_dependency_up",
  "Whether a part answered in time; jobs: whether anybody stores.",
  KIND_LATEST },
[METRIC_QUEUE_MESSAGES] = { "parley_queue_messages",
  "Messages that wait in RabbitMQ; one carries up to commit_writes events.",
  KIND_LATEST },
[METRIC_QUEUE_CONSUMERS] = { "parley_queue_consumers",
  "Processes that consume the queue of writes, or stand by to.",
  KIND_LATEST },
[METRIC_INDEX_BACKLOG] = { "parley_index_backlog",
  "Messages that wait to be indexed.", KIND_LATEST },
[METRIC_INDEX_OLDEST] = { "parley_index_oldest_seconds",
  "How long the oldest of them has waited.",
  KIND_LATEST, .unit = MS_UNIT },
[METRIC_COUNT_BACKLOG] = { "parley_count_backlog",
  "Chats and applications that wait to be counted.", KIND_LATEST },
[METRIC_FRESH_WRITES] = { "parley_fresh_writes",
  "Writes in Redis that are not stored in MySQL yet.", KIND_LATEST },
[METRIC_FRESH_LIMIT] = { "parley_fresh_limit",
  "How many they may be; over it writes are answered with 503.",
  KIND_LATEST },
[METRIC_FRESH_OLDEST] = { "parley_fresh_oldest_seconds",
  "How long the oldest of them has waited.",
  KIND_LATEST, .unit = MS_UNIT },
[METRIC_EPOCH] = { "parley_epoch",
  "The epoch of Redis; 0: a new life in which nothing was written yet.",
  KIND_LATEST },
};
/* clang-format on */
