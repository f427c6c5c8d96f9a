/* cache_internal.h: running scripts in Redis, for the cache_*.c files. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CACHE_INTERNAL_H
#define PARLEY_CACHE_INTERNAL_H

#include "buffer.h"
#include "cache.h"
#include "combine.h"
#include "ident.h"

#define DIGITS 24		/* of a 64-bit number, and its NUL */
#define SHA_SIZE 41

/* One for each cache_*.lua. */
enum script {
	SCRIPT_ADMIT,
	SCRIPT_APPLICATION,
	SCRIPT_CHARGE,
	SCRIPT_CLAIM,
	SCRIPT_FORGET,
	SCRIPT_GET,
	SCRIPT_LEASE,
	SCRIPT_LIFE,
	SCRIPT_LIST,
	SCRIPT_MARK,
	SCRIPT_REVEAL,
	SCRIPT_REVOKE,
	SCRIPTS,
	COMMAND = SCRIPTS	/* none: the arguments are a plain command */
};

/* Whose a token was in an epoch: a guess, to be checked with each use. */
#define OWNERS 64
struct owner {
	char token[IDENT_SIZE];
	uint32_t epoch, application;
};

struct cache {
	const struct config *config;
	struct spent *spent;	/* see cache_measure; NULL: nobody asks */
	struct combiner *combiner;	/* NULL: it asks for itself only */
	char *place;		/* what the log calls it */
	struct redisContext *redis;	/* NULL: not connected */
	bool silenced;		/* the last failure has been logged */
	char error[256];	/* what it was, for people */
	char description[LIFE_SIZE];
	char sha[SCRIPTS][SHA_SIZE];

	size_t ahead;		/* commands that were sent and not answered */
	struct redisReply *reply;	/* the last answer */

	struct owner owners[OWNERS];	/* by a hash of the token */

	struct buffer words;	/* of the command being put together */
	size_t *lengths;	/* of each word */
	const char **argv;
	size_t argc, size;
};

/*
 * Connects if need be and begins the arguments of a script or a command.
 * What the arguments then say of the life is about this very connection.
 */
MUST_CHECK enum result cache_begin(struct cache *, enum script);
/* None yet. */
void cache_args_reset(struct cache *);
/* Adds one; the bytes are copied. */
void cache_arg(struct cache *, const char *, size_t);
void cache_arg_string(struct cache *, const char *);
void cache_arg_number(struct cache *, uint64_t);
/* Adds "<epoch>:<description>" of the connection's life, and the epoch. */
void cache_arg_life(struct cache *, uint32_t epoch);
/* Adds a version as 16 hex digits. */
void cache_arg_version(struct cache *, uint64_t);
/* Adds "<version><tail>", as p:v:… has it. */
void cache_arg_value(struct cache *, uint64_t version, const char *tail);

/*
 * Runs what was begun and keeps its answer until the next call. Results as
 * cache.h says.
 */
MUST_CHECK enum result cache_run(struct cache *);

/* The same; RESULT_REFUSED: the account may not, which is no complaint. */
MUST_CHECK enum result cache_run_if_allowed(struct cache *);

/* Sends what was begun and does not wait; cache_await brings the answer. */
MUST_CHECK enum result cache_send(struct cache *);

/* The answer: an array's elements, or one value as element 0. */
size_t cache_answers(const struct cache *);
int64_t cache_answer_integer(const struct cache *, size_t);
/* NULL for nil; else its bytes, valid until the next call. */
const char *cache_answer_string(const struct cache *, size_t, size_t *len);
/* The same, but it is the caller's now, who frees it. */
char *cache_take_string(struct cache *, size_t, size_t *len);

/* A command of connecting, none of whose answers may be an error. */
MUST_CHECK enum result cache_step(struct cache *, const char *, const char *,
    const char *);

/*
 * Drops the connection, and logs the first failure of a row, so that an
 * outage is one line. RESULT_UNAVAILABLE.
 */
MUST_CHECK enum result cache_failed(struct cache *, const char *what,
    const char *why);

/* The value of the line "<name>:<value>" of what INFO answered, or NULL. */
MUST_CHECK enum result cache_info_line(const char *info, const char *name,
    char *out, size_t size);

/*
 * Learns whom it is connected to: run_id, replid, and that it is a master.
 * Done when connecting, but a failover changes it under the connection.
 */
MUST_CHECK enum result cache_identify(struct cache *);

/* "<run_id>:<replid>" of the server that is connected to. */
const char *cache_description(const struct cache *);

/*
 * The epoch that a life string names if that life is the connection's own,
 * else 0.
 */
uint32_t cache_epoch_of(const struct cache *, const char *life);

/* ---- for the cache_*.c files that read ---- */

/*
 * Reads "<version><tail>". False: a bare version, or not one of ours (which is
 * logged). The item is the caller's, to clear.
 */
bool cache_value_decode(const char *value, size_t len, const struct key *,
    struct item *out);

/* Takes over the two elements that every reading answer begins with. */
void cache_look_head(const struct cache *, struct look *);

/* Whose the token probably is; NULL: nothing is remembered. */
const struct owner *cache_owner_guess(struct cache *, const char *token);
/* Remembers what Redis said of a token, if it is somebody's. */
void cache_owner_learn(struct cache *, const char *token,
    const struct look *);

/*
 * Asks for one value with a plain command, which costs Redis a third of a
 * script, but needs the application: it is guessed, and Redis tells whether
 * that was right. RESULT_NOT_FOUND: it was not. Many are asked for together,
 * see cache_combine.
 */
struct glance {
	struct combined ask;
	const struct owner *owner;
	const char *wanted;	/* the value's key */
	struct look *look;	/* out: epoch, token_known, application */
	bool right;		/* out: the guess was */
	char *value;		/* out: NULL for nil; the caller's, to free */
	size_t len;
};
MUST_CHECK enum result cache_glance(struct cache *, struct glance *);

#endif
