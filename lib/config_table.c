/* config_table.c: the one table of all that can be set. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "config_table.h"

#include <string.h>

#define VALUE_MAX 1024

static const char *const log_levels[] = {
	[LEVEL_ERROR] = "error", [LEVEL_WARN] = "warn",
	[LEVEL_INFO] = "info", [LEVEL_DEBUG] = "debug", NULL
};
static const char *const log_requests_names[] = {
	[REQUESTS_ALL] = "all", [REQUESTS_ERRORS] = "errors",
	[REQUESTS_NONE] = "none", NULL
};
static const char *const no_yes[] = { "no", "yes", NULL };
static const char *const closed_open[] = { "closed", "open", NULL };
static const char *const search_backends[] = {
	[SEARCH_BACKEND_MYSQL] = "mysql",
	[SEARCH_BACKEND_OPENSEARCH] = "opensearch", NULL
};
static const char *const trusted_headers[] = {
	[TRUSTED_FORWARDED_FOR] = "x-forwarded-for",
	[TRUSTED_FORWARDED] = "forwarded", NULL
};
_Static_assert(sizeof(enum log_level) == sizeof(int) &&
    sizeof(enum log_requests) == sizeof(int) &&
    sizeof(enum search_backend) == sizeof(int) &&
    sizeof(enum trusted_header) == sizeof(int), "set_choice copies an int");

/* clang-format off */
#define AT(member) .key = #member, .offset = offsetof(struct config, member)
#define STRING(least) .type = TYPE_STRING, .min = (least), .max = VALUE_MAX
#define SECRET(least) .type = TYPE_SECRET, .min = (least), .max = VALUE_MAX
#define LOGIN_URL .type = TYPE_LOGIN_URL, .min = 1, .max = VALUE_MAX
#define INT(least, most) .type = TYPE_INT, .min = (least), .max = (most)
#define BYTES(least, most) .type = TYPE_BYTES, .min = (least), .max = (most)
#define LOG_TARGET .type = TYPE_LOG_TARGET, .max = VALUE_MAX
#define ORIGINS .type = TYPE_ORIGINS, .max = VALUE_MAX
#define CHOICE(names) .type = TYPE_CHOICE, .choices = (names)
#define RATE .type = TYPE_RATE, .min = 1, .max = 600000
#define NETWORKS .type = TYPE_NETWORKS

