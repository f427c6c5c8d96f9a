/* limit.c: who may ask how often, and how that is said. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "limit.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "clock.h"

#define SECOND_US 1000000
/* Redis is down: so long nobody waits to hear it again for his rate. */
#define PAUSE_MS 1000

struct policy {
	const char *name;	/* in the fields, and of the bucket */
	size_t rate;		/* where in struct config it is */
};
#define POLICY(name, key) { name, offsetof(struct config, key) }

static const struct policy of_application[LIMITS] = {
	[LIMIT_READ] = POLICY("application-reads", limit_application_reads),
	[LIMIT_WRITE] = POLICY("application-writes",
	    limit_application_writes),
	[LIMIT_SEARCH] = POLICY("application-search",
	    limit_application_search),
};
static const struct policy of_address[LIMITS] = {
	[LIMIT_READ] = POLICY("address-reads", limit_address_reads),
	[LIMIT_WRITE] = POLICY("address-writes", limit_address_writes),
	[LIMIT_SEARCH] = POLICY("address-search", limit_address_search),
	[LIMIT_APPLICATION] = POLICY("address-applications",
	    limit_address_applications),
};

/* Adds the policy's bucket, if there is one. */
static void
add_bucket(struct worker *worker, const struct policy *policy,
    const char *whose)
{
	struct charge *const charge = &worker->charge;
	struct bucket *const bucket = &charge->bucket[charge->count];
	const struct rate *rate;

	if (policy->name == NULL)
		return;
	rate = (const void *)((const char *)worker->config + policy->rate);
	if (rate->per_minute == 0)
		return;
	*bucket = (struct bucket){.rate = *rate};
	snprintf(bucket->name, sizeof(bucket->name), "%s:%s", policy->name,
	    whose);
	charge->count++;
}

void
limit_prepare(struct worker *worker, const struct request *req,
    enum limit limit)
{
	char address[ADDRESS_TEXT];

	worker->charge.count = 0;
	worker->charge.asked = worker->charge.refused = false;
	worker->charged_as = limit == LIMIT_READ ? LIMITED_READS :
	    limit == LIMIT_SEARCH ? LIMITED_SEARCH : LIMITED_WRITES;
	if (!worker->config->limits || limit == LIMIT_NONE)
		return;
	if (*req->token != '\0')
		add_bucket(worker, &of_application[limit], req->token);
	client_group(req, worker->config, address);
	add_bucket(worker, &of_address[limit], address);
}

enum result
limit_take(struct worker *worker, const struct request *req,
    enum limit limit)
{
	enum result result;

	limit_prepare(worker, req, limit);
	if (worker->charge.count == 0)
		return RESULT_OK;
	if (clock_mono_ms() >= worker->ask_limits_at) {
		result = store_charge(worker->store, &worker->charge);
		if (result == RESULT_OK || result == RESULT_LIMITED)
			return result;
		worker->ask_limits_at = clock_mono_ms() + PAUSE_MS;
	}
	return worker->config->limit_without_redis ? RESULT_OK :
	    RESULT_UNAVAILABLE;
}

/* ---- as headers ---- */

/* Whole seconds, rounded up. */
static uint64_t
seconds(uint64_t us)
{
	return (us + SECOND_US - 1) / SECOND_US;
}

/* Adds a policy's name, as a String of RFC 9651. */
static void
add_name(struct buffer *out, const struct bucket *bucket)
{
	buffer_printf(out, "%s\"%.*s\"", out->len > 0 ? ", " : "",
	    (int)strcspn(bucket->name, ":"), bucket->name);
}

/*
 * q and w: how many at once, and the time in which an empty bucket fills, so
 * that q in w is the rate. r and t: how many are left, and the time until
 * there is one more than that. Both rounded up to what the draft can say.
 */
void
limit_headers(const struct worker *worker, struct response *resp)
{
	const struct charge *const charge = &worker->charge;
	struct buffer policy = BUFFER_EMPTY, state = BUFFER_EMPTY;
	const struct bucket *bucket;
	uint64_t retry_after = 0, wait;

	if (!charge->asked)
		return;
	for (bucket = charge->bucket;
	    bucket < charge->bucket + charge->count; bucket++) {
		add_name(&policy, bucket);
		buffer_printf(&policy, ";q=%u;w=%" PRIu64,
		    bucket->rate.burst, seconds(bucket->rate.burst *
		    rate_cost_us(&bucket->rate)));
		wait = seconds(bucket->wait_us);
		add_name(&state, bucket);
		buffer_printf(&state, ";r=%" PRIu64 ";t=%" PRIu64,
		    bucket->left, wait);
		if (bucket->left == 0 && wait > retry_after)
			retry_after = wait;
	}
	response_header(resp, "RateLimit-Policy", "%s", policy.data);
	response_header(resp, "RateLimit", "%s", state.data);
	if (charge->refused)
		response_header(resp, "Retry-After", "%" PRIu64, retry_after);
	buffer_free(&policy);
	buffer_free(&state);
}
