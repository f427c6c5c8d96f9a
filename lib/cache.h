/* cache.h: Redis: numbers, leases, and the writes that are fresh. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CACHE_H
#define PARLEY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache_charge.h"
#include "config.h"
#include "item.h"
#include "result.h"
#include "spent.h"

/*
 * KEYS (all begin with "p:")
 *   p:life               "<epoch>:<run_id>:<replid>", see struct life
 *   p:seq                count of accepted writes in this life
 *   p:a:<epoch>:<token>  application's internal number, for an hour;
 *                        0 = revoked, for as long as the life lasts
 *   p:n:<app>:<chat>     counter, hash: n last number, (f, t] its newest
 *                        lease, e epoch. <chat> 0: the application's chats
 *   p:h:<ver>            a hidden group, named by its first write's version:
 *                        room for its tails. Expires in HIDDEN_S
 *   p:f:<thing>:<ver>    never show this hidden write
 *   p:v:<thing>          what readers see: <ver><tail>, or just <ver>:
 *                        MySQL has this version or a higher one
 *   p:i:<app>:<chat>     sorted set of the numbers that are visible and not
 *                        known to be stored; <chat> 0 for chats
 *   p:l:<app>:<chat>     what the list last changed by; stays as long as it
 *                        has members in p:i, and then CHANGED_S
 *   p:pending            sorted set of all such things, by time of reveal
 *   p:k:<app>:<key>      the claim of an Idempotency-Key: "<state> <print>
 *                        <ver> <number> <owner> <since> <till> <created>
 *                        <updated> <count> <tail>". state r: under way, by
 *                        an owner who has until <till> (ms); d: done, no tail.
 *                        Expires in idempotency_hours, or soon after MySQL
 *                        has it: cache_claim.h
 *   p:b:<policy>:<whose> a token bucket: when it is full again, in µs of
 *                        Redis's TIME; expires then: cache_charge.h
 * Two versions of Parley use these at once during an upgrade, each with its own
 * scripts. So a key keeps its meaning: what must be otherwise gets another
 * name (or a field more of a hash), and is read only when all write it. Of
 * tails the rule stands at event.h.
 * <thing> is app:chat:message (message 0 for a chat), <ver> 16 hex digits.
 *
 * A group of writes is hidden when it gets its numbers (only its room is taken
 * then), revealed with its content once the broker has confirmed it, and marked
 * by the jobs when it is stored: then it leaves p:i and p:pending, and p:v
 * stays as a cache for a while. A mark that comes before the reveal leaves a
 * bare <ver>, which outlives every hidden write that is older: so what is late
 * can never cover what is newer.
 */
#define HIDDEN_S 600	/* a hidden write that nobody reveals */
#define STORED_S 60	/* a stored creation stays readable in Redis */
#define CHANGED_S 120	/* how long a list is known to have changed */
#define MARKED_S 660	/* a stored update, or a bare version: > HIDDEN_S */

/* One connection to Redis. One thread at a time; connects when needed. */
struct cache;
struct cache *cache_new(const struct config *);
void cache_free(struct cache *);

/* From now on its waiting for Redis is counted there; NULL: nowhere. */
void cache_measure(struct cache *, struct spent *);

/*
 * From now on what is looked for with a plain command is looked for together
 * with what others look for that have the same combiner, see combine.h.
 */
struct combiner;
void cache_combine(struct cache *, struct combiner *);

/* What went wrong last, for people. */
const char *cache_error(const struct cache *);

/*
 * Every call waits at most redis_timeout_ms for each round trip and says
 *   RESULT_UNAVAILABLE  down, late, a replica, or loading
 *   RESULT_CONFLICT     Redis is in no known life or in another than that
 *                       of the caller: cache_life, then raise the epoch
 *   RESULT_FULL         out of memory, or too many fresh writes
 */

/*
 * The life that Redis is in, as the connection sees it. epoch is 0 if the
 * life key is missing or was set by another life; description then says
 * what to record of the new one.
 */
#define LIFE_SIZE 160
struct life {
	uint32_t epoch;
	uint32_t past;	/* to install: held by Redis, but over elsewhere */
	char description[LIFE_SIZE];	/* "<run_id>:<replid>" */
};
MUST_CHECK enum result cache_life(struct cache *, struct life *);

/*
 * Puts a newly won epoch into Redis, unless somebody else put one there for
 * this same life before, later than life->past: *life then holds that one.
 * Check its epoch.
 */
MUST_CHECK enum result cache_life_install(struct cache *, struct life *);

/* ---- writing: number and hide, then reveal ---- */

enum admit {
	ADMIT_OK,		/* numbered and hidden */
	ADMIT_UNKNOWN_TOKEN,	/* not in Redis: cache_application_add */
	ADMIT_REVOKED,		/* token was rotated away */
	ADMIT_LEASE,		/* no counter, or its lease is used up: seen */
	/* Only with a claim; nothing is numbered: */
	ADMIT_KEY,		/* key not in Redis, but perhaps in MySQL */
	ADMIT_REPLAY,		/* done before: the claim says what came */
	ADMIT_RUNNING,		/* its owner is still at work */
	ADMIT_REUSED,		/* the key came with another payload before */
	ADMIT_LIMITED,		/* its charge was refused; nothing was done */
};