/* Alphabetical; see struct config for how to add one. */
const struct config_row config_table[] = {
{ AT(admin_key), SECRET(0), .initial = "",
  .meaning = "operator's key, the Bearer token that may list the"
    " applications; empty: nobody may" },
{ AT(admin_key_to_create), CHOICE(no_yes), .initial = "no",
  .meaning = "whether creating applications needs the operator's key, too" },
{ AT(amqp_password), SECRET(0), .initial = "",
  .meaning = "password of amqp_user" },
{ AT(amqp_timeout_ms), INT(10, 60000), .initial = "1000",
  .meaning = "longest wait for one answer of RabbitMQ, milliseconds" },
{ AT(amqp_url), LOGIN_URL,
  .initial = "amqp://guest:guest@127.0.0.1:5672/%2f",
  .meaning = "where RabbitMQ is, with user, password and virtual host;"
    " amqps:// is encrypted" },
{ AT(amqp_user), STRING(0), .initial = "",
  .meaning = "user of RabbitMQ, with amqp_password; empty: those of"
    " amqp_url" },
{ AT(body_limit), BYTES(1024, 16777216), .initial = "262144",
  .meaning = "largest request body taken; over it the answer is 413" },
{ AT(commit_bytes), BYTES(65536, 67108864), .initial = "1048576",
  .meaning = "most bytes of events in one group of writes" },
{ AT(commit_lanes), INT(1, 16), .initial = "1",
  .meaning = "groups of writes that a process may have under way at once; the"
    " fewer, the larger they are, and the cheaper each write" },
{ AT(commit_writes), INT(1, 2000), .initial = "256",
  .meaning = "most writes in one group" },
{ AT(cors_max_age), INT(0, 86400), .initial = "600",
  .meaning = "how long a browser may remember what pages of cors_origins may"
    " send, seconds" },
{ AT(cors_origins), ORIGINS, .initial = "",
  .meaning = "origins whose pages may read the answers in a browser, such as"
    " https://chat.example.org; empty: none" },
{ AT(db_connections), INT(1, 1000), .initial = "4",
  .meaning = "most connections to MySQL of one process" },
{ AT(db_host), STRING(0), .initial = "",
  .meaning = "where MySQL or MariaDB is; empty: the local socket" },
{ AT(db_name), STRING(1), .initial = "parley",
  .meaning = "name of the database" },
{ AT(db_password), SECRET(0), .initial = "",
  .meaning = "password of db_user; empty: none" },
{ AT(db_port), INT(1, 65535), .initial = "3306",
  .meaning = "TCP port of MySQL, if db_host is set" },
{ AT(db_socket), STRING(0), .initial = "",
  .meaning = "path of MySQL's socket, if db_host is empty; empty: the"
    " connector's own" },
{ AT(db_timeout_ms), INT(10, 60000), .initial = "1000",
  .meaning = "longest wait for one answer of MySQL, milliseconds; the"
    " connector counts in whole seconds, rounded up" },
{ AT(db_tls), CHOICE(no_yes), .initial = "no",
  .meaning = "whether the connection to MySQL at db_host must be encrypted"
    " and its certificate right" },
{ AT(db_user), STRING(1), .initial = "parley",
  .meaning = "user of the database" },
{ AT(dialect_open_list), CHOICE(no_yes), .initial = "no",
  .meaning = "whether anybody may list the applications, with their tokens,"
    " in a dialect whose system lets him" },
{ AT(fresh_limit), INT(1, 100000000), .initial = "2000000",
  .meaning = "most writes that may wait in Redis to be stored in MySQL;"
    " over it writes are answered with 503" },
{ AT(idempotency_hours), INT(1, 720), .initial = "24",
  .meaning = "how long the answer to a write with an Idempotency-Key is kept;"
    " the same for all programs" },
{ AT(index_batch), INT(1, 10000), .initial = "1000",
  .meaning = "most messages indexed in one request" },
{ AT(index_threads), INT(1, INDEX_THREADS_MOST), .initial = "2",
  .meaning = "threads of parley-jobs that index what is stored, each a batch"
    " at a time; with MySQL as the index always one" },
{ AT(jobs_batch_bytes), BYTES(65536, 134217728), .initial = "4194304",
  .meaning = "most bytes of events in one transaction" },
{ AT(jobs_batch_events), INT(1, 100000), .initial = "1000",
  .meaning = "most events in one transaction" },
{ AT(jobs_batch_wait_ms), INT(0, 10000), .initial = "20",
  .meaning = "how long a batch waits to fill up, milliseconds" },
{ AT(jobs_prefetch), INT(1, 10000), .initial = "256",
  .meaning = "unacknowledged messages that RabbitMQ gives the jobs" },
{ AT(jobs_retries), INT(0, 100), .initial = "5",
  .meaning = "how often an event that the database refuses is tried again,"
    " after 1, 2, 4, 8… seconds (at most 60), before it is parked" },
{ AT(limit_address_applications), RATE, .initial = "20/20",
  .meaning = "applications that one client address may create" },
{ AT(limit_address_reads), RATE, .initial = "24000/600",
  .meaning = "reads that one client address may make, whatever it reads" },
{ AT(limit_address_search), RATE, .initial = "2400/60",
  .meaning = "searches that one client address may make" },
{ AT(limit_address_writes), RATE, .initial = "12000/300",
  .meaning = "writes that one client address may make" },
{ AT(limit_application_reads), RATE, .initial = "12000/300",
  .meaning = "reads of one application's things, whoever makes them" },
{ AT(limit_application_search), RATE, .initial = "1200/30",
  .meaning = "searches in one application" },
{ AT(limit_application_writes), RATE, .initial = "6000/150",
  .meaning = "writes of one application" },
{ AT(limit_hold_ms), INT(0, 10000), .initial = "1000",
  .meaning = "how long an answer that says that somebody is over a limit is"
    " held back, so that asking without a pause does not pay, milliseconds" },
{ AT(limit_without_redis), CHOICE(closed_open), .initial = "open",
  .meaning = "what becomes of a request whose rate cannot be told, because"
    " Redis is down or full: open lets it in, closed answers 503" },
{ AT(limits), CHOICE(no_yes), .initial = "yes",
  .meaning = "whether rates are limited at all; no asks nothing of Redis" },
{ AT(log_level), CHOICE(log_levels), .initial = "info", .live = true,
  .meaning = "least important lines that are still logged" },
{ AT(log_requests), CHOICE(log_requests_names), .initial = "all",
  .live = true,
  .meaning = "which requests have a line in the log: all, those answered with"
    " an error, or none; slow ones have one in any case" },
{ AT(log_slow_ms), INT(0, 3600000), .initial = "500", .live = true,
  .meaning = "over how many milliseconds a request is slow, so that its line"
    " warns and says where the time went; 0: none is" },
{ AT(log_target), LOG_TARGET, .initial = "stderr", .live = true,
  .meaning = "where the log goes: stderr, syslog, or a file by its whole"
    " path, which is opened anew at SIGHUP" },
{ AT(metrics_dir), STRING(0), .initial = "",
  .meaning = "directory in which each process keeps what it has counted, for"
    " /metrics; the same for all programs; empty: each counts for itself" },
{ AT(own_socket), CHOICE(no_yes), .initial = "no",
  .meaning = "whether a responder's listening socket is its alone; if so, it"
    " refuses who comes when the responder is to end" },
{ AT(page_cache_bytes), BYTES(0, 1073741824), .initial = "1048576",
  .meaning = "most bytes of pages of messages that a process keeps, to answer"
    " them again when Redis says that they have not changed" },
{ AT(pid_dir), STRING(0), .initial = "",
  .meaning = "directory for the pid files of responders and jobs; empty:"
    " none are written" },
{ AT(queue_limit_bytes), BYTES(1048576, UINT64_C(1) << 46),
  .initial = "1073741824",
  .meaning = "most bytes in the queue of writes; over it writes are"
    " answered with 503; the same for all programs, fixed when the queue"
    " is first declared" },
{ AT(redis_db), INT(0, 10000), .initial = "0",
  .meaning = "number of the Redis database" },
{ AT(redis_host), STRING(1), .initial = "127.0.0.1",
  .meaning = "where Redis is" },
{ AT(redis_password), SECRET(0), .initial = "",
  .meaning = "password of redis_user; empty: none" },
{ AT(redis_port), INT(1, 65535), .initial = "6379",
  .meaning = "TCP port of Redis" },
{ AT(redis_socket), STRING(0), .initial = "",
  .meaning = "path of Redis's socket, cheaper than TCP; empty:"
    " redis_host and redis_port" },
{ AT(redis_timeout_ms), INT(10, 60000), .initial = "400",
  .meaning = "longest wait for one answer of Redis, milliseconds" },
{ AT(redis_user), STRING(0), .initial = "",
  .meaning = "user of Redis; empty: its default user" },
{ AT(search_backend), CHOICE(search_backends), .initial = "mysql",
  .meaning = "what searches: MySQL itself, or OpenSearch/Elasticsearch" },
{ AT(search_index), STRING(1), .initial = "parley-messages",
  .meaning = "alias of the index in OpenSearch" },
{ AT(search_password), SECRET(0), .initial = "",
  .meaning = "password of search_user" },
{ AT(search_timeout_ms), INT(10, 60000), .initial = "2000",
  .meaning = "longest wait for one answer of OpenSearch, milliseconds" },
{ AT(search_url), STRING(1), .initial = "http://127.0.0.1:9200",
  .meaning = "where OpenSearch is; https:// is encrypted" },
{ AT(search_user), STRING(0), .initial = "",
  .meaning = "user for OpenSearch; empty: no authentication" },
{ AT(threads), INT(1, 1024), .initial = "32",
  .meaning = "requests that one responder process works on at once" },
{ AT(tls_ca), STRING(0), .initial = "",
  .meaning = "file with the authorities (PEM) that sign the certificates of"
    " MySQL, RabbitMQ and OpenSearch; empty: those of the system" },
{ AT(tls_cert), STRING(0), .initial = "",
  .meaning = "file with our own certificate (PEM), for servers that ask for"
    " one; empty: none" },
{ AT(tls_key), STRING(0), .initial = "",
  .meaning = "file with the key of tls_cert (PEM, without a password)" },
{ AT(trusted_header), CHOICE(trusted_headers), .initial = "x-forwarded-for",
  .meaning = "the header in which the trusted proxies say whose request they"
    " bring; the other one is not looked at, since clients could write it" },
{ AT(trusted_proxies), NETWORKS, .initial = "",
  .meaning = "proxies in front of the web server, whose word about the"
    " client's address is taken; empty: the client is who connects" },
{ AT(web_timeout_ms), INT(100, 600000), .initial = "10000",
  .meaning = "longest that the web server may take to hand over a request,"
    " or to take the answer, milliseconds" },
};
/* clang-format on */

const size_t config_table_rows = sizeof(config_table) /
    sizeof(config_table[0]);

const struct config_row *
config_table_find(const char *key)
{
	for (size_t i = 0; i < config_table_rows; i++)
		if (strcmp(config_table[i].key, key) == 0)
			return &config_table[i];
	return NULL;
}
