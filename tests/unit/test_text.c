/* test_text.c: UTF-8, folding, terms, matches and highlights. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
real_texts_are_valid(void **state)
{
	static const char *const good[] = { "", "plain", "Grüße, Straße",
		"السَّلَامُ عَلَيْكُم", "Здравствуйте", "你好，世界", "日本語",
		"がか", "हिन्दी",
		"👨‍👩‍👧‍👦 👍🏽", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(text_valid(good[i], strlen(good[i])));
}

static void
what_is_not_utf8_is_not_valid(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xbf", "a\x80z",		/* stray */
		"\xc3", "\xe4\xbd", "\xf0\x9f\x98",	/* cut at the end */
		"\xc3z", "\xe4\xbdz", "\xf0\x9f\x98z",	/* cut inside */
		"\xe4\xbd\xe4\xbd\xa0",
		"\xc0\x80", "\xc0\xaf", "\xc1\xbf",	/* overlong */
		"\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf",		/* surrogates */
		"\xed\xa0\xbd\xed\xb8\x80",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80",	/* over U+10FFFF */
		"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80",
		"\xfe", "\xff",
		"gr\xfc\xdf",				/* Latin-1 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (text_valid(bad[i], strlen(bad[i])))
			fail_msg("number %zu is taken for UTF-8", i);
	assert_false(text_valid("a\0b", 3));
	assert_false(text_valid("\0", 1));
	assert_false(text_valid("a\0", 2));
}

static void
length_counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(text_length("", 0), 0);
	assert_int_equal(text_length("abc", 3), 3);
	assert_int_equal(text_length("äöü", strlen("äöü")), 3);
	assert_int_equal(text_length("你好", strlen("你好")), 2);
	assert_int_equal(text_length("👍🏽", strlen("👍🏽")), 2);
}

static void
blank_is_what_shows_nothing(void **state)
{
	static const char *const blank[] = { "", " ", " \t\r\n\v\f",
		"\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\xa8\xe2\x80\x83",
		"\xe2\x80\x8b", "\xef\xbb\xbf", "\xc2\x85\x01" };
	static const char *const shown[] = { "a", " . ", "\xcc\x81", "👍",
		"\xe2\x80\x8b你" };

	(void)state;
	for (size_t i = 0; i < COUNT(blank); i++)
		assert_true(text_blank(blank[i], strlen(blank[i])));
	for (size_t i = 0; i < COUNT(shown); i++)
		assert_false(text_blank(shown[i], strlen(shown[i])));
}

static void
assert_folded(const char *text, const char *expected)
{
	char *folded = text_fold(text, strlen(text));
	char *again = text_fold(folded, strlen(folded));

	assert_string_equal(folded, expected);
	assert_string_equal(again, expected);	/* folding is final */
	free(folded);
	free(again);
}

static void
folding_forgets_case_and_accents(void **state)
{
	(void)state;
	assert_folded("", "");
	assert_folded("Hello, World!", "hello, world!");
	assert_folded("Straße STRASSE Ärger", "strasse strasse arger");
	assert_folded("Crème Brûlée", "creme brulee");
	assert_folded("Cre\xcc\x80me", "creme");
	assert_folded("İstanbul", "istanbul");
	assert_folded("ΟΔΥΣΣΕΎΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ");
	assert_folded("Ёлка ЙОД Българ", "елка иод българ");
	assert_folded("ﬁne ™ ½ Ｆｕｌｌ ①", "fine tm 1⁄2 full 1");
	assert_folded("1\xef\xb8\x8f\xe2\x83\xa3", "1");
}

static void
folding_drops_vocalisation_and_keeps_spelling(void **state)
{
	(void)state;
	assert_folded("السَّلَامُ عَلَيْكُم", "السلام عليكم");
	assert_folded("שָׁלוֹם", "שלום");
	assert_folded("हिन्दी", "हिन्दी");
	assert_folded("ไทยที่", "ไทยที่");
	assert_folded("你好，世界", "你好,世界");
	/* が keeps its voicing, though it comes apart. */
	assert_folded("が", "か\xe3\x82\x99");
}

