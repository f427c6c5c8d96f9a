/* cache.c: the connection to Redis, its life, and running scripts in it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <hiredis/hiredis.h>

#include "buffer.h"
#include "cache_internal.h"
#include "cache_lua.h"
#include "log.h"
#include "memory.h"

static const char *const sources[SCRIPTS] = {
	[SCRIPT_ADMIT] = cache_admit_lua,
	[SCRIPT_APPLICATION] = cache_application_lua,
	[SCRIPT_CHARGE] = cache_charge_lua,
	[SCRIPT_CLAIM] = cache_claim_lua,
	[SCRIPT_FORGET] = cache_forget_lua,
	[SCRIPT_GET] = cache_get_lua,
	[SCRIPT_LEASE] = cache_lease_lua,
	[SCRIPT_LIFE] = cache_life_lua,
	[SCRIPT_LIST] = cache_list_lua,
	[SCRIPT_MARK] = cache_mark_lua,
	[SCRIPT_REVEAL] = cache_reveal_lua,
	[SCRIPT_REVOKE] = cache_revoke_lua,
};

struct cache *
cache_new(const struct config *config)
{
	struct cache *c = xcalloc(1, sizeof *c);
	struct buffer place = BUFFER_EMPTY;

	c->config = config;
	if (config->redis_socket[0] != '\0')
		buffer_str(&place, config->redis_socket);
	else
		buffer_printf(&place, "%s:%d", config->redis_host,
		    config->redis_port);
	c->place = buffer_take(&place);
	return c;
}

void
cache_measure(struct cache *c, struct spent *spent)
{
	c->spent = spent;
}

void
cache_combine(struct cache *c, struct combiner *combiner)
{
	c->combiner = combiner;
}

static void
forget_reply(struct cache *c)
{
	freeReplyObject(c->reply);
	c->reply = NULL;
}

static void
disconnect(struct cache *c)
{
	forget_reply(c);
	if (c->redis != NULL)
		redisFree(c->redis);
	c->redis = NULL;
	c->ahead = 0;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	disconnect(c);
	free(c->place);
	buffer_free(&c->words);
	free(c->argv);
	free(c->lengths);
	free(c);
}

enum result
cache_failed(struct cache *c, const char *what, const char *why)
{
	if (!c->silenced)
		log_warn(NULL, "redis %s: %s: %s", c->place, what, why);
	c->silenced = true;
	snprintf(c->error, sizeof c->error, "%s: %s", what, why);
	disconnect(c);
	return RESULT_UNAVAILABLE;
}

const char *
cache_error(const struct cache *c)
{
	return c->error;
}

/* ---- answers ---- */

size_t
cache_answers(const struct cache *c)
{
	if (c->reply == NULL)
		return 0;
	return c->reply->type == REDIS_REPLY_ARRAY ? c->reply->elements : 1;
}

static const redisReply *
element(const struct cache *c, size_t i)
{
	if (i >= cache_answers(c))
		return NULL;
	return c->reply->type == REDIS_REPLY_ARRAY ? c->reply->element[i] :
	    c->reply;
}

int64_t
cache_answer_integer(const struct cache *c, size_t i)
{
	const redisReply *r = element(c, i);

	return r != NULL && r->type == REDIS_REPLY_INTEGER ? r->integer : 0;
}

const char *
cache_answer_string(const struct cache *c, size_t i, size_t *len)
{
	const redisReply *r = element(c, i);

	if (r == NULL || (r->type != REDIS_REPLY_STRING &&
	    r->type != REDIS_REPLY_STATUS))
		return NULL;
	if (len != NULL)
		*len = r->len;
	return r->str;
}

char *
cache_take_string(struct cache *c, size_t i, size_t *len)
{
	char *taken = NULL;
	redisReply *r;

	if (cache_answer_string(c, i, len) == NULL)
		return NULL;
	r = c->reply->type == REDIS_REPLY_ARRAY ? c->reply->element[i] :
	    c->reply;
	taken = r->str;
	r->str = NULL;
	return taken;
}

/* ---- connecting ---- */

/* Puts the arguments as a command behind what is to be sent. */
static void
add_command(struct cache *c)
{
	const char *word = c->words.data;
	size_t i;

	for (i = 0; i < c->argc; i++) {
		c->argv[i] = word;
		word += c->lengths[i];
	}
	redisAppendCommandArgv(c->redis, (int)c->argc, c->argv, c->lengths);
}

/* Sends what is not sent yet, and keeps the next answer. */
static enum result
read_answer(struct cache *c)
{
	const enum spent_on before = spent_switch(c->spent, SPENT_REDIS);
	void *reply = NULL;

	forget_reply(c);
	redisGetReply(c->redis, &reply);
	c->reply = reply;
	spent_switch(c->spent, before);
	if (reply == NULL)
		return cache_failed(c, "no answer", c->redis->errstr);
	return RESULT_OK;
}

/* Sends the arguments as a command and keeps the answer. */
static enum result
send_command(struct cache *c)
{
	/* Whoever wants to know what became of those has awaited them. */
	if (cache_await(c) == RESULT_UNAVAILABLE)
		return RESULT_UNAVAILABLE;
	add_command(c);
	return read_answer(c);
}

