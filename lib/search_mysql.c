/* search_mysql.c: searching in MySQL itself, by reading through the chat. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "db_search.h"
#include "memory.h"
#include "search_backend.h"
#include "text.h"

/*
 * A first look takes this many hits of any rank. If a chat has fewer,
 * they are all, and one reading was enough. If not, the terms are common,
 * and a reading for one rank ends early.
 */
#define LOOK_MOST 2000

struct mysql {
	struct db *db;		/* the caller's */
};

static void *
mysql_open(const struct config *config, struct db *db)
{
	struct mysql *mysql = xcalloc(1, sizeof(*mysql));

	(void)config;
	mysql->db = db;
	return mysql;
}

static void
mysql_close(void *state)
{
	free(state);
}

/* To the callers of search.h there is only one kind of failure. */
static enum result
simplify(enum result result)
{
	return result == RESULT_OK ? RESULT_OK : RESULT_UNAVAILABLE;
}

/* ---- finding ---- */

/* A search under way. */
struct finding {
	struct db *db;
	const struct search_query *query;
	char *words[TEXT_TERMS_MAX];
	struct search_alike alike[TEXT_TERMS_MAX];
	struct search_found found[LOOK_MOST];
	size_t count;		/* of those found */
};

/* Appends a look-ahead for the pair, from the beginning of a word. */
static void
add_look_ahead(struct buffer *out, const char *pair)
{
	buffer_str(out, "(?=[^ ]*");
	for (const char *c = pair; *c != '\0'; c++) {
		if (ispunct((unsigned char)*c))
			buffer_char(out, '\\');
		buffer_char(out, *c);
	}
	buffer_char(out, ')');
}

/*
 * An expression, in what PCRE and ICU have in common, for a word in which
 * all pairs of the term stand. If nothing is alike to the term, it is not
 * even asked, because no folded text has a line feed.
 */
static void
alike_to(const char *term, struct search_alike *alike)
{
	char pairs[TEXT_PAIRS_MAX][TEXT_PAIR_SIZE];
	size_t count = text_pairs(term, pairs);
	struct buffer out = BUFFER_EMPTY;
	size_t last = count > 0 ? count - 1 : 0;

	if (count == 0)
		strcpy(pairs[0], "\n");
	buffer_str(&out, "(^| )");
	for (size_t i = 0; i < count; i++)
		add_look_ahead(&out, pairs[i]);
	alike->expression = buffer_take(&out);
	for (size_t i = 0; i < SEARCH_PAIRS; i++)
		memcpy(alike->pair[i], pairs[i * last / (SEARCH_PAIRS - 1)],
		    TEXT_PAIR_SIZE);
}

/* Adds hits of these ranks, numbered below before, up to most in all. */
static enum result
scan(struct finding *finding, unsigned rank_least, unsigned rank_most,
    uint64_t before, size_t most)
{
	const struct search_scan wanted = {
		.chat = finding->query->chat,
		.terms = finding->query->terms,
		.words = finding->words,
		.alike = finding->alike,
		.terms_count = finding->query->terms_count,
		.before = before,
		.rank_least = rank_least,
		.rank_most = rank_most,
		.limit = most - finding->count,
	};

	return db_search_scan(finding->db, &wanted, finding->found,
	    &finding->count);
}

static int
compare_found(const void *a, const void *b)
{
	const struct search_found *one = a, *other = b;

	if (one->rank != other->rank)
		return one->rank < other->rank ? 1 : -1;
	return (one->number < other->number) - (one->number > other->number);
}

/* Keeps what comes after the cursor, in order, of all hits there are. */
static void
sort_found(struct finding *finding)
{
	const struct search_found last = {
		.rank = finding->query->after.rank,
		.number = finding->query->after.number,
	};
	size_t kept = 0;

	for (size_t i = 0; i < finding->count; i++)
		if (last.rank == 0 ||
		    compare_found(&last, &finding->found[i]) < 0)
			finding->found[kept++] = finding->found[i];
	finding->count = kept;
	qsort(finding->found, kept, sizeof(finding->found[0]), compare_found);
}

/* Finds the hits of the page and one more, if there are. */
static enum result
find_numbers(struct finding *finding)
{
	const struct search_cursor *after = &finding->query->after;
	size_t most = (size_t)finding->query->limit + 1;
	unsigned rank = after->rank ? after->rank : TEXT_RANKS;
	uint64_t before = after->rank ? after->number : UINT64_MAX;
	enum result result;

	assert(most <= LOOK_MOST);
	if (rank == TEXT_ALIKE)
		return scan(finding, rank, rank, before, most);
	result = scan(finding, 1, TEXT_RANKS, UINT64_MAX, LOOK_MOST);
	if (result != RESULT_OK)
		return result;
	if (finding->count < LOOK_MOST) {
		sort_found(finding);
		return RESULT_OK;
	}
	finding->count = 0;
	for (; rank > 0 && !result && finding->count < most; rank--) {
		result = scan(finding, rank, rank, before, most);
		before = UINT64_MAX;
	}
	return result;
}

