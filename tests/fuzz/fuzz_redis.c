/* fuzz_redis.c: answers of Redis, on a connection that plays Redis. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cache.h"
#include "cache_claim.h"
#include "cache_internal.h"
#include "cache_upkeep.h"
#include "fuzz.h"
#include "text.h"

#define RUN_ID "run_id:aaaaaaaa\r\n"
#define ROLE "role:master\r\nmaster_replid:bbbbbbbb\r\n"
#define SHA "$40\r\n0123456789012345678901234567890123456789\r\n"
#define TOKEN "3f0c7a52-9a41-4d0e-8c55-0d7f5e1c2b6a"
#define KEYS 4
#define DIGITS_MOST 4

/* Where it is, and what it says next to whoever connects. */
static struct redis {
	struct sockaddr_un at;
	int listening;
	pthread_mutex_t lock;
	struct buffer answer;	/* under lock */
} redis = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct cache *cache;
static struct config config;

/* ---- the other side ---- */

/* What connecting asks for: INFO twice, and each script. */
static void
say_hello(struct buffer *out)
{
	buffer_printf(out, "$%zu\r\n%s\r\n", strlen(RUN_ID), RUN_ID);
	buffer_printf(out, "$%zu\r\n%s\r\n", strlen(ROLE), ROLE);
	for (int i = 0; i < SCRIPTS; i++)
		buffer_str(out, SHA);
}

/*
 * hiredis makes room for as many elements as an array says it has; so only
 * the first digits of what looks like such a number are said.
 */
static void
add_answer(struct buffer *out, const struct buffer *from)
{
	size_t digits = 0;
	bool counts = false;

	for (size_t i = 1; i < from->len; i++) {
		const char c = from->data[i];

		if (c < '0' || c > '9') {
			counts = c == '*';
			digits = 0;
		} else if (counts && digits++ >= DIGITS_MOST) {
			continue;
		}
		buffer_char(out, c);
	}
}

/*
 * Nothing that is asked is waited for: the answers lie ready in the socket.
 * The first byte of the input says whether it knows how to begin.
 */
static void
answer(int fd, const struct buffer *hello)
{
	struct buffer out = BUFFER_EMPTY;
	char asked[4096];

	pthread_mutex_lock(&redis.lock);
	if (redis.answer.len > 0 && redis.answer.data[0] != '!')
		buffer_add(&out, hello->data, hello->len);
	add_answer(&out, &redis.answer);
	pthread_mutex_unlock(&redis.lock);
	send(fd, out.data, out.len, MSG_NOSIGNAL);
	buffer_free(&out);
	shutdown(fd, SHUT_WR);
	while (read(fd, asked, sizeof(asked)) > 0)
		;
}

static void *
play(void *argument)
{
	struct buffer hello = BUFFER_EMPTY;
	int fd;

	(void)argument;
	say_hello(&hello);
	for (;;) {
		fd = accept(redis.listening, NULL, NULL);
		CHECK(fd >= 0);
		answer(fd, &hello);
		close(fd);
	}
}

static void
remove_socket(void)
{
	unlink(redis.at.sun_path);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *environment[] = {NULL, NULL}, error[512], line[200];
	pthread_t thread;

	(void)argc;
	(void)argv;
	redis.at.sun_family = AF_UNIX;
	snprintf(redis.at.sun_path, sizeof(redis.at.sun_path),
	    "/tmp/parley-fuzz-redis.%ld", (long)getpid());
	redis.listening = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(redis.listening, (struct sockaddr *)&redis.at,
	    sizeof(redis.at)) == 0 && listen(redis.listening, 4) == 0);
	atexit(remove_socket);
	snprintf(line, sizeof(line), "PARLEY_REDIS_SOCKET=%s",
	    redis.at.sun_path);
	environment[0] = line;
	CHECK(config_load(&config, "/dev/null", environment, error,
	    sizeof(error)) == RESULT_OK);
	fuzz_begin();
	CHECK(pthread_create(&thread, NULL, play, NULL) == 0);
	return 0;
}

/* ---- our side ---- */

static void
check_item(const struct item *item, const struct look *look)
{
	CHECK(look->token_known);
	CHECK(item->key.application == look->application);
	CHECK(item->text == NULL ||
	    text_valid(item->text, strlen(item->text)));
}

