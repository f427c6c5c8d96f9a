/* status.h: what parley-status answers, a file for each. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_STATUS_H
#define PARLEY_STATUS_H

#include "request.h"
#include "response.h"
#include "worker.h"

/* GET /livez: this process answers. Nothing else is asked. */
void status_live(struct worker *, const struct request *, struct response *);

/* GET /readyz: how every dependency is, and since when. */
void status_ready(struct worker *, const struct request *, struct response *);

/* GET /metrics: what all processes of the host count, for Prometheus. */
void status_metrics(struct worker *, const struct request *,
    struct response *);

/*
 * GET /status, /status/page.css and /status/page.js: the operator's page, as
 * it stands in status_page.html and the files beside it. That is in every copy
 * of the source, so anybody may have it. What it shows is behind the
 * operator's key: its script asks the reader for it and sends it along with
 * each request for numbers, as every other client does. HTTP's Basic would be
 * less work, but then a browser keeps the key until it is closed, sends it by
 * itself to every path here, and it would be a second way in beside Bearer.
 */
void status_page_html(struct worker *, const struct request *,
    struct response *);
void status_page_css(struct worker *, const struct request *,
    struct response *);
void status_page_js(struct worker *, const struct request *,
    struct response *);

/*
 * GET /status/data: what the page shows, which is the answer of /metrics, for
 * the operator's key. Others get 401 or 403, or 429 when they try too often.
 */
void status_page_data(struct worker *, const struct request *,
    struct response *);

#endif
