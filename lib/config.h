/* config.h: all that can be set, from a file and the environment. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CONFIG_H
#define PARLEY_CONFIG_H

#include <stddef.h>
#include <stdio.h>

#include "address.h"
#include "log.h"
#include "result.h"

enum search_backend {
	SEARCH_BACKEND_MYSQL,
	SEARCH_BACKEND_OPENSEARCH,
};

/* Which header says whose request a proxy brings. */
enum trusted_header {
	TRUSTED_FORWARDED_FOR,	/* X-Forwarded-For */
	TRUSTED_FORWARDED,	/* Forwarded (RFC 7239) */
};

/* How many requests somebody may make. All zero: any number. */
struct rate {
	unsigned per_minute;
	unsigned burst;		/* at once, after a pause */
};

#define INDEX_THREADS_MOST 16

/*
 * One member for each key of config_table.c, of the same name and in
 * the same order; their meanings, defaults and limits stand there. Strings
 * are never NULL. A new key: a member here, a row there, then
 * `make update-sample`; doc/parley.conf.5.in if there is more to say.
 */
struct config {
	char *admin_key;
	int admin_key_to_create;
	char *amqp_password;
	int amqp_timeout_ms;
	char *amqp_url;
	char *amqp_user;
	size_t body_limit;
	size_t commit_bytes;
	int commit_lanes;
	int commit_writes;
	int cors_max_age;
	char *cors_origins;
	int db_connections;
	char *db_host;
	char *db_name;
	char *db_password;
	int db_port;
	char *db_socket;
	int db_timeout_ms;
	int db_tls;
	char *db_user;
	int dialect_open_list;
	int fresh_limit;
	int idempotency_hours;
	int index_batch;
	int index_threads;
	size_t jobs_batch_bytes;
	int jobs_batch_events;
	int jobs_batch_wait_ms;
	int jobs_prefetch;
	int jobs_retries;
	struct rate limit_address_applications;
	struct rate limit_address_reads;
	struct rate limit_address_search;
	struct rate limit_address_writes;
	struct rate limit_application_reads;
	struct rate limit_application_search;
	struct rate limit_application_writes;
	int limit_hold_ms;
	int limit_without_redis;
	int limits;
	enum log_level log_level;
	enum log_requests log_requests;
	int log_slow_ms;
	char *log_target;
	char *metrics_dir;
	int own_socket;
	size_t page_cache_bytes;
	char *pid_dir;
	size_t queue_limit_bytes;
	int redis_db;
	char *redis_host;
	char *redis_password;
	int redis_port;
	char *redis_socket;
	int redis_timeout_ms;
	char *redis_user;
	enum search_backend search_backend;
	char *search_index;
	char *search_password;
	int search_timeout_ms;
	char *search_url;
	char *search_user;
	int threads;
	char *tls_ca;
	char *tls_cert;
	char *tls_key;
	enum trusted_header trusted_header;
	struct networks trusted_proxies;
	int web_timeout_ms;
};

/*
 * Fills in *config: defaults, then the file (what it includes first), then
 * PARLEY_<KEY> from envp. The file is path; if that is NULL then
 * $PARLEY_CONFIG; else the system's parley.conf if there is one. On
 * RESULT_INVALID error says in one line what is wrong and where, and *config
 * needs no config_free.
 */
MUST_CHECK enum result config_load(struct config *, const char *path,
    char *const envp[], char *error, size_t error_size);

/*
 * Reads what config_load would, with the environment of this process, and
 * tells each value that is set, the later ones of a key being in force, and
 * by what: "default", "FILE:LINE" or a variable's name. Secrets are told as
 * CONFIG_HIDDEN. RESULT_INVALID: as config_load.
 */
#define CONFIG_HIDDEN "(hidden)"
typedef void config_note(void *user, const char *key, const char *value,
    const char *from);
MUST_CHECK enum result config_explain(const char *path, config_note *,
    void *user, char *error, size_t error_size);

/* Frees what config_load allocated; not the struct itself. */
void config_free(struct config *);

/* The sample file: every key with its meaning, limits and default. */
void config_print_sample(FILE *);

/* The part of --help that is about configuration: one line for each key. */
void config_usage(FILE *);

#endif