static void
ask_get(void)
{
	const struct key key = { 0, 3, 12 };
	struct look look;

	if (cache_get(cache, TOKEN, &key, &look) || !look.found)
		return;
	check_item(&look.item, &look);
	CHECK(look.item.key.chat == 3 && look.item.key.message == 12);
	item_clear(&look.item);
}

static void
ask_list(uint64_t chat)
{
	const struct range range = { .limit = 3 };
	struct list_change change;
	struct items items = {0};
	struct look look;

	if (cache_list_change(cache, TOKEN, chat, &look, &change) ==
	    RESULT_OK)
		CHECK(strlen(change.last) < sizeof(change.last));
	if (cache_list(cache, TOKEN, chat, &range, &look, &change, &items) ==
	    RESULT_OK) {
		for (size_t i = 0; i < items.count; i++)
			check_item(&items.item[i], &look);
	}
	items_clear(&items);
}

static void
ask_to_write(struct claim *claim, struct charge *charge)
{
	struct admission write = { .token = TOKEN, .tail = "\"v\":1}",
		.creates = true, .key = { 7, 3, 12 }, .claim = claim,
		.charge = charge };
	struct admission *const writes[] = { &write };

	if (cache_admit(cache, 1, writes, 1) == RESULT_OK &&
	    claim == NULL)
		CHECK(write.version >> VERSION_EPOCH_SHIFT >= 1);
	write.admit = ADMIT_OK;
	if (cache_reveal(cache, 1, writes, 1, true) == RESULT_OK &&
	    claim != NULL && cache_claim_done(cache, 1, &write) == RESULT_OK)
		CHECK(cache_claim_give_up(cache, &write, true) !=
		    RESULT_NOT_FOUND);
	if (claim != NULL)
		claim_clear(claim);
}

static void
ask_to_claim(void)
{
	struct claim claim = { .key = TOKEN, .print = TOKEN };
	struct charge charge = { .count = 2, .bucket = {
		{ .name = "a", .rate = { 60, 10 } },
		{ .name = "b", .rate = { 60, 10 } },
	} };

	ask_to_write(&claim, &charge);
}

static void
ask_to_charge(void)
{
	struct charge charge = { .count = 1, .bucket = {
		{ .name = "a", .rate = { 60, 10 } },
	} };

	if (cache_charge(cache, &charge) == RESULT_OK)
		CHECK(charge.asked && !charge.refused);
}

static void
ask_pending(void)
{
	struct pending_at at = {0};
	struct key keys[KEYS];
	size_t count;

	if (cache_pending_next(cache, &at, 100, KEYS, keys, &count) ==
	    RESULT_OK)
		CHECK(count <= KEYS);
}

static void
ask_numbers(void)
{
	const struct key chat = { 7, 3, 0 };
	struct mark mark = { .key = { 7, 3, 12 }, .version = 1 };
	uint64_t number;
	int64_t time;
	bool was;

	if (cache_lease_seen(cache, 1, &chat, &number) ||
	    cache_fresh(cache, &number) || cache_oldest(cache, &time) ||
	    cache_mark(cache, &mark, 1) ||
	    cache_forget(cache, &chat, 1, &was))
		return;
}

static void
ask_life(void)
{
	struct life life;
	char version[16];

	if (cache_life(cache, &life) == RESULT_OK) {
		life.past = life.epoch++;
		if (cache_life_install(cache, &life) == RESULT_OK)
			CHECK(life.epoch != 0);
	}
	if (cache_version(cache, version, sizeof(version)) == RESULT_OK)
		CHECK(strlen(version) < sizeof(version));
}

static void
ask_for_chats(void)
{
	ask_list(0);
}

static void
ask_for_messages(void)
{
	ask_list(3);
}

static void
ask_to_store(void)
{
	ask_to_write(NULL, NULL);
}

/* Each group of calls reads the input as the answer to what it asks. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const asks[])(void) = {
		ask_get, ask_for_chats, ask_for_messages, ask_to_store,
		ask_to_claim, ask_to_charge, ask_pending, ask_numbers,
		ask_life,
	};

	pthread_mutex_lock(&redis.lock);
	buffer_reset(&redis.answer);
	buffer_add(&redis.answer, data, size);
	pthread_mutex_unlock(&redis.lock);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		cache = cache_new(&config);
		asks[i]();
		cache_free(cache);
	}
	return 0;
}
