/* search_http.c: HTTP requests to the search node, each with a deadline. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "search_http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory.h"

struct search_http {
	const struct config *config;
	CURL *curl;
	struct buffer url;
	char error[CURL_ERROR_SIZE];
	bool down;		/* it has been logged that it does not answer */
};

static void
start_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();	/* out of memory, as in memory.h */
}

/* libcurl calls it with what has come; less than all of it taken: stop. */
static size_t
take_answer(char *data, size_t one, size_t len, void *argument)
{
	struct buffer *answer = argument;

	(void)one;		/* is always 1 */
	if (len > SEARCH_HTTP_ANSWER_MOST - answer->len)
		return 0;
	buffer_add(answer, data, len);
	return len;
}

/* Of https; without a file of ours, libcurl knows the system's authorities. */
static void
set_tls(CURL *curl, const struct config *config)
{
	curl_easy_setopt(curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (config->tls_ca[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, config->tls_ca);
	if (config->tls_cert[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_SSLCERT, config->tls_cert);
		curl_easy_setopt(curl, CURLOPT_SSLKEY, config->tls_key);
	}
}

/* What is the same for every request. */
static void
set_up(struct search_http *http)
{
	const struct config *config = http->config;
	CURL *curl = http->curl;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->error);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	set_tls(curl, config);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	if (config->search_user[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, config->search_user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD,
		    config->search_password);
	}
}

struct search_http *
search_http_new(const struct config *config)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct search_http *http = xcalloc(1, sizeof(*http));

	pthread_once(&once, start_curl);
	http->config = config;
	http->curl = curl_easy_init();
	if (http->curl == NULL)
		abort();	/* out of memory, as in memory.h */
	set_up(http);
	return http;
}

void
search_http_free(struct search_http *http)
{
	if (http == NULL)
		return;
	curl_easy_cleanup(http->curl);
	buffer_free(&http->url);
	free(http);
}

static void
set_url(struct search_http *http, const char *path)
{
	const char *base = http->config->search_url;
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	buffer_reset(&http->url);
	buffer_add(&http->url, base, len);
	buffer_str(&http->url, path);
	curl_easy_setopt(http->curl, CURLOPT_URL, http->url.data);
}

static struct curl_slist *
add_header(struct curl_slist *headers, const char *header)
{
	struct curl_slist *longer = curl_slist_append(headers, header);

	if (longer == NULL)
		abort();	/* out of memory, as in memory.h */
	return longer;
}

/* Adds a header, unless there is nothing to say. */
static struct curl_slist *
add_value(struct curl_slist *headers, const char *name, const char *value)
{
	struct buffer line = BUFFER_EMPTY;

	if (value == NULL || *value == '\0')
		return headers;
	buffer_printf(&line, "%s: %s", name, value);
	headers = add_header(headers, line.data);
	buffer_free(&line);
	return headers;
}

/* The headers of the request, to be freed when it is over. */
static struct curl_slist *
set_request(struct search_http *http, const struct search_http_request *req)
{
	struct curl_slist *headers;
	CURL *curl = http->curl;

	/* Without it a long body waits for a "100 Continue" first. */
	headers = add_header(NULL, "Expect:");
	headers = add_value(headers, "X-Opaque-Id", req->opaque_id);
	headers = add_value(headers, "traceparent", req->traceparent);
	headers = add_value(headers, "tracestate", req->tracestate);
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (req->body != NULL) {
		headers = add_value(headers, "Content-Type", req->type);
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, req->body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)req->len);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, req->method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)req->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)req->timeout_ms);
	return headers;
}

static void
note_failure(struct search_http *http, CURLcode code)
{
	const char *why = http->error[0] ? http->error :
	    curl_easy_strerror(code);

	if (code == CURLE_WRITE_ERROR)
		why = "the answer is too long";
	log_at(http->down ? LEVEL_DEBUG : LEVEL_WARN, NULL,
	    "search: no answer from %s: %s", http->config->search_url, why);
	http->down = true;
}

enum result
search_http_send(struct search_http *http,
    const struct search_http_request *req, long *status,
    struct buffer *answer)
{
	struct curl_slist *headers = set_request(http, req);
	CURLcode code;

	set_url(http, req->path);
	http->error[0] = '\0';
	buffer_reset(answer);
	buffer_str(answer, "");
	curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, answer);
	code = curl_easy_perform(http->curl);
	curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (code != CURLE_OK) {
		note_failure(http, code);
		return RESULT_UNAVAILABLE;
	}
	if (http->down)
		log_info(NULL, "search: answers again");
	http->down = false;
	curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, status);
	return RESULT_OK;
}
