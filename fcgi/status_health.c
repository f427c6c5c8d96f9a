/* status_health.c: /livez and /readyz. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdint.h>

#include "clock.h"
#include "health.h"
#include "status.h"

static const char *const names[] = {
	[DEPENDENCY_MYSQL] = "mysql",
	[DEPENDENCY_REDIS] = "redis",
	[DEPENDENCY_RABBITMQ] = "rabbitmq",
	[DEPENDENCY_SEARCH] = "search",
	[DEPENDENCY_JOBS] = "jobs",
};

static const char *const words[] = {
	[CONDITION_OK] = "ok",
	[CONDITION_DEGRADED] = "degraded",
	[CONDITION_UNAVAILABLE] = "unavailable",
};

void
status_live(struct worker *worker, const struct request *req,
    struct response *resp)
{
	(void)worker;
	(void)req;
	buffer_str(&resp->body, "{\"status\":\"ok\"}");
	respond_json(resp, 200);
}

/* The worst of all; but without search the rest works. */
static enum condition
worst(const struct health *health)
{
	enum condition all = CONDITION_OK;

	for (size_t i = 0; i < DEPENDENCIES; i++) {
		enum condition one = health->of[i].condition;

		if (i == DEPENDENCY_SEARCH && one == CONDITION_UNAVAILABLE)
			one = CONDITION_DEGRADED;
		if (one > all)
			all = one;
	}
	return all;
}

static void
add_seconds(struct buffer *out, const char *name, int64_t ms)
{
	if (ms >= 0)
		buffer_printf(out, ",\"%s\":%" PRId64, name, ms / 1000);
}

static void
add_backlog(struct buffer *out, const struct backlog *backlog)
{
	if (backlog->consumers >= 0)
		buffer_printf(out, ",\"consumers\":%" PRId64,
		    backlog->consumers);
	add_seconds(out, "fresh_oldest_seconds", backlog->fresh_oldest);
	add_seconds(out, "index_oldest_seconds", backlog->index_oldest);
	add_seconds(out, "count_oldest_seconds", backlog->count_oldest);
}

static void
add_dependency(struct buffer *out, const char *name,
    const struct dependency_state *state)
{
	char since[CLOCK_SIZE];

	clock_format(state->since, since);
	buffer_printf(out, "\"%s\":{\"status\":\"%s\",\"since\":\"%s\","
	    "\"checked_ms_ago\":%" PRId64 ",\"ms\":%" PRId64, name,
	    words[state->condition], since, state->checked_ago, state->ms);
}

void
status_ready(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct buffer *const out = &resp->body;
	struct health health;
	enum condition all;

	(void)req;
	health_look(worker->health, &health);
	all = worst(&health);
	buffer_printf(out, "{\"status\":\"%s\",\"dependencies\":{",
	    words[all]);
	for (size_t i = 0; i < DEPENDENCIES; i++) {
		if (i > 0)
			buffer_char(out, ',');
		add_dependency(out, names[i], &health.of[i]);
		if (i == DEPENDENCY_JOBS)
			add_backlog(out, &health.backlog);
		buffer_char(out, '}');
	}
	buffer_str(out, "}}");
	if (all == CONDITION_UNAVAILABLE)
		response_header(resp, "Retry-After", "1");
	respond_json(resp, all == CONDITION_UNAVAILABLE ? 503 : 200);
}
