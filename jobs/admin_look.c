/* admin_look.c: how every part is, and what waits, as parley-admin finds it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin_look.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdarg.h>
#include <string.h>

#include "broker.h"
#include "buffer.h"
#include "cache_upkeep.h"
#include "clock.h"
#include "db_counts.h"
#include "db_lives.h"
#include "db_pending.h"
#include "db_rebuild.h"
#include "db_status.h"
#include "late.h"
#include "search_upkeep.h"

#define VERSION_SIZE 128

struct status {
	const struct config *config;
	struct db *db;
	json_t *root;		/* one object for each part */
	json_t *problems;	/* strings */
	uint32_t epoch;		/* of Redis; 0: not known */
};

static void __attribute__((format(printf, 2, 3)))
problem(struct status *status, const char *format, ...)
{
	struct buffer text = BUFFER_EMPTY;
	va_list args;

	va_start(args, format);
	buffer_vprintf(&text, format, args);
	va_end(args);
	json_array_append_new(status->problems, json_string(text.data));
	buffer_free(&text);
}

static void
put(json_t *part, const char *name, uint64_t number)
{
	json_object_set_new(part, name, json_integer((json_int_t)number));
}

/* Begins the object of a part. */
static json_t *
part_new(struct status *status, const char *name)
{
	json_t *part = json_object();

	json_object_set_new(status->root, name, part);
	return part;
}

/* Notes that it answered, and as what; or that it did not. */
static void
part_is(struct status *status, const char *name, bool up, const char *version)
{
	json_t *part = json_object_get(status->root, name);

	json_object_set_new(part, "status", json_string(up ? "ok" : "down"));
	if (up)
		json_object_set_new(part, "version", json_string(version));
	else
		problem(status, "%s is down, or too slow", name);
}

/* ---- the parts ---- */

static bool
depth(struct status *status, struct broker *broker, const char *queue,
    const char *name, uint32_t *messages)
{
	json_t *part = json_object_get(status->root, "rabbitmq");
	uint32_t consumers = 0;

	*messages = 0;
	if (broker_depth(broker, queue, messages, &consumers))
		return false;
	put(part, name, *messages);
	if (strcmp(queue, BROKER_WRITES) != 0)
		return true;
	put(part, "consumers", consumers);
	if (consumers == 0)
		problem(status, "nobody stores what is in the queue: "
		    "parley-jobs does not run");
	return true;
}

static void
look_at_rabbitmq(struct status *status)
{
	struct broker *broker = broker_new(status->config);
	uint32_t messages, dead = 0;
	char version[VERSION_SIZE] = "";
	bool up;

	part_new(status, "rabbitmq");
	up = depth(status, broker, BROKER_WRITES, "writes", &messages) &&
	    depth(status, broker, BROKER_RETRY, "retry", &messages) &&
	    depth(status, broker, BROKER_DEAD, "dead", &dead);
	broker_version(broker, version, sizeof(version));
	part_is(status, "rabbitmq", up, version);
	if (dead > 0)
		problem(status, "there are %" PRIu32 " dead letters: "
		    "see parley-admin dead list", dead);
	broker_free(broker);
}

static bool
look_into_redis(struct status *status, json_t *part, struct cache *cache)
{
	int64_t revealed_at, age = 0;
	struct life life;
	uint64_t fresh;

	if (cache_life(cache, &life) || cache_fresh(cache, &fresh) ||
	    cache_oldest(cache, &revealed_at))
		return false;
	if (revealed_at != 0)
		age = clock_wall_ms() - revealed_at;
	status->epoch = life.epoch;
	put(part, "epoch", life.epoch);
	put(part, "fresh", fresh);
	put(part, "fresh_limit", (uint64_t)status->config->fresh_limit);
	put(part, "fresh_oldest_ms", age > 0 ? (uint64_t)age : 0);
	if (age > LATE_STORE_MS)
		problem(status, "a write has waited to be stored for %" PRId64
		    " s", age / 1000);
	if (life.epoch == 0)
		problem(status, "Redis is in a new life, in which nothing "
		    "was written yet");
	return true;
}

