/* status.c: the responder for /livez, /readyz and every unknown path. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdint.h>

#include "clock.h"
#include "responder.h"
#include "route.h"

/* Search is not needed to be ready, so its answer is not waited for long. */
#define SEARCH_PING_MS 300

static void live(struct worker *, const struct request *, struct response *);
static void ready(struct worker *, const struct request *,
    struct response *);

static const struct route routes[] = {
	{ METHOD_GET, "/livez",	live,	.limit = LIMIT_NONE },
	{ METHOD_GET, "/readyz",	ready,	.limit = LIMIT_NONE },
	{ .path = NULL },
};

static void
live(struct worker *worker, const struct request *req, struct response *resp)
{
	(void)worker;
	(void)req;
	buffer_str(&resp->body, "{\"status\":\"ok\"}");
	respond_json(resp, 200);
}

static enum result
ping_search(const struct worker *worker, struct db *db)
{
	struct config config = *worker->config;
	struct search *search;
	enum result result;

	if (config.search_timeout_ms > SEARCH_PING_MS)
		config.search_timeout_ms = SEARCH_PING_MS;
	search = search_new(&config, db);
	result = search_ping(search);
	search_free(search);
	return result;
}

/*
 * With MySQL as the backend a second wait for a MySQL that is down would
 * tell nothing new.
 */
static enum result
check_search(struct worker *worker, const struct health *health)
{
	struct db *db;
	enum result result;

	if (worker->config->search_backend != SEARCH_BACKEND_MYSQL)
		return ping_search(worker, NULL);
	if (health->mysql != RESULT_OK)
		return health->mysql;
	result = store_db(worker->store, &db);
	if (result != RESULT_OK)
		return result;
	result = ping_search(worker, db);
	store_db_give(worker->store, db);
	return result;
}

static void
add_dependency(struct buffer *out, const char *name, enum result result,
    int64_t ms)
{
	if (out->data[out->len - 1] != '{')
		buffer_char(out, ',');
	buffer_printf(out, "\"%s\":{\"status\":\"%s\"", name,
	    result == RESULT_OK ? "ok" : "unavailable");
	if (ms >= 0)
		buffer_printf(out, ",\"ms\":%" PRId64, ms);
	buffer_char(out, '}');
}

static void
ready(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct buffer *const out = &resp->body;
	struct health health = {0};
	enum result search;
	int64_t search_ms;
	bool usable;

	(void)req;
	store_health(worker->store, &health);
	search_ms = clock_mono_ms();
	search = check_search(worker, &health);
	search_ms = clock_mono_ms() - search_ms;
	usable = health.mysql == RESULT_OK && health.redis == RESULT_OK &&
	    health.rabbitmq == RESULT_OK && health.jobs == RESULT_OK;
	buffer_printf(out, "{\"status\":\"%s\",\"dependencies\":{",
	    !usable ? "unavailable" : search ? "degraded" : "ok");
	add_dependency(out, "mysql", health.mysql, health.mysql_ms);
	add_dependency(out, "redis", health.redis, health.redis_ms);
	add_dependency(out, "rabbitmq", health.rabbitmq, health.rabbitmq_ms);
	add_dependency(out, "search", search, search_ms);
	add_dependency(out, "jobs", health.jobs, -1);
	buffer_str(out, "}}");
	if (!usable)
		response_header(resp, "Retry-After", "1");
	respond_json(resp, usable ? 200 : 503);
}

int
main(int argc, char **argv)
{
	static const struct family family = {
		.name = "parley-status",
		.about = "the state of the service",
		.routes = routes,
	};

	return responder_main(&family, argc, argv);
}
