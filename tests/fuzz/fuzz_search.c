/* fuzz_search.c: what a search node answers, and what is made of it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "memory.h"
#include "search_json.h"
#include "text.h"

#define LIMIT 3
#define OUTCOMES 3

/* Without its tags and escapes a highlight is the text itself. */
static void
check_highlight(const char *text, char *const *terms, size_t count)
{
	static const char *const rows[][2] = {
		{ "<em>", "" }, { "</em>", "" }, { "&lt;", "<" },
		{ "&gt;", ">" }, { "&amp;", "&" }, { "&quot;", "\"" },
		{ "&#39;", "'" },
	};
	const size_t rows_count = sizeof(rows) / sizeof(rows[0]);
	char *const marked = text_highlight(text, strlen(text), terms, count);
	struct buffer plain = BUFFER_EMPTY;
	const char *at = marked;
	size_t i;

	CHECK(text_valid(marked, strlen(marked)));
	while (*at != '\0') {
		for (i = 0; i < rows_count; i++)
			if (strncmp(at, rows[i][0], strlen(rows[i][0])) == 0)
				break;
		if (i == rows_count) {
			buffer_char(&plain, *at++);
			continue;
		}
		buffer_str(&plain, rows[i][1]);
		at += strlen(rows[i][0]);
	}
	buffer_str(&plain, "");
	CHECK(strcmp(plain.data, text) == 0);
	buffer_free(&plain);
	free(marked);
}

static void
check_hit(const struct item *item, unsigned rank, char *const *terms,
    size_t count)
{
	char *folded = text_fold(item->text, strlen(item->text));
	char *words = text_words(folded);

	CHECK(rank >= 1 && rank <= TEXT_RANKS);
	CHECK(item->key.application == 7 && item->key.chat == 3);
	CHECK(item->key.message > 0 && item->version > 0);
	CHECK(text_valid(item->text, strlen(item->text)));
	CHECK(text_valid(folded, strlen(folded)));
	CHECK(text_valid(words, strlen(words)));
	CHECK(text_match(folded, terms, count) <= TEXT_WHOLE_WORDS);
	check_highlight(item->text, terms, count);
	free(folded);
	free(words);
}

static void
read_hits(const char *answer, size_t len)
{
	char first[] = "kol", second[] = "grusse";
	char *const terms[] = { first, second };
	const struct search_query query = {
		.chat = { 7, 3, 0 }, .limit = LIMIT,
		.terms = terms, .terms_count = 2,
	};
	struct search_hits hits = {0};

	if (search_json_hits(answer, len, &query, &hits) == RESULT_OK) {
		CHECK(hits.items.count <= LIMIT);
		for (size_t i = 0; i < hits.items.count; i++)
			check_hit(&hits.items.item[i], hits.rank[i], terms,
			    2);
	}
	search_hits_clear(&hits);
}

static void
read_outcomes(const char *answer, size_t len)
{
	enum indexed outcomes[OUTCOMES];
	struct search_reason first;

	if (search_json_outcomes(answer, len, OUTCOMES, outcomes, &first) !=
	    RESULT_OK)
		return;
	for (size_t i = 0; i < OUTCOMES; i++)
		CHECK(outcomes[i] <= INDEX_REFUSED);
	CHECK(strnlen(first.type, sizeof(first.type)) < sizeof(first.type));
}

static void
read_reason(const char *answer, size_t len)
{
	struct search_reason reason;

	search_json_reason(answer, len, &reason);
	CHECK(strnlen(reason.type, sizeof(reason.type)) <
	    sizeof(reason.type));
	CHECK(strnlen(reason.text, sizeof(reason.text)) <
	    sizeof(reason.text));
	CHECK(strstr(reason.text, "Preview of") == NULL);
}

/* Whatever was asked, any of the answers may come. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const answer = (const char *)data;

	read_hits(answer, size);
	read_outcomes(answer, size);
	read_reason(answer, size);
	if (search_json_check_mapping(answer, size) == RESULT_OK)
		CHECK(size > 0);
	return 0;
}
