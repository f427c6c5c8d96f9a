/* status_metrics.c: GET /metrics: what all processes of this host count. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"

#include "gauges.h"

void
status_metrics(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct sample sample[GAUGES_MOST];
	const size_t count = gauges_ask(worker->gauges, sample);

	(void)req;
	metrics_print(worker->metrics, sample, count, &resp->body);
	resp->momentary = true;
	respond_content(resp, 200, "text/plain; version=0.0.4; charset=utf-8");
}