static void
look_at_redis(struct status *status)
{
	struct cache *cache = cache_new(status->config);
	json_t *part = part_new(status, "redis");
	char version[VERSION_SIZE] = "";
	bool up = cache_version(cache, version, sizeof(version)) == RESULT_OK;

	up = up && look_into_redis(status, part, cache);
	part_is(status, "redis", up, version);
	cache_free(cache);
}

/*
 * Whether all of the lives before that of Redis is stored. The newest epoch
 * may be higher: of two who met a new life, one raised it for nothing.
 */
static bool
look_at_epoch(struct status *status, json_t *part)
{
	uint32_t newest, epoch;
	bool passed;

	if (db_epoch_newest(status->db, &newest))
		return false;
	epoch = status->epoch != 0 ? status->epoch : newest;
	if (db_epoch_passed(status->db, epoch, &passed))
		return false;
	put(part, "epoch", newest);
	json_object_set_new(part, "epoch_passed", json_boolean(passed));
	if (epoch != 0 && !passed)
		problem(status, "the marker of epoch %" PRIu32
		    " has not been passed: reads of what is not found say 503",
		    epoch);
	if (epoch > newest)
		problem(status, "Redis is in epoch %" PRIu32 ", of which this "
		    "database knows nothing: it is an old one", epoch);
	return true;
}

static bool
look_at_backlog(struct status *status, json_t *part)
{
	uint64_t entries, counts, leases, largest;
	int64_t oldest;
	bool rebuilds;

	if (db_index_backlog(status->db, &entries, &oldest) ||
	    db_count_total(status->db, false, &counts) ||
	    db_leases(status->db, &leases, &largest) ||
	    db_rebuild_runs(status->db, &rebuilds))
		return false;
	put(part, "index_backlog", entries);
	put(part, "index_oldest_ms", (uint64_t)oldest);
	put(part, "count_marks", counts);
	put(part, "leases", leases);
	put(part, "lease_largest", largest);
	json_object_set_new(part, "reindexing", json_boolean(rebuilds));
	if (oldest > LATE_INDEX_MS)
		problem(status, "a message has waited to be indexed for "
		    "%" PRId64 " s", oldest / 1000);
	return true;
}

static void
look_at_mysql(struct status *status)
{
	json_t *part = part_new(status, "mysql");
	char version[VERSION_SIZE] = "";
	bool up = db_version(status->db, version, sizeof(version)) ==
	    RESULT_OK;
	bool whole = up && look_at_epoch(status, part) &&
	    look_at_backlog(status, part);

	part_is(status, "mysql", up, version);
	if (!whole)
		json_object_set_new(part, "error",
		    json_string(db_error(status->db)));
	if (up && !whole)
		problem(status, "mysql does not tell all: %s; has "
		    "parley-admin migrate been run?", db_error(status->db));
}

static void
look_at_search(struct status *status)
{
	struct upkeep *upkeep = upkeep_new(status->config, status->db);
	struct search *search = search_new(status->config, status->db);
	char version[VERSION_SIZE] = "";
	bool up;

	part_new(status, "search");
	up = search_ping(search) == RESULT_OK &&
	    upkeep_version(upkeep, version, sizeof(version)) == RESULT_OK;
	part_is(status, "search", up, version);
	search_free(search);
	upkeep_free(upkeep);
}

json_t *
look_at_all(const struct config *config)
{
	struct status status = {
		.config = config,
		.db = db_new(config),
		.root = json_object(),
		.problems = json_array(),
	};
	json_t *all;

	look_at_rabbitmq(&status);
	look_at_redis(&status);
	look_at_mysql(&status);
	look_at_search(&status);
	db_free(status.db);
	all = json_pack("{s:b,s:{s:s}}", "well",
	    json_array_size(status.problems) == 0, "parley",
	    "version", PACKAGE_VERSION);
	json_object_update(all, status.root);
	json_object_set_new(all, "problems", status.problems);
	json_decref(status.root);
	return all;
}
