/* exchange.c: one request and its answer, wherever they come from. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "cors.h"
#include "log.h"
#include "log_path.h"

#define KEEP_BYTES 65536	/* a larger buffer is not kept for later */

bool
exchange_wants_body(struct exchange *x, const struct family *family,
    const struct config *config, size_t *most)
{
	struct request *const req = &x->request;

	if ((req->method == METHOD_GET && !family->bodies_of_get) ||
	    req->method == METHOD_HEAD || req->method == METHOD_OPTIONS)
		return false;
	if (req->content_length > config->body_limit) {
		req->body_too_large = true;
		return false;
	}
	*most = config->body_limit + 1;
	buffer_reserve(&req->body, (size_t)req->content_length);
	return true;
}

static int64_t
mono_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
log_exchange(const struct exchange *x, int64_t us)
{
	const struct request *const req = &x->request;
	char *path = log_path(req);

	log_debug(req->id, "%s %s %d %zu bytes %lld us",
	    req->head ? "HEAD" : method_name(req->method), path,
	    x->response.status, x->out.len, (long long)us);
	free(path);
}

void
exchange_run(struct exchange *x, const struct family *family,
    struct worker *worker)
{
	struct request *const req = &x->request;
	const size_t limit = worker->config->body_limit;
	const int64_t start = mono_us();

	if (req->body.len > limit)
		req->body_too_large = true;
	else if (req->body.len < req->content_length)
		req->body_cut_short = true;
	route_dispatch(family, worker, req, &x->response);
	cors_add(worker->config, req, &x->response);
	response_finish(&x->response, req, &x->out);
	if (worker->config->log_level >= LEVEL_DEBUG)
		log_exchange(x, mono_us() - start);
}

void
exchange_reset(struct exchange *x)
{
	if (x->out.size > KEEP_BYTES || x->response.body.size > KEEP_BYTES) {
		exchange_free(x);
		return;
	}
	request_reset(&x->request);
	response_reset(&x->response);
	buffer_reset(&x->out);
}

void
exchange_free(struct exchange *x)
{
	request_reset(&x->request);
	response_free(&x->response);
	buffer_free(&x->out);
}
