/* test_find.c: what a search finds, in which order, page by page. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "backend.h"

#include <inttypes.h>
#include <stdio.h>

#include "buffer.h"
#include "memory.h"
#include "text.h"

#define FILL(backend, chat, ...) do { \
	static const char *const texts[] = { __VA_ARGS__ }; \
	backend_fill((backend), (chat), texts, \
	    sizeof(texts) / sizeof(texts[0])); \
} while (0)

static void
parts_of_words_of_any_length_are_found(void **state)
{
	FILL(*state, 1, "Alhamdulilah", "Marhala", "nothing of it");
	assert_finds(*state, "hala", "2:2 1:1");
	assert_finds(*state, "hamd", "2:1");
	assert_finds(*state, "lah", "2:1");
	assert_finds(*state, "la", "2:2 2:1");
	assert_finds(*state, "l", "2:2 2:1");
	assert_finds(*state, "alhamdulilah", "3:1");
	assert_finds(*state, "alhamdulilahs", "");
	assert_finds(*state, "alhamdulilaa", "");
	assert_finds(*state, "x", "");
	assert_finds(*state, "xy", "");
}

static void
what_is_only_alike_comes_last(void **state)
{
	FILL(*state, 1, "lalahaa", "la ha al", "hal ala", "Alhamdulilah",
	    "halala", "hala", "ha-al-la", "hal la");
	assert_finds(*state, "hala", "3:6 2:5 1:7 1:4 1:1");
	assert_finds(*state, "hala lilah", "1:4");
	assert_finds(*state, "hal", "3:8 3:3 2:6 2:5");
	assert_finds(*state, "hahaha", "");
}

static void
whole_words_come_first_then_the_newest(void **state)
{
	FILL(*state, 1, "the cat", "concatenate", "cat", "scatter",
	    "a cat, too", "Cat!", "dog");
	assert_finds(*state, "cat", "3:6 3:5 3:3 3:1 2:4 2:2");
}

static void
every_term_must_be_found(void **state)
{
	FILL(*state, 1, "red fish", "blue fish", "red and blue",
	    "fishing in the reddish sea", "fish, red", "redfish");
	assert_finds(*state, "red fish", "3:5 3:1 2:6 2:4");
	assert_finds(*state, "FISH red", "3:5 3:1 2:6 2:4");
	assert_finds(*state, "red fish blue", "");
}

static void
only_the_chat_is_searched(void **state)
{
	struct backend *backend = *state;

	FILL(backend, 1, "here");
	FILL(backend, 11, "there", "where");
	assert_string_equal(backend_find(backend, 1, "here", 9, NULL), "3:1");
	assert_string_equal(backend_find(backend, 11, "here", 9, NULL),
	    "2:2 2:1");
	assert_string_equal(backend_find(backend, 2, "here", 9, NULL), "");
	backend->application += 1000;
	assert_string_equal(backend_find(backend, 1, "here", 9, NULL), "");
	backend->application -= 1000;
}

static void
case_and_accents_make_no_difference(void **state)
{
	FILL(*state, 1, "Grüße aus Köln", "GRUSSE", "naïve café",
	    "Здравствуй, мир", "ΟΔΥΣΣΕΥΣ", "ﬁne");
	assert_finds(*state, "grusse", "3:2 3:1");
	assert_finds(*state, "KOLN", "3:1");
	assert_finds(*state, "cafe NAÏVE", "3:3");
	assert_finds(*state, "МИР", "3:4");
	assert_finds(*state, "вст", "2:4");
	assert_finds(*state, "οδυσσευς", "3:5");
	assert_finds(*state, "fin", "2:6");
}

static void
any_script_is_searched(void **state)
{
	FILL(*state, 1, "我們今天去北京", "日本語のテキスト", "مرحبا بالعالم",
	    "😀😀😁 smile", "नमस्ते दुनिया");
	assert_finds(*state, "今", "2:1");
	assert_finds(*state, "北京", "2:1");
	assert_finds(*state, "今天去北", "2:1");
	assert_finds(*state, "テキ", "2:2");
	assert_finds(*state, "عالم", "2:3");
	assert_finds(*state, "😁", "3:4");
	assert_finds(*state, "😀😁", "3:4");
	assert_finds(*state, "😀😀😁", "3:4");
	assert_finds(*state, "😀😁😁", "");
	assert_finds(*state, "दुनिया", "3:5");
}

static void
no_character_means_anything_special(void **state)
{
	FILL(*state, 1, "100%", "a_b", "a*b", "c:\\dir\\file",
	    "say \"hi\" {now} [or] (never)", "it's </em> & more", "axb",
	    "C++ or C#", "foo-bar.baz");
	assert_finds(*state, "%", "3:1");
	assert_finds(*state, "a_b", "3:2");
	assert_finds(*state, "a*b", "3:3");
	assert_finds(*state, "a?b", "");
	assert_finds(*state, "\\dir\\", "3:4");
	assert_finds(*state, "\"hi\"", "3:5");
	assert_finds(*state, "{now}", "3:5");
	assert_finds(*state, "it's", "3:6");
	assert_finds(*state, "'", "3:6");
	assert_finds(*state, "c++", "3:8");
	assert_finds(*state, "foo-bar", "3:9");
	assert_finds(*state, "o-ba", "2:9");
	assert_finds(*state, "-bar.", "3:9");
	assert_finds(*state, "bar-baz", "");
}

static void
words_must_stand_together_to_be_whole(void **state)
{
	FILL(*state, 1, "foo bar x foo-barn", "foo-bar", "xfoo-bar foo bar");
	/* The term stands in 1 as a part, its words elsewhere. */
	assert_finds(*state, "foo-bar", "3:3 3:2 3:1");
	assert_finds(*state, "foo-barn", "3:1");
	assert_finds(*state, "xfoo-b", "2:3");
}