static int
compare_keys(const void *a, const void *b)
{
	return key_compare(*(const struct key *const *)a,
	    *(const struct key *const *)b);
}

/* Reads the messages; one that is gone meanwhile is left out. */
static enum result
read_messages(struct finding *finding, size_t count, struct search_hits *out)
{
	struct key *keys = xcalloc(count, sizeof(*keys));
	const struct key **sorted = xcalloc(count, sizeof(*sorted));
	struct item *items = xcalloc(count, sizeof(*items));
	struct item **placed = xcalloc(count, sizeof(*placed));
	enum result result;

	for (size_t i = 0; i < count; i++) {
		keys[i] = finding->query->chat;
		keys[i].message = finding->found[i].number;
		sorted[i] = &keys[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_keys);
	result = db_search_messages(finding->db, sorted, count, items);
	for (size_t i = 0; i < count; i++)
		placed[sorted[i] - keys] = &items[i];
	for (size_t i = 0; i < count && result == RESULT_OK; i++)
		if (placed[i]->text != NULL)
			*search_hits_add(out, finding->found[i].rank) =
			    *placed[i];
	free(keys);
	free(sorted);
	free(items);
	free(placed);
	return result;
}

static enum result
mysql_find(void *state, const struct search_query *query,
    struct search_hits *out)
{
	struct mysql *mysql = state;
	struct finding *finding = xcalloc(1, sizeof(*finding));
	enum result result;
	size_t count;

	finding->db = mysql->db;
	finding->query = query;
	for (size_t i = 0; i < query->terms_count; i++) {
		finding->words[i] = text_words(query->terms[i]);
		alike_to(query->terms[i], &finding->alike[i]);
	}
	result = find_numbers(finding);
	out->more = finding->count > query->limit;
	count = out->more ? query->limit : finding->count;
	if (result == RESULT_OK && count > 0)
		result = read_messages(finding, count, out);
	for (size_t i = 0; i < query->terms_count; i++) {
		free(finding->words[i]);
		free(finding->alike[i].expression);
	}
	free(finding);
	return simplify(result);
}

/* ---- the others ---- */

static enum result
mysql_prepare(void *state)
{
	struct mysql *mysql = state;

	return simplify(db_search_check(mysql->db));
}

static enum result
mysql_ping(void *state)
{
	struct mysql *mysql = state;

	return simplify(db_ping(mysql->db));
}

/* ---- indexing ---- */

/* One message and where its outcome goes. */
struct entry {
	const struct item *item;
	enum indexed *outcome;
};

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	return key_compare(&one->item->key, &other->item->key);
}

/* Stores the texts; if some is refused, one by one to see which. */
static enum result
store(struct db *db, const struct search_text *texts,
    const struct entry *entries, size_t count)
{
	enum result result = db_search_store(db, texts, count);

	for (size_t i = 0; i < count; i++)
		*entries[i].outcome = INDEXED;
	if (result != RESULT_REFUSED)
		return result;
	result = RESULT_OK;
	for (size_t i = 0; i < count && result == RESULT_OK; i++) {
		result = db_search_store(db, &texts[i], 1);
		if (result == RESULT_REFUSED) {
			*entries[i].outcome = INDEX_REFUSED;
			result = RESULT_OK;
		}
	}
	return result;
}

static enum result
mysql_index(void *state, const struct item *const *items, size_t count,
    enum indexed *outcome)
{
	struct mysql *mysql = state;
	struct entry *entries = xcalloc(count, sizeof(*entries));
	struct search_text *texts = xcalloc(count, sizeof(*texts));
	char **owned = xcalloc(count * 2, sizeof(*owned));
	enum result result;

	for (size_t i = 0; i < count; i++)
		entries[i] = (struct entry){ items[i], &outcome[i] };
	qsort(entries, count, sizeof(*entries), compare_entries);
	for (size_t i = 0; i < count; i++) {
		const struct item *item = entries[i].item;

		owned[i * 2] = text_fold(item->text, strlen(item->text));
		owned[i * 2 + 1] = text_words(owned[i * 2]);
		texts[i] = (struct search_text){ &item->key, item->version,
			owned[i * 2], owned[i * 2 + 1] };
	}
	result = store(mysql->db, texts, entries, count);
	for (size_t i = 0; i < count * 2; i++)
		free(owned[i]);
	free(owned);
	free(texts);
	free(entries);
	return simplify(result);
}

const struct search_methods search_mysql = {
	.open = mysql_open,
	.close = mysql_close,
	.find = mysql_find,
	.prepare = mysql_prepare,
	.index = mysql_index,
	.ping = mysql_ping,
};
