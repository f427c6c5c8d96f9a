/* admin_doctor_redis.c: parley-admin doctor: Redis. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "admin_doctor.h"
#include "cache_upkeep.h"
#include "clock.h"

#define VALUE_SIZE 128

/* What a short message takes while it waits: doc/architecture.md. */
#define FRESH_BYTES 670

static bool
is_one(const struct doctor *d, const char *value)
{
	(void)d;
	return strcmp(value, "1") == 0;
}

static bool
is_zero(const struct doctor *d, const char *value)
{
	(void)d;
	return strcmp(value, "0") == 0;
}

static bool
is_well(const struct doctor *d, const char *value)
{
	(void)d;
	return strcmp(value, "ok") == 0;
}

static bool
evicts_nothing(const struct doctor *d, const char *value)
{
	(void)d;
	return strcmp(value, "noeviction") == 0;
}

static bool
has_room(const struct doctor *d, const char *value)
{
	return strtoull(value, NULL, 10) >=
	    (unsigned long long)d->config->fresh_limit * FRESH_BYTES;
}

static bool
is_synced(const struct doctor *d, const char *value)
{
	(void)d;
	return strcmp(value, "no") != 0;
}

/* ---- what INFO says: every account may ask ---- */

static const struct {
	const char *section;
	struct rule rule;
} infos[] = {
	{ "persistence", { "aof_enabled", is_one, FOUND_WARNING, {
	    "redis appendonly",
	    "a restart of Redis then forgets the counters and all that is "
	    "fresh: numbers go on after a gap, and reads of what is not "
	    "stored yet are 503 until the jobs have stored it",
	    "switch it on now, and put appendonly yes into redis.conf",
	    "@redis CONFIG SET appendonly yes" } } },
	{ "persistence", { "aof_last_write_status", is_well, FOUND_ERROR, {
	    "redis aof_last_write_status",
	    "Redis cannot write its log, and refuses writes",
	    "make room on its disk, and see its log", NULL } } },
	{ "memory", { "maxmemory_policy", evicts_nothing, FOUND_ERROR, {
	    "redis maxmemory-policy",
	    "a full Redis then throws away counters and writes that are not "
	    "stored yet, where it should refuse new ones",
	    "set it now, and put maxmemory-policy noeviction into redis.conf",
	    "@redis CONFIG SET maxmemory-policy noeviction" } } },
	{ "stats", { "evicted_keys", is_zero, FOUND_WARNING, {
	    "redis evicted_keys",
	    "keys were thrown away to make room, since Redis was started: "
	    "numbers have gaps, and what was fresh could not be read",
	    "see to maxmemory-policy and maxmemory; then forget this count",
	    "@redis CONFIG RESETSTAT" } } },
};

/*
 * Unlimited, it would take all memory of the host, and be ended by the
 * kernel; too small, it refuses writes long before fresh_limit does.
 */
static const struct rule limited = { "maxmemory", has_room, FOUND_WARNING, {
    "redis maxmemory",
    "with less than fresh_limit needs (about 670 bytes a write) Redis is "
    "full, and writes are 503, sooner than fresh_limit says",
    "raise it now, and in redis.conf; or lower fresh_limit",
    "@redis CONFIG SET maxmemory 1536mb" } };
static const struct advice unlimited = {
    "redis maxmemory",
    "while nothing is stored Redis grows up to fresh_limit, and whatever "
    "else grows in it has no bound: the kernel ends it when memory is out",
    "set it now, and put maxmemory 1536mb into redis.conf",
    "@redis CONFIG SET maxmemory 1536mb" };

static void
look_at_memory(struct doctor *d)
{
	char value[VALUE_SIZE];

	if (cache_info(d->cache, "memory", "maxmemory", value,
	    sizeof(value)) != RESULT_OK)
		return;
	if (strcmp(value, "0") == 0)
		doctor_find(d, FOUND_WARNING, &unlimited, NULL,
		    "maxmemory is not set");
	else
		doctor_judge(d, &limited, value);
}

/* ---- what only CONFIG GET says ---- */

static void
look_at_settings(struct doctor *d)
{
	static const struct rule rule = { "appendfsync", is_synced,
	    FOUND_WARNING, {
	    "redis appendfsync",
	    "the kernel decides when the log gets to the disk: when the host "
	    "goes down half a minute of what is fresh is forgotten, where it "
	    "could be a second",
	    "set it now, and put appendfsync everysec into redis.conf",
	    "@redis CONFIG SET appendfsync everysec" } };
	static const struct advice refused = {
	    "redis appendfsync",
	    "how often the log gets to the disk is not to be seen otherwise",
	    "let this account of Redis read settings, or look yourself: "
	    "@redis CONFIG GET appendfsync",
	    "@redis ACL SETUSER @it +config\\|get" };
	char value[VALUE_SIZE];

	switch (cache_setting(d->cache, "appendfsync", value,
	    sizeof(value))) {
	case RESULT_OK:
		doctor_judge(d, &rule, value);
		break;
	case RESULT_REFUSED:
		doctor_find(d, FOUND_UNKNOWN, &refused,
		    d->config->redis_user[0] ? d->config->redis_user :
		    "default", "this account may not see appendfsync");
		break;
	default:
		break;	/* it has gone down meanwhile, or is no Redis */
	}
}

/* ---- all ---- */

static bool
look_at_version(struct doctor *d)
{
	static const struct versions versions = { "Redis", { 6, 0 }, "7.0", {
	    "redis version", "accounts need what came with it",
	    "upgrade to Redis 6.0 or later", NULL } };
	static const struct advice down = {
	    "redis answers",
	    "writes are 503, and reads of what is not stored yet, too",
	    "start it, or mend redis_host, redis_socket, redis_user, "
	    "redis_password; it must not be a replica", NULL };
	char value[VALUE_SIZE];

	d->redis = cache_version(d->cache, value, sizeof(value)) == RESULT_OK;
	doctor_find(d, d->redis ? FOUND_OK : FOUND_ERROR, &down, NULL,
	    "it %s%s", d->redis ? "answers" : "does not answer: ",
	    d->redis ? "" : cache_error(d->cache));
	if (d->redis)
		doctor_version(d, &versions, value);
	return d->redis;
}

void
doctor_redis(struct doctor *d)
{
	static const struct advice refused = {
	    "redis clock", "its clock says when a rate's bucket is full",
	    "let this account of Redis ask for the time",
	    "@redis ACL SETUSER @it +time" };
	char value[VALUE_SIZE];
	int64_t before, theirs;

	if (!look_at_version(d))
		return;
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++)
		if (cache_info(d->cache, infos[i].section,
		    infos[i].rule.name, value, sizeof(value)) == RESULT_OK)
			doctor_judge(d, &infos[i].rule, value);
	look_at_memory(d);
	look_at_settings(d);
	before = clock_wall_ms();
	if (cache_time(d->cache, &theirs) == RESULT_OK)
		doctor_clock(d, "Redis", before, theirs, clock_wall_ms());
	else
		doctor_find(d, FOUND_UNKNOWN, &refused,
		    d->config->redis_user, "its clock is not to be seen");
}
