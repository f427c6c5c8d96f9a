/* client.h: whose request it is, where proxies stand in between. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CLIENT_H
#define PARLEY_CLIENT_H

#include "address.h"
#include "config.h"
#include "request.h"

/*
 * The client's address, as it is counted (address_group). It is who made the
 * connection, unless that is one of trusted_proxies: then it is what
 * trusted_header says, read from its end, where the proxies write: the first
 * address there that is not a trusted proxy's. What clients write before
 * that has no effect. "-" if the web server says no address.
 */
void client_group(const struct request *, const struct config *,
    char out[ADDRESS_TEXT]);

#endif
