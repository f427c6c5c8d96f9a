/* admin_doctor_work.c: parley-admin doctor: whether the work is done. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "admin_doctor.h"
#include "cache_upkeep.h"
#include "clock.h"
#include "db_lives.h"
#include "db_status.h"
#include "late.h"
#include "search_http.h"

#define WEB_TIMEOUT_MS 5000

/* ---- the queues ---- */

static void
look_at_jobs(struct doctor *d)
{
	static const struct advice advice = {
	    "jobs consumers",
	    "nothing is stored: what is written waits in the queue until "
	    "fresh_limit or queue_limit_bytes is reached, then writes are 503",
	    "start parley-jobs; if it runs, its log says what it waits for",
	    "systemctl start parley-jobs" };

	doctor_find(d, d->consumers > 0 ? FOUND_OK : FOUND_ERROR, &advice,
	    NULL, "%" PRIu32 " consume " BROKER_WRITES, d->consumers);
}

static void
look_at_dead_letters(struct doctor *d)
{
	static const struct advice advice = {
	    "jobs dead-letters",
	    "each is a write that was answered and could not be stored; it "
	    "is read from Redis only, and not found by search",
	    "see why, mend that, and have them stored: " PROGRAM " dead "
	    "show, dead replay", "@admin dead list" };
	uint32_t messages, consumers;

	if (broker_depth(d->broker, BROKER_DEAD, &messages, &consumers) ==
	    RESULT_OK)
		doctor_find(d, messages > 0 ? FOUND_WARNING : FOUND_OK,
		    &advice, NULL, "there are %" PRIu32 " dead letters",
		    messages);
}

/* ---- what waits ---- */

static void
judge_age(struct doctor *d, const struct advice *advice, const char *what,
    int64_t ms, int64_t most)
{
	doctor_find(d, ms > most ? FOUND_WARNING : FOUND_OK, advice, NULL,
	    "what waits longest to be %s has waited for %" PRId64 " s", what,
	    ms / 1000);
}

static void
look_at_fresh(struct doctor *d)
{
	static const struct advice advice = {
	    "jobs storing",
	    "it is read from Redis as long as that forgets nothing; and "
	    "MySQL's tables and search lag behind",
	    "see the log of parley-jobs, and whether MySQL is slow",
	    "@admin status" };
	const int64_t now = clock_wall_ms();
	int64_t revealed;

	if (cache_oldest(d->cache, &revealed) == RESULT_OK)
		judge_age(d, &advice, "stored", revealed == 0 ||
		    revealed > now ? 0 : now - revealed, LATE_STORE_MS);
}

static void
look_at_tables(struct doctor *d)
{
	static const struct advice index = {
	    "jobs indexing", "search does not find it",
	    "see the log of parley-jobs: the search backend is down, slow, "
	    "or refuses a document", "@admin status" }, count = {
	    "cron parley-count",
	    "chats_count and messages_count are promised to be no more than "
	    "an hour behind",
	    "put conf/crontab into a crontab (crontab -u parley "
	    "/usr/local/share/parley/conf/crontab) and see that cron runs; "
	    "once by hand, with the configuration that has its account:",
	    "parley-count" };
	int64_t indexed, counted;

	if (db_oldest(d->db, &indexed, &counted) != RESULT_OK)
		return;		/* the schema is old, which was said */
	judge_age(d, &index, "indexed", indexed, LATE_INDEX_MS);
	judge_age(d, &count, "counted", counted, LATE_COUNT_MS);
}

static void
look_at_epoch(struct doctor *d)
{
	static const struct advice advice = {
	    "jobs marker",
	    "since Redis forgot what it knew, what is found nowhere is 503: "
	    "it may still be in the queue",
	    "parley-jobs passes it when it has stored all that was written "
	    "before; see its log", "@admin status" };
	struct life life;
	bool passed;

	if (cache_life(d->cache, &life) != RESULT_OK || life.epoch == 0 ||
	    db_epoch_passed(d->db, life.epoch, &passed) != RESULT_OK)
		return;
	doctor_find(d, passed ? FOUND_OK : FOUND_WARNING, &advice, NULL,
	    "the marker of epoch %" PRIu32 " was %spassed", life.epoch,
	    passed ? "" : "not ");
}

void
doctor_work(struct doctor *d)
{
	if (d->rabbitmq) {
		look_at_jobs(d);
		look_at_dead_letters(d);
	}
	if (d->redis)
		look_at_fresh(d);
	if (d->mysql)
		look_at_tables(d);
	if (d->redis && d->mysql)
		look_at_epoch(d);
}

/* ---- the web server ---- */

static const struct advice web_advice = {
    "web server",
    "this is what clients reach",
    "see that it runs, that its configuration includes Parley's, and that "
    "it may connect to the responders' sockets: its error log says so",
    "curl -i '@it/livez'" };

static bool
ask(struct doctor *d, const char *path, long *status, struct buffer *answer)
{
	struct config config = *d->config;
	const struct search_http_request request = {
		.method = "GET", .path = path, .timeout_ms = WEB_TIMEOUT_MS,
	};
	static char nobody[] = "";
	struct search_http *http;
	enum result result;

	/* Not the search engine's account: this is another server. */
	config.search_url = d->call->url;
	config.search_user = nobody;
	http = search_http_new(&config);
	result = search_http_send(http, &request, status, answer);
	search_http_free(http);
	return result == RESULT_OK;
}

void
doctor_web(struct doctor *d)
{
	static const char *const paths[] = { "/livez", "/readyz" };
	struct buffer answer = BUFFER_EMPTY;
	long status;

	for (size_t i = 0; d->call->url != NULL && i < 2; i++)
		if (!ask(d, paths[i], &status, &answer))
			doctor_find(d, FOUND_ERROR, &web_advice, d->call->url,
			    "no answer to %s%s", d->call->url, paths[i]);
		else
			doctor_find(d, status == 200 ? FOUND_OK : FOUND_ERROR,
			    &web_advice, d->call->url,
			    "%s%s is answered with %ld", d->call->url,
			    paths[i], status);
	buffer_free(&answer);
}