/* ---- long texts ---- */

static char *
repeated(const char *text, size_t times)
{
	struct buffer out = BUFFER_EMPTY;

	while (times-- > 0)
		buffer_str(&out, text);
	return buffer_take(&out);
}

static void
the_longest_texts_are_found(void **state)
{
	char *word = repeated("a", 255), *longer = repeated("a", 600);
	char *widest = repeated("😀z", 8000);
	char *grows = repeated("\uFDFA", 16000);
	char *tail = repeated("b", 255);
	const char *texts[] = { word, longer, widest, grows };

	backend_fill(*state, 1, texts, 4);
	assert_finds(*state, word, "3:1 2:2");
	assert_finds(*state, "z😀z", "3:3");
	assert_finds(*state, "\uFDFA", "3:4");
	assert_finds(*state, tail, "");
	free(word);
	free(longer);
	free(widest);
	free(grows);
	free(tail);
}

/* ---- pages ---- */

static void
pages_bring_every_hit_once_and_in_order(void **state)
{
	struct search_cursor cursor = {0};

	FILL(*state, 1, "cat", "cats", "cat", "cats", "cat", "cats", "cat",
	    "dog");
	assert_string_equal(backend_find(*state, 1, "cat", 3, &cursor),
	    "3:7 3:5 3:3 +");
	assert_string_equal(backend_find(*state, 1, "cat", 3, &cursor),
	    "3:1 2:6 2:4 +");
	assert_string_equal(backend_find(*state, 1, "cat", 3, &cursor),
	    "2:2");
	assert_string_equal(backend_find(*state, 1, "cat", 3, &cursor), "");
	cursor = (struct search_cursor){ 0 };
	assert_string_equal(backend_find(*state, 1, "cat", 4, &cursor),
	    "3:7 3:5 3:3 3:1 +");
	assert_string_equal(backend_find(*state, 1, "cat", 3, &cursor),
	    "2:6 2:4 2:2");
}

/* Walks all pages; asserts the order, and says how many hits there were. */
static size_t
walk(struct backend *backend, const char *query)
{
	struct search_cursor cursor = {0}, last = { TEXT_RANKS + 1, 0 };
	size_t count = 0;
	bool more = true;

	while (more) {
		const char *said = backend_find(backend, 1, query, 200,
		    &cursor);

		while (*said != '\0' && *said != ' ') {
			struct search_cursor hit;
			int used;

			assert_int_equal(sscanf(said, "%u:%" SCNu64 "%n",
			    &hit.rank, &hit.number, &used), 2);
			assert_true(hit.rank < last.rank ||
			    hit.number < last.number);
			last = hit;
			count++;
			said += used;
			said += *said == ' ' && said[1] != '+';
		}
		more = *said == ' ';
	}
	return count;
}