static void
folding_drops_what_is_invisible(void **state)
{
	(void)state;
	assert_folded("soft\xc2\xadhyphen zero\xe2\x80\x8bwidth",
	    "softhyphen zerowidth");
	assert_folded("👨‍👩‍👧", "👨👩👧");
	assert_folded("❤\xef\xb8\x8f", "❤");
}

static void
folding_makes_each_white_space_one_space(void **state)
{
	(void)state;
	assert_folded("  a \t\r\n b\xc2\xa0\xe3\x80\x80" "c  ", "a b c");
	assert_folded(" \n ", "");
	assert_folded("a\x01" "b", "a b");
}

static void
folding_is_bounded(void **state)
{
	/* U+FDFA, the longest decomposition of all. */
	char *text = xcalloc(16000 * 3 + 1, 1);
	char *folded;

	(void)state;
	for (int i = 0; i < 16000; i++)
		strcpy(text + i * 3, "\xef\xb7\xba");
	folded = text_fold(text, strlen(text));
	assert_true(text_length(folded, strlen(folded)) <= 16000 * 18);
	assert_true(text_length(folded, strlen(folded)) > 16000 * 14);
	free(folded);
	free(text);
}

static void
assert_words(const char *folded, const char *expected)
{
	char *words = text_words(folded);

	assert_string_equal(words, expected);
	free(words);
}

static void
words_stand_between_single_spaces(void **state)
{
	(void)state;
	assert_words("", " ");
	assert_words("...", " ");
	assert_words("one", " one ");
	assert_words("hello, world!", " hello world ");
	assert_words("(don't) a_b c-3", " don t a b c 3 ");
	assert_words("👍 ok 👍", " ok ");
	assert_words("हिन्दी है", " हिन्दी है ");
	assert_words("你好,世界", " 你好 世界 ");
}

static void
assert_terms(const char *query, const char *expected)
{
	struct text_terms terms;
	char joined[1024] = "";

	assert_int_equal(text_terms_read(&terms, query, strlen(query)),
	    RESULT_OK);
	for (size_t i = 0; i < terms.count; i++) {
		strcat(joined, terms.term[i]);
		strcat(joined, "|");
	}
	text_terms_clear(&terms);
	assert_string_equal(joined, expected);
}

static void
a_query_falls_into_folded_terms(void **state)
{
	(void)state;
	assert_terms("one", "one|");
	assert_terms("  Zwei  WÖRTER ", "zwei|worter|");
	assert_terms("don't c++", "don't|c++|");
	assert_terms("same SAME same other", "same|other|");
	assert_terms("a ab", "a|ab|");
	assert_terms("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 1 2",
	    "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|");
}

static void
queries_of_nothing_or_too_much_are_refused(void **state)
{
	static const char many[] = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17";
	struct text_terms terms;

	(void)state;
	assert_int_equal(text_terms_read(&terms, "", 0), RESULT_INVALID);
	assert_int_equal(text_terms_read(&terms, " \n", 2), RESULT_INVALID);
	assert_int_equal(text_terms_read(&terms, "\xcc\x81", 2),
	    RESULT_INVALID);
	assert_int_equal(text_terms_read(&terms, many, strlen(many)),
	    RESULT_FULL);
	assert_int_equal(terms.count, 0);
}

/* How text matches the query, both as people write them. */
static enum text_match
match(const char *text, const char *query)
{
	struct text_terms terms;
	char *folded = text_fold(text, strlen(text));
	enum text_match found;

	assert_int_equal(text_terms_read(&terms, query, strlen(query)),
	    RESULT_OK);
	found = text_match(folded, terms.term, terms.count);
	text_terms_clear(&terms);
	free(folded);
	return found;
}

static void
every_term_must_be_in_the_text(void **state)
{
	(void)state;
	assert_int_equal(match("alhamdulilah", "hala"), TEXT_ALIKE);
	assert_int_equal(match("alhamdulilah", "hamdu"), TEXT_PARTS);
	assert_int_equal(match("Alhamdulilah!", "alhamdulilah"),
	    TEXT_WHOLE_WORDS);
	assert_int_equal(match("one two", "two one"), TEXT_WHOLE_WORDS);
	assert_int_equal(match("one two", "two three"), TEXT_NO_MATCH);
	assert_int_equal(match("one two", "two on"), TEXT_PARTS);
	assert_int_equal(match("", "x"), TEXT_NO_MATCH);
}

