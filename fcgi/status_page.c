/* status_page.c: the operator's page: its shell, its style and its script. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"

#include "limit.h"
#include "operator.h"
#include "status_page_text.h"

/*
 * Nothing comes from elsewhere, and nothing that stands in the page itself is
 * run. No text becomes markup, which is what the last of them forbids. The icon
 * is a data: address.
 */
#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; " \
	"connect-src 'self'; img-src data:; base-uri 'none'; " \
	"form-action 'none'; frame-ancestors 'none'; " \
	"require-trusted-types-for 'script'"

void
status_page_html(struct worker *worker, const struct request *req,
    struct response *resp)
{
	(void)worker;
	(void)req;
	buffer_str(&resp->body, status_page_html_text);
	respond_content(resp, 200, "text/html; charset=utf-8");
	resp->policy = POLICY;
}

void
status_page_css(struct worker *worker, const struct request *req,
    struct response *resp)
{
	(void)worker;
	(void)req;
	buffer_str(&resp->body, status_page_css_text);
	respond_content(resp, 200, "text/css; charset=utf-8");
}

void
status_page_js(struct worker *worker, const struct request *req,
    struct response *resp)
{
	(void)worker;
	(void)req;
	buffer_str(&resp->body, status_page_js_text);
	respond_content(resp, 200, "text/javascript; charset=utf-8");
}

/*
 * The operator looks here when something is down, so he is not limited, and
 * Redis is not asked about him. Whoever guesses at the key is; where Redis
 * cannot tell how often, his guess is refused like any other.
 */
void
status_page_data(struct worker *worker, const struct request *req,
    struct response *resp)
{
	if (!operator_asks(worker->config, req) &&
	    limit_take(worker, req, LIMIT_READ) == RESULT_LIMITED) {
		respond_failure(resp, req, RESULT_LIMITED);
		return;
	}
	if (operator_or_respond(worker->config, req, resp))
		status_metrics(worker, req, resp);
}