struct claim;

/* One write on its way. In: token, tail, key's known parts, creates. */
struct admission {
	const char *token;
	const char *tail;	/* out: of the event that was taken over */
	struct claim *claim;	/* NULL: without Idempotency-Key */
	struct charge *charge;	/* in, out; NULL: nothing is charged */
	bool creates;		/* else key.message, key.chat name the thing */
	bool is_chat;
	struct key key;		/* in: chat if known; out: all of it */
	uint64_t version;	/* out */
	enum admit admit;	/* out */
	uint64_t seen;		/* out: the counter's limit, or LEASE_NONE */
	bool due;		/* out: half of the newest lease is used */
	bool missing;		/* out of reveal: neither hidden nor visible */
};

/*
 * Admits, numbers and hides count writes, all in one script: one round trip.
 * RESULT_OK: look at each one's admit. Otherwise none was numbered (or, when
 * Redis went silent, some numbers are lost and nobody has seen them).
 */
MUST_CHECK enum result cache_admit(struct cache *, uint32_t epoch,
    struct admission *const *, size_t count);

/*
 * Reveals those writes with admit == ADMIT_OK, unless a newer version is
 * visible or stored. A chat's creation also gives its messages their first
 * lease. They must be all that were admitted together; if they are hidden no
 * more, they are not revealed. forgotten: they were numbered in an earlier
 * life, so Redis cannot know that they are hidden; they are revealed.
 */
MUST_CHECK enum result cache_reveal(struct cache *, uint32_t epoch,
    struct admission *const *, size_t count, bool forgotten);

/* Installs a lease, if the life is the same and it is not behind. */
MUST_CHECK enum result cache_lease_install(struct cache *, uint32_t epoch,
    const struct key *chat, uint64_t from, uint64_t to);

/* The limit that the counter has now, LEASE_NONE if it has none. */
MUST_CHECK enum result cache_lease_seen(struct cache *, uint32_t epoch,
    const struct key *chat, uint64_t *seen);

/* ---- applications ---- */

/* Remembers that token is application's, for an hour, unless revoked. */
MUST_CHECK enum result cache_application_add(struct cache *, uint32_t epoch,
    const char *token, uint32_t application);

/* ---- reading ---- */

/* What one look into Redis brings back. */
struct look {
	uint32_t epoch;		/* of Redis now, 0 = no known life */
	bool token_known;	/* application is valid (0 = revoked) */
	uint32_t application;
	bool found;		/* item is valid; caller clears it */
	struct item item;
};

/* One thing, by token and numbers; key.application is not used. */
MUST_CHECK enum result cache_get(struct cache *, const char *token,
    const struct key *, struct look *);

/*
 * What a list last changed by, as far as this life remembers: two that are
 * equal and not more than CHANGED_S apart say that in between nothing was
 * shown, stored unseen, or taken away. Equal to none with epoch 0.
 */
struct list_change {
	uint32_t epoch, application;
	char last[24];		/* "": long ago, and nothing is fresh */
};

/*
 * Looks whether a list has changed, with the one command that is cheapest.
 * RESULT_NOT_FOUND: not to be had so; ask for the list.
 */
MUST_CHECK enum result cache_list_change(struct cache *, const char *token,
    uint64_t chat, struct look *, struct list_change *);

/*
 * The fresh part of a list (chat 0: the application's chats): those not yet
 * known to be stored, at most range->limit, in its order, appended to *out.
 * *change is from before them, or of epoch 0 when it was not to be had.
 */
MUST_CHECK enum result cache_list(struct cache *, const char *token,
    uint64_t chat, const struct range *, struct look *,
    struct list_change *, struct items *out);

/* ---- for the jobs ---- */

/* A version known to be stored in MySQL (that one or a higher one). */
struct mark {
	struct key key;
	uint64_t version;
	bool created;		/* it is the thing's first version */
};
MUST_CHECK enum result cache_mark(struct cache *, const struct mark *,
    size_t count);

/*
 * The same, sent ahead: Redis is at work on it while the caller does other
 * things. cache_await says what became of all that was; whatever is asked
 * next waits for that too.
 */
MUST_CHECK enum result cache_mark_ahead(struct cache *, const struct mark *,
    size_t count);
MUST_CHECK enum result cache_await(struct cache *);

/* Up to limit of the oldest pending things revealed before `before` ms. */
MUST_CHECK enum result cache_pending(struct cache *, int64_t before,
    size_t limit, struct key *out, size_t *count);

/* A place in the order of what is pending; all zero is before the oldest. */
struct pending_at {
	int64_t revealed;	/* of the last one seen, ms */
	uint64_t skip;		/* how many of that same time were seen */
};

/*
 * The same from *at on, which then stands after the last one. When some were
 * marked meanwhile, others may be passed over: the next round has them.
 */
MUST_CHECK enum result cache_pending_next(struct cache *, struct pending_at *,
    int64_t before, size_t limit, struct key *out, size_t *count);

/* How many fresh writes are not known to be stored. */
MUST_CHECK enum result cache_fresh(struct cache *, uint64_t *count);

#endif