static void
alike_is_a_word_with_all_pairs_of_the_term(void **state)
{
	(void)state;
	assert_int_equal(match("Alhamdulilah", "hala"), TEXT_ALIKE);
	assert_int_equal(match("la ha al", "hala"), TEXT_NO_MATCH);
	assert_int_equal(match("x lalahaa", "hala"), TEXT_ALIKE);
	assert_int_equal(match("Alhamdulilah", "hal"), TEXT_NO_MATCH);
	assert_int_equal(match("haha", "hahaha"), TEXT_NO_MATCH);
	assert_int_equal(match("ЗДРАВСТВУЙ", "вуйст"), TEXT_NO_MATCH);
	assert_int_equal(match("ЗДРАВСТВУЙ", "ствств"), TEXT_ALIKE);
	assert_int_equal(match("ЗДРАВСТВУЙ", "авдра"), TEXT_NO_MATCH);
	assert_int_equal(match("абвгабв", "вгаб"), TEXT_PARTS);
	assert_int_equal(match("абвг вгаб", "бвга"), TEXT_NO_MATCH);
	assert_int_equal(match("вгаабвг", "бвга"), TEXT_ALIKE);
}

static void
matching_knows_no_case_accents_or_width(void **state)
{
	(void)state;
	assert_int_equal(match("Die STRASSE", "straße"), TEXT_WHOLE_WORDS);
	assert_int_equal(match("Müller", "mull"), TEXT_PARTS);
	assert_int_equal(match("السَّلَامُ عَلَيْكُم", "السلام"),
	    TEXT_WHOLE_WORDS);
	assert_int_equal(match("Привет", "ПРИ"), TEXT_PARTS);
	assert_int_equal(match("我喜欢聊天", "喜欢"), TEXT_PARTS);
	assert_int_equal(match("👨‍👩‍👧", "👩"), TEXT_WHOLE_WORDS);
}

static void
punctuation_is_found_but_makes_no_word(void **state)
{
	(void)state;
	assert_int_equal(match("use c++ now", "c++"), TEXT_WHOLE_WORDS);
	assert_int_equal(match("use c now", "c++"), TEXT_NO_MATCH);
	assert_int_equal(match("100% sure", "%"), TEXT_WHOLE_WORDS);
	assert_int_equal(match("100 sure", "%"), TEXT_NO_MATCH);
	assert_int_equal(match("a_b", "_"), TEXT_WHOLE_WORDS);
	assert_int_equal(match("well-known", "well"), TEXT_WHOLE_WORDS);
	assert_int_equal(match("well-known", "well-known"), TEXT_WHOLE_WORDS);
	assert_int_equal(match("well-knowns", "well-known"), TEXT_PARTS);
}

static void
assert_highlight(const char *text, const char *query, const char *expected)
{
	struct text_terms terms;
	char *marked;

	assert_int_equal(text_terms_read(&terms, query, strlen(query)),
	    RESULT_OK);
	marked = text_highlight(text, strlen(text), terms.term, terms.count);
	assert_string_equal(marked, expected);
	free(marked);
	text_terms_clear(&terms);
}

static void
highlights_stand_on_the_original(void **state)
{
	(void)state;
	assert_highlight("So: Alhamdulilah, la", "hala",
	    "So: <em>Alhamdulilah,</em> la");
	assert_highlight("Alhamdulilah", "HAMDU", "Al<em>hamdu</em>lilah");
	assert_highlight("one", "one", "<em>one</em>");
	assert_highlight("one two one", "one",
	    "<em>one</em> two <em>one</em>");
	assert_highlight("none", "x", "none");
	assert_highlight("", "x", "");
	assert_highlight("a  \n  b", "b", "a  \n  <em>b</em>");
}

static void
highlights_that_touch_or_overlap_are_one(void **state)
{
	(void)state;
	assert_highlight("abcdef", "abc cde", "<em>abcde</em>f");
	assert_highlight("abcdef", "ab cd", "<em>abcd</em>ef");
	assert_highlight("abcdef", "bcd abcdef c", "<em>abcdef</em>");
	assert_highlight("aaaa", "aa", "<em>aaaa</em>");
	assert_highlight("a a", "a", "<em>a</em> <em>a</em>");
}

