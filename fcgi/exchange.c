/* exchange.c: one request and its answer, wherever they come from. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange.h"

#include "cors.h"
#include "log.h"
#include "measure.h"
#include "request_log.h"
#include "spent.h"

#define KEEP_BYTES 65536	/* a larger buffer is not kept for later */

void
exchange_begin(struct exchange *x, struct worker *worker, char *const envp[])
{
	spent_start(&worker->spent, SPENT_WEB);
	worker->wrote = (struct key){0};
	request_read(&x->request, envp);
}

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

void
exchange_run(struct exchange *x, const struct family *family,
    struct worker *worker)
{
	struct request *const req = &x->request;
	const size_t limit = worker->config->body_limit;

	log_request_begins();
	measure_begins(worker);
	spent_switch(&worker->spent, SPENT_OWN);
	if (req->body.len > limit)
		req->body_too_large = true;
	else if (req->body.len < req->content_length)
		req->body_cut_short = true;
	route_dispatch(family, worker, req, &x->response);
	cors_add(worker->config, req, &x->response);
	response_finish(&x->response, req, &x->out);
	spent_switch(&worker->spent, SPENT_OWN);
	measure_ends(worker, x);
	request_log(&x->line, req, &x->response, worker);
	log_request_ends();
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
	buffer_free(&x->line);
}