enum result
cache_step(struct cache *c, const char *a, const char *b, const char *d)
{
	cache_args_reset(c);
	cache_arg_string(c, a);
	if (b != NULL)
		cache_arg_string(c, b);
	if (d != NULL)
		cache_arg_string(c, d);
	if (send_command(c))
		return RESULT_UNAVAILABLE;
	if (c->reply->type == REDIS_REPLY_ERROR)
		return cache_failed(c, a, c->reply->str);
	return RESULT_OK;
}

static enum result
load_scripts(struct cache *c)
{
	int i;

	for (i = 0; i < SCRIPTS; i++) {
		if (cache_step(c, "SCRIPT", "LOAD", sources[i]))
			return RESULT_UNAVAILABLE;
		snprintf(c->sha[i], SHA_SIZE, "%s",
		    c->reply->type == REDIS_REPLY_STRING ? c->reply->str : "");
	}
	return RESULT_OK;
}

static enum result
open_connection(struct cache *c)
{
	const struct config *config = c->config;
	struct timeval limit = {
		.tv_sec = config->redis_timeout_ms / 1000,
		.tv_usec = config->redis_timeout_ms % 1000 * 1000,
	};

	if (config->redis_socket[0] != '\0')
		c->redis = redisConnectUnixWithTimeout(config->redis_socket,
		    limit);
	else
		c->redis = redisConnectWithTimeout(config->redis_host,
		    config->redis_port, limit);
	if (c->redis == NULL)
		return cache_failed(c, "connect", "out of memory");
	if (c->redis->err)
		return cache_failed(c, "connect", c->redis->errstr);
	if (redisSetTimeout(c->redis, limit) != REDIS_OK)
		return cache_failed(c, "set timeout", c->redis->errstr);
	if (config->redis_socket[0] == '\0')
		redisEnableKeepAlive(c->redis);
	return RESULT_OK;
}

static enum result
authenticate(struct cache *c)
{
	const struct config *config = c->config;

	if (config->redis_user[0] != '\0')
		return cache_step(c, "AUTH", config->redis_user,
		    config->redis_password);
	if (config->redis_password[0] != '\0')
		return cache_step(c, "AUTH", config->redis_password, NULL);
	return RESULT_OK;
}

static enum result
connect_to(struct cache *c)
{
	const struct config *config = c->config;
	const enum spent_on before = spent_switch(c->spent, SPENT_REDIS);
	const enum result result = open_connection(c);
	char database[DIGITS];

	spent_switch(c->spent, before);
	if (result)
		return result;
	if (authenticate(c))
		return RESULT_UNAVAILABLE;
	snprintf(database, sizeof database, "%d", config->redis_db);
	if (config->redis_db != 0 && cache_step(c, "SELECT", database, NULL))
		return RESULT_UNAVAILABLE;
	if (cache_identify(c) || load_scripts(c))
		return RESULT_UNAVAILABLE;
	if (c->silenced)
		log_info(NULL, "redis %s: connected again", c->place);
	c->silenced = false;
	return RESULT_OK;
}

/*
 * A connection that the other side closed while it was idle shows so here,
 * before anything is sent over it: what is sent is then sent once.
 */
static bool
closed_while_idle(const struct cache *c)
{
	char byte;

	return recv(c->redis->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

enum result
cache_begin(struct cache *c, enum script script)
{
	if (c->redis != NULL && (c->redis->err ||
	    (c->ahead == 0 && closed_while_idle(c))))
		disconnect(c);
	if (c->redis == NULL && connect_to(c))
		return RESULT_UNAVAILABLE;
	cache_args_reset(c);
	if (script != COMMAND) {
		cache_arg_string(c, "EVALSHA");
		cache_arg_string(c, c->sha[script]);
		cache_arg_string(c, "0");	/* no keys are named ahead */
	}
	return RESULT_OK;
}

/* What an answer that is an error means to the caller. */
static enum result
judge(struct cache *c)
{
	const char *error = c->reply->str;

	if (c->reply->type != REDIS_REPLY_ERROR)
		return RESULT_OK;
	if (strncmp(error, "LIFE", 4) == 0)
		return RESULT_CONFLICT;
	if (strncmp(error, "FULL", 4) == 0 ||
	    strstr(error, "OOM command not allowed") != NULL)
		return RESULT_FULL;
	return cache_failed(c, "refused", error);
}

enum result
cache_send(struct cache *c)
{
	int done = 0;

	add_command(c);
	while (!done)
		if (redisBufferWrite(c->redis, &done) != REDIS_OK)
			return cache_failed(c, "cannot send",
			    c->redis->errstr);
	c->ahead++;
	return RESULT_OK;
}

enum result
cache_await(struct cache *c)
{
	enum result result = RESULT_OK;

	while (c->ahead > 0) {
		enum result one;

		c->ahead--;
		one = read_answer(c);
		if (!one)
			one = judge(c);
		if (!result)
			result = one;
	}
	return result;
}

enum result
cache_run(struct cache *c)
{
	if (send_command(c))
		return RESULT_UNAVAILABLE;
	return judge(c);
}

enum result
cache_run_if_allowed(struct cache *c)
{
	if (send_command(c))
		return RESULT_UNAVAILABLE;
	if (c->reply->type == REDIS_REPLY_ERROR &&
	    strncmp(c->reply->str, "NOPERM", 6) == 0)
		return RESULT_REFUSED;
	return judge(c);
}