static void
highlights_cover_whole_characters(void **state)
{
	(void)state;
	assert_highlight("Straße", "stras", "<em>Straß</em>e");
	assert_highlight("Straße", "se", "Stra<em>ße</em>");
	assert_highlight("cre\xcc\x80me", "cre", "<em>cre\xcc\x80</em>me");
	assert_highlight("cr\xc3\xa8me", "e", "cr<em>\xc3\xa8</em>m<em>e</em>");
	assert_highlight("السَّلَامُ", "لام", "السَّ<em>لَامُ</em>");
	assert_highlight("👨‍👩‍👧 x", "👩", "<em>👨‍👩‍👧</em> x");
	assert_highlight("हिन्दी", "ह", "<em>हि</em>न्दी");
	assert_highlight("世界你好", "你", "世界<em>你</em>好");
	assert_highlight("al\xc2\xadpha", "alp", "<em>al\xc2\xadp</em>ha");
}

static void
highlights_are_safe_html(void **state)
{
	(void)state;
	assert_highlight("<b>&\"'", "b",
	    "&lt;<em>b</em>&gt;&amp;&quot;&#39;");
	assert_highlight("<em>x</em>", "<em>",
	    "<em>&lt;em&gt;</em>x&lt;/em&gt;");
	assert_highlight("a&b", "&", "a<em>&amp;</em>b");
	assert_highlight("&amp;", "amp", "&amp;<em>amp</em>;");
}

/* All that is marked and not marked is still the original, in order. */
static void
highlights_change_nothing_but_the_marks(void **state)
{
	static const char *const scripts[] = { "ä", "ß", "ي", "ّ", "Ж", "你",
		"👍🏽", "‍", "한", "ﷺ", " ", "\n", "e\xcc\x81", "i" };
	char text[256], plain[1024];

	(void)state;
	srand(1);
	for (int round = 0; round < 2000; round++) {
		char terms[][4] = { "i", "e", "ss", "ي", "你" };
		char *const list[] = { terms[0], terms[1], terms[2],
			terms[3], terms[4] };
		char *marked, *from, *to = plain;

		text[0] = '\0';
		for (int i = rand() % 20; i > 0; i--)
			strcat(text, scripts[(size_t)rand() % COUNT(scripts)]);
		marked = text_highlight(text, strlen(text), list, 5);
		for (from = marked; *from != '\0';) {
			if (strncmp(from, "<em>", 4) == 0)
				from += 4;
			else if (strncmp(from, "</em>", 5) == 0)
				from += 5;
			else
				*to++ = *from++;
		}
		*to = '\0';
		assert_string_equal(plain, text);
		assert_true(text_valid(marked, strlen(marked)));
		free(marked);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_texts_are_valid),
		cmocka_unit_test(what_is_not_utf8_is_not_valid),
		cmocka_unit_test(length_counts_code_points),
		cmocka_unit_test(blank_is_what_shows_nothing),
		cmocka_unit_test(folding_forgets_case_and_accents),
		cmocka_unit_test(folding_drops_vocalisation_and_keeps_spelling),
		cmocka_unit_test(folding_drops_what_is_invisible),
		cmocka_unit_test(folding_makes_each_white_space_one_space),
		cmocka_unit_test(folding_is_bounded),
		cmocka_unit_test(words_stand_between_single_spaces),
		cmocka_unit_test(a_query_falls_into_folded_terms),
		cmocka_unit_test(queries_of_nothing_or_too_much_are_refused),
		cmocka_unit_test(every_term_must_be_in_the_text),
		cmocka_unit_test(alike_is_a_word_with_all_pairs_of_the_term),
		cmocka_unit_test(matching_knows_no_case_accents_or_width),
		cmocka_unit_test(punctuation_is_found_but_makes_no_word),
		cmocka_unit_test(highlights_stand_on_the_original),
		cmocka_unit_test(highlights_that_touch_or_overlap_are_one),
		cmocka_unit_test(highlights_cover_whole_characters),
		cmocka_unit_test(highlights_are_safe_html),
		cmocka_unit_test(highlights_change_nothing_but_the_marks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
