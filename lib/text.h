/* text.h: what people write: is it UTF-8, how long, what matches in it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_TEXT_H
#define PARLEY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

/* Whether the bytes are UTF-8 (no surrogates, no overlong forms), no NUL. */
bool text_valid(const char *, size_t len);

/* All below take valid text only (see text_valid). */

/* Number of code points. */
size_t text_length(const char *, size_t len);

/* Whether nothing in it is visible: white space, controls, zero width. */
bool text_blank(const char *, size_t len);

/*
 * The form in which texts are compared: decomposed (NFKD), case folded, and
 * without accents and vocalisation ("Ärger" is "arger", "Straße" "strasse").
 * Marks that spell are kept (Indic and Thai vowels, kana voicing). Invisible
 * characters vanish, each run of white space becomes one space, none at the
 * ends. No longer than 18 code points for each one given. New string.
 */
char *text_fold(const char *, size_t len);

/*
 * The words of a folded text: " word word " with one space before and after
 * each; all that is no letter, mark or digit separates. A text without words
 * is " ". So term B stands in text A as whole words exactly if
 * strstr(text_words(A), text_words(B)). New string.
 */
char *text_words(const char *folded);

/* A query's terms: folded, split at white space, without repetitions. */
#define TEXT_TERMS_MAX 16
struct text_terms {
	char *term[TEXT_TERMS_MAX];
	size_t count;
};

/*
 * RESULT_INVALID: nothing in the query can be searched for. RESULT_FULL:
 * more than TEXT_TERMS_MAX terms. The caller clears the terms on RESULT_OK.
 */
MUST_CHECK enum result text_terms_read(struct text_terms *,
    const char *query, size_t len);
void text_terms_clear(struct text_terms *);

/*
 * The distinct pairs of neighbouring code points of a folded term. 0 if they
 * are fewer than TEXT_PAIRS_LEAST, or too many: then nothing is alike to it.
 */
#define TEXT_PAIR_SIZE 9	/* two code points and a NUL */
#define TEXT_PAIRS_LEAST 3
#define TEXT_PAIRS_MAX 64
size_t text_pairs(const char *term,
    char pairs[TEXT_PAIRS_MAX][TEXT_PAIR_SIZE]);

/*
 * How a folded text matches folded terms: the least that one of them does.
 * The same rule for every backend; the value is the rank of a hit.
 */
enum text_match {
	TEXT_NO_MATCH = 0,
	TEXT_ALIKE = 1,		/* all pairs of it are in one word */
	TEXT_PARTS = 2,		/* it is in the text, as a part of words */
	TEXT_WHOLE_WORDS = 3,	/* it stands as whole words */
};
#define TEXT_RANKS 3
enum text_match text_match(const char *folded, char *const *terms,
    size_t count);

/*
 * The original text, escaped for HTML, with all that matches a folded term
 * in <em></em>; where a term is only alike, the whole word. Characters are
 * marked as a reader sees them, with their accents; matches that touch or
 * overlap become one. New string.
 */
char *text_highlight(const char *original, size_t len, char *const *terms,
    size_t count);

#endif
