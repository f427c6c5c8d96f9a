/* text_match.c: what a query's terms match in a text, and showing where. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "memory.h"
#include "text.h"
#include "text_internal.h"

/* ---- pairs ---- */

/* The length of the code point at s, which is not its end. */
static size_t
point_len(const char *s)
{
	size_t len = 1;

	while (((unsigned char)s[len] & 0xc0) == 0x80)
		len++;
	return len;
}

static bool
is_listed(const char *pair, size_t count, char pairs[][TEXT_PAIR_SIZE])
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(pairs[i], pair) == 0)
			return true;
	return false;
}

size_t
text_pairs(const char *term, char pairs[TEXT_PAIRS_MAX][TEXT_PAIR_SIZE])
{
	char pair[TEXT_PAIR_SIZE];
	size_t count = 0, first, both;

	if (*term == '\0')
		return 0;
	for (; term[first = point_len(term)] != '\0'; term += first) {
		both = first + point_len(term + first);
		if (both >= TEXT_PAIR_SIZE)
			return 0;
		memcpy(pair, term, both);
		pair[both] = '\0';
		if (is_listed(pair, count, pairs))
			continue;
		if (count == TEXT_PAIRS_MAX)
			return 0;
		memcpy(pairs[count++], pair, TEXT_PAIR_SIZE);
	}
	return count >= TEXT_PAIRS_LEAST ? count : 0;
}

/* Whether all pairs of the term stand in one word, len bytes at word. */
static bool
is_alike(const char *word, size_t len, const char *term)
{
	char pairs[TEXT_PAIRS_MAX][TEXT_PAIR_SIZE];
	size_t count = text_pairs(term, pairs);

	for (size_t i = 0; i < count; i++)
		if (memmem(word, len, pairs[i], strlen(pairs[i])) == NULL)
			return false;
	return count > 0;
}

static bool
has_alike(const char *folded, const char *term)
{
	for (size_t len; *folded != '\0'; folded += len) {
		folded += strspn(folded, " ");
		len = strcspn(folded, " ");
		if (is_alike(folded, len, term))
			return true;
	}
	return false;
}

/* ---- matching ---- */

/* Whether the term, as words, stands in a text's words. */
static bool
is_in_words(const char *words, const char *term)
{
	char *term_words = text_words(term);
	bool is_in = strstr(words, term_words) != NULL;

	free(term_words);
	return is_in;
}

static enum text_match
match_term(const char *folded, const char *words, const char *term)
{
	if (strstr(folded, term) == NULL)
		return has_alike(folded, term) ? TEXT_ALIKE : TEXT_NO_MATCH;
	return is_in_words(words, term) ? TEXT_WHOLE_WORDS : TEXT_PARTS;
}

enum text_match
text_match(const char *folded, char *const *terms, size_t count)
{
	enum text_match least = TEXT_WHOLE_WORDS, match;
	char *words = text_words(folded);

	for (size_t i = 0; i < count && least != TEXT_NO_MATCH; i++) {
		match = match_term(folded, words, terms[i]);
		if (match < least)
			least = match;
	}
	free(words);
	return least;
}

/* ---- showing ---- */

/*
 * Sets hit for the original bytes from the first to the last character of
 * every place where the term stands in the folded text.
 */
static void
mark_term(const struct folding *folding, const char *term, bool *hit)
{
	const char *text = folding->out.data;
	size_t term_len = strlen(term);
	size_t marked = 0;	/* all before is marked, or will never be */

	if (term_len == 0 || text == NULL)
		return;
	for (const char *at = text; (at = strstr(at, term)) != NULL; at++) {
		size_t first = folding->source[at - text];
		size_t last = folding->source[at - text + term_len - 1];

		for (size_t i = first > marked ? first : marked; i <= last;
		    i++)
			hit[i] = true;
		marked = last;
	}
}

/* The same for each word in which all pairs of the term stand. */
static void
mark_alike(const struct folding *folding, const char *term, bool *hit)
{
	const char *const text = folding->out.data, *word = text;

	for (size_t len; word != NULL && *word != '\0'; word += len) {
		word += strspn(word, " ");
		len = strcspn(word, " ");
		if (len == 0 || !is_alike(word, len, term))
			continue;
		for (size_t i = folding->source[word - text];
		    i <= folding->source[word - text + len - 1]; i++)
			hit[i] = true;
	}
}

static void
add_escaped(struct buffer *out, const char *text, size_t len)
{
	static const char *const escapes[] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;",
		['"'] = "&quot;", ['\''] = "&#39;",
	};

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < sizeof(escapes) / sizeof(escapes[0]) && escapes[c])
			buffer_str(out, escapes[c]);
		else
			buffer_char(out, text[i]);
	}
}

char *
text_highlight(const char *original, size_t len, char *const *terms,
    size_t count)
{
	struct buffer out = BUFFER_EMPTY;
	struct folding folding;
	bool *hit = xcalloc(len, sizeof(hit[0]));
	bool inside = false;

	text_fold_map(&folding, original, len);
	for (size_t i = 0; i < count; i++)
		if (folding.out.data == NULL ||
		    strstr(folding.out.data, terms[i]) == NULL)
			mark_alike(&folding, terms[i], hit);
		else
			mark_term(&folding, terms[i], hit);
	for (size_t from = 0, end; from < len; from = end) {
		end = text_cluster_end(original, len, from);
		if ((memchr(hit + from, 1, end - from) != NULL) != inside) {
			inside = !inside;
			buffer_str(&out, inside ? "<em>" : "</em>");
		}
		add_escaped(&out, original + from, end - from);
	}
	if (inside)
		buffer_str(&out, "</em>");
	text_fold_map_clear(&folding);
	free(hit);
	return buffer_take(&out);
}
