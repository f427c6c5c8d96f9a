/* broker_socket.c: RabbitMQ: opening the connection, plain or encrypted. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "broker_internal.h"

/*
 * librabbitmq sends without a deadline, so the kernel gets one: it gives a
 * connection up when what we sent stays unacknowledged, or the peer's window
 * shut, for that long. Keepalive finds the host that vanished while idle.
 */
static void
set_socket_deadlines(const struct broker *broker)
{
	int on = 1, idle = 10, interval = 3, probes = 3;
	unsigned user = (unsigned)broker->config->amqp_timeout_ms;
	int fd = amqp_get_sockfd(broker->amqp);

	if (broker->heartbeat > 0)
		user *= 10;	/* a consumer has nobody who waits for it */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user, sizeof(user));
}

/* OpenSSL's word on a certificate that it does not accept. */
static int
note_verdict(int good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct broker *broker = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (!good && broker->verdict == NULL)
		broker->verdict = X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(store));
	return good;
}

/*
 * OpenSSL verifies the name too: librabbitmq's own check knows no addresses,
 * and does not say why it refuses.
 */
static bool
set_verification(struct broker *broker, amqp_socket_t *socket)
{
	SSL_CTX *context = amqp_ssl_socket_get_context(socket);
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);
	const char *host = broker->login.host;

	amqp_ssl_socket_set_verify_peer(socket, true);
	amqp_ssl_socket_set_verify_hostname(socket, false);
	SSL_CTX_set_app_data(context, broker);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verdict);
	return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ||
	    X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

/* Takes the files; says which of them cannot be used. */
static bool
set_files(struct broker *broker, amqp_socket_t *socket)
{
	const struct config *config = broker->config;

	if (config->tls_ca[0] == '\0') {
		SSL_CTX_set_default_verify_paths(
		    amqp_ssl_socket_get_context(socket));
	} else if (amqp_ssl_socket_set_cacert(socket, config->tls_ca)) {
		broker_complain(broker, "cannot use tls_ca", config->tls_ca);
		return false;
	}
	if (config->tls_cert[0] != '\0' && amqp_ssl_socket_set_key(socket,
	    config->tls_cert, config->tls_key)) {
		broker_complain(broker, "cannot use tls_cert with tls_key",
		    config->tls_cert);
		return false;
	}
	return true;
}

/* A socket that amqps:// asks for; NULL after a complaint. */
static amqp_socket_t *
tls_socket(struct broker *broker)
{
	amqp_socket_t *socket = amqp_ssl_socket_new(broker->amqp);

	if (socket == NULL) {
		broker_complain(broker, "TLS", "cannot be initialised");
		return NULL;
	}
	amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
	if (!set_files(broker, socket))
		return NULL;
	if (set_verification(broker, socket))
		return socket;
	broker_complain(broker, "TLS", "the host's name cannot be verified");
	return NULL;
}

static amqp_socket_t *
new_socket(struct broker *broker)
{
	amqp_socket_t *socket;

	broker->verdict = NULL;
	if (broker->login.ssl)
		return tls_socket(broker);
	socket = amqp_tcp_socket_new(broker->amqp);
	if (socket == NULL)
		abort();	/* out of memory */
	return socket;
}

bool
broker_socket(struct broker *broker)
{
	int ms = broker->config->amqp_timeout_ms;
	struct timeval limit = { ms / 1000, ms % 1000 * 1000 };

	if (!broker->url_good) {
		broker_complain(broker, "amqp_url",
		    "not an amqp[s]://user:password@host:port/vhost URI");
		return false;
	}
	broker->amqp = amqp_new_connection();
	if (broker->amqp == NULL)
		abort();	/* out of memory */
	amqp_socket_t *socket = new_socket(broker);
	if (socket == NULL)
		return false;
	amqp_set_handshake_timeout(broker->amqp, &limit);
	amqp_set_rpc_timeout(broker->amqp, &limit);
	int status = amqp_socket_open_noblock(socket, broker->login.host,
	    broker->login.port, &limit);
	if (status != AMQP_STATUS_OK) {
		broker_complain(broker, "cannot connect", broker->verdict ?
		    broker->verdict : amqp_error_string2(status));
		return false;
	}
	set_socket_deadlines(broker);
	return true;
}