static void
pages_go_past_ten_thousand_hits(void **state)
{
	const size_t count = 12000;
	char **texts = xcalloc(count, sizeof(*texts));
	struct buffer text = BUFFER_EMPTY;

	for (size_t i = 0; i < count; i++) {
		buffer_printf(&text, "%s number %zu",
		    i % 8 == 0 ? "word" : "wording", i);
		texts[i] = buffer_take(&text);
	}
	backend_fill(*state, 1, (const char *const *)texts, count);
	assert_int_equal(walk(*state, "word"), count);
	assert_int_equal(walk(*state, "wording"), count - count / 8);
	assert_int_equal(walk(*state, "number w"), count);
	assert_int_equal(walk(*state, "number 1199"), 12);
	assert_int_equal(walk(*state, "number x"), 0);
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

/* ---- the rule ---- */

static const char *
random_character(void)
{
	static const char *const alphabet[] = {
		"a", "b", "a", "b", " ", " ", "-", "é", "日", "😀", "2",
		"\"", "%",
	};

	return alphabet[(size_t)random() %
	    (sizeof(alphabet) / sizeof(alphabet[0]))];
}

static char *
random_text(size_t most)
{
	struct buffer out = BUFFER_EMPTY;

	for (size_t i = (size_t)random() % most + 1; i > 0; i--)
		buffer_str(&out, random_character());
	buffer_str(&out, "");
	return buffer_take(&out);
}

/* What text_match says of all the texts. */
static char *
expected(char *const *texts, size_t count, const char *query)
{
	struct buffer out = BUFFER_EMPTY;
	struct text_terms terms;

	assert_ok(text_terms_read(&terms, query, strlen(query)));
	for (unsigned rank = TEXT_RANKS; rank > 0; rank--)
		for (size_t i = count; i-- > 0;) {
			char *folded = text_fold(texts[i], strlen(texts[i]));

			if (text_match(folded, terms.term, terms.count) ==
			    rank)
				buffer_printf(&out, "%s%u:%zu",
				    out.len > 0 ? " " : "", rank, i + 1);
			free(folded);
		}
	buffer_str(&out, "");
	text_terms_clear(&terms);
	return buffer_take(&out);
}

static void
hits_are_exactly_those_of_the_rule(void **state)
{
	enum { TEXTS = 150, QUERIES = 300 };
	char *texts[TEXTS];

	srandom(20260101);
	for (size_t i = 0; i < TEXTS; i++)
		texts[i] = random_text(40);
	backend_fill(*state, 1, (const char *const *)texts, TEXTS);
	for (size_t i = 0; i < QUERIES; i++) {
		char *query = random_text(7), *hits;

		if (!text_blank(query, strlen(query))) {
			hits = expected(texts, TEXTS, query);
			assert_string_equal(backend_find(*state, 1, query,
			    200, NULL), hits);
			free(hits);
		}
		free(query);
	}
	for (size_t i = 0; i < TEXTS; i++)
		free(texts[i]);
}

const struct CMUnitTest find_tests[] = {
	BACKEND_TEST(parts_of_words_of_any_length_are_found),
	BACKEND_TEST(what_is_only_alike_comes_last),
	BACKEND_TEST(whole_words_come_first_then_the_newest),
	BACKEND_TEST(every_term_must_be_found),
	BACKEND_TEST(only_the_chat_is_searched),
	BACKEND_TEST(case_and_accents_make_no_difference),
	BACKEND_TEST(any_script_is_searched),
	BACKEND_TEST(no_character_means_anything_special),
	BACKEND_TEST(words_must_stand_together_to_be_whole),
	BACKEND_TEST(the_longest_texts_are_found),
	BACKEND_TEST(pages_bring_every_hit_once_and_in_order),
	BACKEND_TEST(pages_go_past_ten_thousand_hits),
	BACKEND_TEST(hits_are_exactly_those_of_the_rule),
	NO_MORE_TESTS,
};
