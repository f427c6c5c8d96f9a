/* text.c: what people write: is it UTF-8, how long, its words, folded. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "buffer.h"
#include "memory.h"
#include "text_internal.h"

/* No character decomposes into more (U+FDFA does into 18). */
#define DECOMPOSED_MAX 32

/*
 * The code point at text[*at]; moves *at behind it. The bytes were found
 * valid before; a stray one would come out as U+FFFD, alone.
 */
static utf8proc_int32_t
next(const char *text, size_t len, size_t *at)
{
	utf8proc_int32_t point;
	utf8proc_ssize_t used;

	used = utf8proc_iterate((const utf8proc_uint8_t *)text + *at,
	    (utf8proc_ssize_t)(len - *at), &point);
	*at += used > 0 ? (size_t)used : 1;
	return used > 0 ? point : 0xfffd;
}

bool
text_valid(const char *text, size_t len)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	utf8proc_int32_t point;
	utf8proc_ssize_t used;

	for (size_t at = 0; at < len; at += (size_t)used) {
		used = utf8proc_iterate(bytes + at,
		    (utf8proc_ssize_t)(len - at), &point);
		if (used <= 0 || point == 0)
			return false;
	}
	return true;
}

size_t
text_length(const char *text, size_t len)
{
	size_t points = 0;

	for (size_t at = 0; at < len; points++)
		next(text, len, &at);
	return points;
}

/* White space of all scripts, and control characters with it. */
static bool
is_space(utf8proc_int32_t point)
{
	switch (utf8proc_category(point)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_CC:
		return true;
	default:
		return false;
	}
}

bool
text_blank(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		utf8proc_int32_t point = next(text, len, &at);

		if (!is_space(point) &&
		    !utf8proc_get_property(point)->ignorable)
			return false;
	}
	return true;
}

/* ---- folding ---- */

/*
 * Whether folding drops the mark: enclosing ones and, by their canonical
 * combining class, accents (200 and up, overlays 1), the points of Hebrew,
 * Arabic and Syriac (10 to 36). The others are how a word is spelled: nukta
 * and kana voicing (7, 8), virama (9), and vowel signs (0, 84 to 132).
 */
static bool
is_dropped_mark(utf8proc_int32_t point)
{
	int class = utf8proc_get_property(point)->combining_class;

	switch (utf8proc_category(point)) {
	case UTF8PROC_CATEGORY_ME:
		return true;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
		return class == 1 || (class >= 10 && class <= 36) ||
		    class >= 200;
	default:
		return false;
	}
}

static void
folding_add(struct folding *folding, const void *bytes, size_t len,
    size_t source)
{
	while (folding->out.len + len > folding->size) {
		folding->size = folding->size ? folding->size * 2 : 256;
		folding->source = xrealloc(folding->source, folding->size,
		    sizeof(folding->source[0]));
	}
	for (size_t i = 0; i < len; i++)
		folding->source[folding->out.len + i] = source;
	buffer_add(&folding->out, bytes, len);
}

static void
fold_point(struct folding *folding, utf8proc_int32_t point, size_t source)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t len;

	if (is_space(point)) {
		folding->space = folding->out.len > 0;
		return;
	}
	if (is_dropped_mark(point))
		return;
	if (folding->space)
		folding_add(folding, " ", 1, source);
	folding->space = false;
	len = utf8proc_encode_char(point, bytes);
	folding_add(folding, bytes, (size_t)len, source);
}

/*
 * Folds character by character, so that each keeps its source. Marks are not
 * put into canonical order: those whose order varies in practice are gone.
 */
void
text_fold_map(struct folding *folding, const char *text, size_t len)
{
	const utf8proc_option_t options = UTF8PROC_DECOMPOSE |
	    UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
	utf8proc_int32_t parts[DECOMPOSED_MAX];
	size_t at = 0;

	*folding = (struct folding){0};
	buffer_reserve(&folding->out, len);
	while (at < len) {
		size_t source = at;
		int unused = 0;
		utf8proc_ssize_t count = utf8proc_decompose_char(
		    next(text, len, &at), parts, DECOMPOSED_MAX, options,
		    &unused);

		for (utf8proc_ssize_t i = 0;
		    i < count && i < DECOMPOSED_MAX; i++)
			fold_point(folding, parts[i], source);
	}
}

void
text_fold_map_clear(struct folding *folding)
{
	buffer_free(&folding->out);
	free(folding->source);
}

char *
text_fold(const char *text, size_t len)
{
	struct folding folding;
	char *folded;

	text_fold_map(&folding, text, len);
	folded = buffer_take(&folding.out);
	text_fold_map_clear(&folding);
	return folded;
}

/* ---- words and terms ---- */

/* Letters, marks and numbers, by the first letter of their category. */
static bool
is_word_part(utf8proc_int32_t point)
{
	const char *category = utf8proc_category_string(point);

	return category[0] == 'L' || category[0] == 'M' || category[0] == 'N';
}

char *
text_words(const char *folded)
{
	struct buffer words = BUFFER_EMPTY;
	size_t len = strlen(folded);
	size_t at = 0;

	buffer_reserve(&words, len + 2);
	buffer_char(&words, ' ');
	while (at < len) {
		size_t from = at;

		if (is_word_part(next(folded, len, &at)))
			buffer_add(&words, folded + from, at - from);
		else if (words.data[words.len - 1] != ' ')
			buffer_char(&words, ' ');
	}
	if (words.data[words.len - 1] != ' ')
		buffer_char(&words, ' ');
	return buffer_take(&words);
}

/* Adds a term unless it is there already. */
static enum result
terms_add(struct text_terms *terms, const char *term, size_t len)
{
	for (size_t i = 0; i < terms->count; i++)
		if (strlen(terms->term[i]) == len &&
		    memcmp(terms->term[i], term, len) == 0)
			return RESULT_OK;
	if (terms->count == TEXT_TERMS_MAX)
		return RESULT_FULL;
	terms->term[terms->count++] = xstrndup(term, len);
	return RESULT_OK;
}

enum result
text_terms_read(struct text_terms *terms, const char *query, size_t len)
{
	char *folded = text_fold(query, len);
	const char *rest = folded;
	enum result result = RESULT_OK;

	*terms = (struct text_terms){0};
	while (*rest != '\0' && result == RESULT_OK) {
		size_t term = strcspn(rest, " ");

		result = terms_add(terms, rest, term);
		rest += term;
		rest += strspn(rest, " ");
	}
	if (result == RESULT_OK && terms->count == 0)
		result = RESULT_INVALID;
	if (result != RESULT_OK)
		text_terms_clear(terms);
	free(folded);
	return result;
}

void
text_terms_clear(struct text_terms *terms)
{
	for (size_t i = 0; i < terms->count; i++)
		free(terms->term[i]);
	*terms = (struct text_terms){0};
}

/* ---- characters as readers see them ---- */

size_t
text_cluster_end(const char *text, size_t len, size_t from)
{
	utf8proc_int32_t state = 0;
	utf8proc_int32_t point = next(text, len, &from);

	while (from < len) {
		size_t at = from;
		utf8proc_int32_t following = next(text, len, &at);

		if (utf8proc_grapheme_break_stateful(point, following,
		    &state))
			break;
		point = following;
		from = at;
	}
	return from;
}
