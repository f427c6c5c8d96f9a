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

#endif
