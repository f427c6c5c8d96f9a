/* test_search_json.c: what is said to OpenSearch, and what it may answer. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "memory.h"
#include "search_json.h"

/* ---- what is said ---- */

/* Asserts that the buffer holds this JSON, and empties it. */
static void
assert_json(struct buffer *said, const char *wanted)
{
	json_t *one = json_loadb(said->data, said->len, 0, NULL);
	json_t *other = json_loads(wanted, 0, NULL);

	assert_non_null(one);
	assert_non_null(other);
	if (!json_equal(one, other))
		fail_msg("%s is not %s", said->data, wanted);
	json_decref(one);
	json_decref(other);
	buffer_free(said);
}

static void
a_document_is_two_lines(void **state)
{
	char text[] = "Größe \"x\"\n😀";
	const struct item item = {
		.key = { 4294967295, 7, 9000000000 },
		.version = 9223372036854775807, .text = text,
		.created_at = 1700000000123, .updated_at = -5,
	};
	struct buffer out = BUFFER_EMPTY;

	(void)state;
	search_json_document(&out, &item);
	assert_string_equal(out.data,
	    "{\"index\":{\"_id\":\"4294967295:7:9000000000\","
	    "\"routing\":\"4294967295:7\",\"version\":9223372036854775807,"
	    "\"version_type\":\"external\"}}\n"
	    "{\"chat\":\"4294967295:7\",\"number\":9000000000,"
	    "\"created_at\":1700000000123,\"updated_at\":-5,"
	    "\"body\":\"Größe \\\"x\\\"\\n😀\","
	    "\"folded\":[\"grosse\",\"\\\"x\\\"\",\"😀\"],"
	    "\"words\":\" grosse x \"}\n");
	buffer_free(&out);
}

static char term_one[] = "é", term_two[] = "ab", term_long[] = "foo-bar",
    term_mark[] = "%%";

#define SORT_AND_SOURCE "\"track_total_hits\":false,\"version\":true," \
	"\"_source\":[\"number\",\"body\",\"created_at\",\"updated_at\"]," \
	"\"sort\":[{\"_score\":\"desc\"},{\"number\":\"desc\"}]"

#define POINT "{\"term\":{\"folded.points\":\"é\"}}"
#define PAIR "{\"match_phrase\":{\"folded\":\"ab\"}}"
#define PHRASE "{\"match_phrase\":{\"folded\":\"foo-bar\"}}"
#define MARKS "{\"match_phrase\":{\"folded\":\"%%\"}}"
#define SPAN(pair) "{\"span_term\":{\"folded\":\"" pair "\"}}"
#define RAISE(all) "{\"constant_score\":{\"filter\":{\"bool\":{\"filter\":[" \
	all "]}},\"boost\":1}}"

static void
a_query_asks_for_parts_and_prefers_words(void **state)
{
	char *terms[] = { term_one, term_two, term_long };
	const struct search_query query = { .chat = { 3, 4, 0 },
		.terms = terms, .terms_count = 3, .limit = 20 };
	struct buffer out = BUFFER_EMPTY;

	(void)state;
	search_json_query(&out, &query);
	assert_json(&out, "{\"size\":21," SORT_AND_SOURCE ",\"query\":{"
	    "\"bool\":{\"filter\":[{\"term\":{\"chat\":\"3:4\"}}," POINT ","
	    PAIR ",{\"bool\":{\"should\":[" PHRASE ",{\"span_near\":{"
	    "\"clauses\":[" SPAN("fo") "," SPAN("oo") "," SPAN("o-") ","
	    SPAN("-b") "," SPAN("ba") "," SPAN("ar") "],"
	    "\"slop\":936,\"in_order\":false}}]}}],"
	    "\"should\":[" RAISE(POINT "," PAIR "," PHRASE) ","
	    RAISE(POINT "," PAIR "," PHRASE
	    ",{\"match_phrase\":{\"words\":\" é \"}},"
	    "{\"match_phrase\":{\"words\":\" ab \"}},"
	    "{\"match_phrase\":{\"words\":\" foo bar \"}}")
	    "],\"minimum_should_match\":0}}}");
}

static void
a_cursor_goes_on_after_its_hit(void **state)
{
	char *terms[] = { term_mark };
	const struct search_query query = { .chat = { 3, 4, 0 },
		.terms = terms, .terms_count = 1, .limit = 1,
		.after = { 2, 9007199254740993 } };
	struct buffer out = BUFFER_EMPTY;

	(void)state;
	search_json_query(&out, &query);
	/* A term without words stands as whole words wherever it stands. */
	assert_json(&out, "{\"size\":2," SORT_AND_SOURCE ",\"query\":{"
	    "\"bool\":{\"filter\":[{\"term\":{\"chat\":\"3:4\"}}," MARKS "],"
	    "\"should\":[" RAISE(MARKS) "," RAISE(MARKS) "],"
	    "\"minimum_should_match\":0}},"
	    "\"search_after\":[1,9007199254740993]}");
}

static void
the_template_holds_the_mapping_of_the_file(void **state)
{
	struct buffer out = BUFFER_EMPTY;
	json_t *said;
	const char *pattern, *dynamic;

	(void)state;
	search_json_template(&out, "our-alias");
	said = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(said);
	assert_int_equal(json_unpack(said, "{s:[s],s:{s:{s:s}}}",
	    "index_patterns", &pattern, "template", "mappings", "dynamic",
	    &dynamic), 0);
	assert_string_equal(pattern, "our-alias-*");
	assert_string_equal(dynamic, "strict");
	json_decref(said);
	buffer_free(&out);
	search_json_first_index(&out, "a");
	assert_json(&out, "{\"aliases\":{\"a\":{\"is_write_index\":true}}}");
	search_json_add_alias(&out, "a");
	assert_json(&out, "{\"actions\":[{\"add\":{\"index\":\"a-1\","
	    "\"alias\":\"a\",\"is_write_index\":true}}]}");
}

/* ---- hits ---- */

#define HITS(list) "{\"took\":1,\"timed_out\":false,\"_shards\":{\"total\":1," \
	"\"successful\":1,\"skipped\":0,\"failed\":0},\"hits\":{" \
	"\"max_score\":null,\"hits\":[" list "]}}"
#define HIT(rank, number) "{\"_id\":\"1:2:" number "\",\"_version\":8," \
	"\"_score\":" rank ",\"_source\":{\"number\":" number "," \
	"\"body\":\"b" number "\",\"created_at\":11,\"updated_at\":12}," \
	"\"sort\":[" rank "," number "]}"

static enum result
read_hits(const char *answer, unsigned limit, struct search_hits *out)
{
	/* Exactly so many bytes, so that reading past them is noticed. */
	size_t len = strlen(answer);
	char *bytes = xmalloc(len);
	const struct search_query query = { .chat = { 1, 2, 0 },
		.limit = limit };
	enum result result;

	memcpy(bytes, answer, len);
	*out = (struct search_hits){0};
	result = search_json_hits(bytes, len, &query, out);
	free(bytes);
	return result;
}

static void
hits_are_read_up_to_the_limit(void **state)
{
	struct search_hits hits;

	(void)state;
	assert_int_equal(read_hits(HITS(HIT("2.0", "9") "," HIT("0.0", "7")
	    "," HIT("0", "5")), 2, &hits), RESULT_OK);
	assert_int_equal(hits.items.count, 2);
	assert_true(hits.more);
	assert_int_equal(hits.rank[0], 3);
	assert_int_equal(hits.rank[1], 1);
	assert_int_equal(hits.items.item[1].key.application, 1);
	assert_int_equal(hits.items.item[1].key.chat, 2);
	assert_int_equal(hits.items.item[1].key.message, 7);
	assert_int_equal(hits.items.item[1].version, 8);
	assert_int_equal(hits.items.item[1].created_at, 11);
	assert_int_equal(hits.items.item[1].updated_at, 12);
	assert_string_equal(hits.items.item[1].text, "b7");
	search_hits_clear(&hits);
	assert_int_equal(read_hits(HITS(""), 2, &hits), RESULT_OK);
	assert_int_equal(hits.items.count, 0);
	assert_false(hits.more);
	search_hits_clear(&hits);
}

static void
what_is_not_whole_hits_is_refused(void **state)
{
	static const char *const answers[] = {
		"", "null", "[]", "{}", "{\"hits\":{}}", "{\"hits\":[]}",
		"<html>502</html>", "{\"hits\":{\"hits\":[]}}",
		/* cut short */
		"{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{",
		/* a shard failed; it ran out of time; it does not say */
		"{\"timed_out\":false,\"_shards\":{\"failed\":1},"
		"\"hits\":{\"hits\":[]}}",
		"{\"timed_out\":true,\"_shards\":{\"failed\":0},"
		"\"hits\":{\"hits\":[]}}",
		"{\"timed_out\":false,\"hits\":{\"hits\":[]}}",
		/* more than asked for */
		HITS(HIT("1", "4") "," HIT("1", "3") "," HIT("1", "2") ","
		    HIT("1", "1")),
		/* no rank of ours */
		HITS(HIT("0.5", "1")), HITS(HIT("\"1\"", "1")),
		HITS(HIT("null", "1")), HITS(HIT("3", "1")),
		HITS(HIT("-1", "1")),
		/* no number of ours */
		HITS(HIT("1", "0")), HITS(HIT("1", "-1")),
		HITS(HIT("1", "1.5")), HITS(HIT("1", "99999999999999999999")),
		/* not UTF-8, a NUL, no object, missing fields */
		HITS("{\"\xff\":1}"), HITS("null"), HITS("{}"),
		HITS("{\"_version\":1,\"sort\":[1,1],\"_source\":"
		    "{\"number\":1,\"body\":\"a\\u0000b\","
		    "\"created_at\":1,\"updated_at\":1}}"),
		HITS("{\"_version\":1,\"sort\":[1,1],\"_source\":"
		    "{\"number\":1,\"body\":null,"
		    "\"created_at\":1,\"updated_at\":1}}"),
		HITS("{\"_version\":1,\"sort\":[1,1],\"_source\":"
		    "{\"number\":1,\"body\":\"x\",\"created_at\":\"1\","
		    "\"updated_at\":1}}"),
		HITS("{\"sort\":[1,1],\"_source\":{\"number\":1,"
		    "\"body\":\"x\",\"created_at\":1,\"updated_at\":1}}"),
	};
	struct search_hits hits;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (read_hits(answers[i], 2, &hits) != RESULT_INVALID)
			fail_msg("taken: %s", answers[i]);
		search_hits_clear(&hits);
	}
}

static void
every_shorter_answer_is_refused(void **state)
{
	const char whole[] = HITS(HIT("1.0", "9"));
	struct search_hits hits;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		char *part = xstrndup(whole, len);

		assert_int_equal(read_hits(part, 2, &hits), RESULT_INVALID);
		search_hits_clear(&hits);
		free(part);
	}
}

/* ---- outcomes ---- */

#define ITEM(status) "{\"index\":{\"status\":" status "}}"
#define REFUSAL(status, type, reason) "{\"index\":{\"status\":" status \
	",\"error\":{\"type\":\"" type "\",\"reason\":\"" reason "\"}}}"

static enum result
read_outcomes(const char *answer, size_t count, enum indexed *outcome,
    struct search_reason *reason)
{
	return search_json_outcomes(answer, strlen(answer), count, outcome,
	    reason);
}

static void
every_item_has_its_own_outcome(void **state)
{
	enum indexed outcome[9];
	struct search_reason reason;

	(void)state;
	assert_int_equal(read_outcomes("{\"items\":[" ITEM("201") ","
	    ITEM("200") "," REFUSAL("409",
	    "version_conflict_engine_exception", "newer") "," REFUSAL("429",
	    "rejected", "busy") "," ITEM("503") "," REFUSAL("400", "parsing",
	    "failed to parse. Preview of field's value: 'secret'") ","
	    ITEM("403") "," ITEM("500") "," ITEM("413") "]}", 9, outcome,
	    &reason), RESULT_OK);
	assert_int_equal(outcome[0], INDEXED);
	assert_int_equal(outcome[1], INDEXED);
	assert_int_equal(outcome[2], INDEXED);
	assert_int_equal(outcome[3], INDEX_LATER);
	assert_int_equal(outcome[4], INDEX_LATER);
	assert_int_equal(outcome[5], INDEX_REFUSED);
	assert_int_equal(outcome[6], INDEX_LATER);
	assert_int_equal(outcome[7], INDEX_LATER);
	assert_int_equal(outcome[8], INDEX_REFUSED);
	assert_string_equal(reason.type, "rejected");
	assert_string_equal(reason.text, "busy");
}

static void
a_reason_never_quotes_a_message(void **state)
{
	enum indexed outcome;
	struct search_reason reason;

	(void)state;
	assert_int_equal(read_outcomes("{\"items\":[" REFUSAL("400",
	    "parsing", "no. Preview of field's value: 'secret'") "]}", 1,
	    &outcome, &reason), RESULT_OK);
	assert_string_equal(reason.type, "parsing");
	assert_string_equal(reason.text, "no. ");
}

static void
a_missing_index_is_told_apart(void **state)
{
	enum indexed outcome;
	struct search_reason reason;

	(void)state;
	assert_int_equal(read_outcomes("{\"items\":[" REFUSAL("404",
	    "index_not_found_exception", "no such index") "]}", 1, &outcome,
	    &reason), RESULT_NOT_FOUND);
	assert_int_equal(outcome, INDEX_LATER);
}

static void
outcomes_that_do_not_fit_are_refused(void **state)
{
	static const char *const answers[] = {
		"", "{}", "[]", "{\"items\":{}}", "{\"items\":[]}",
		"{\"items\":[" ITEM("201") "]}",
		"{\"items\":[" ITEM("201") "," ITEM("201") "," ITEM("201")
		    "]}",
		"{\"items\":[" ITEM("201") "," ITEM("\"201\"") "]}",
		"{\"items\":[" ITEM("201") "," ITEM("0") "]}",
		"{\"items\":[" ITEM("201") ",{\"create\":{\"status\":201}}]}",
		"{\"items\":[" ITEM("201") ",null]}",
	};
	enum indexed outcome[3];
	struct search_reason reason;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (read_outcomes(answers[i], 2, outcome, &reason) !=
		    RESULT_INVALID)
			fail_msg("taken: %s", answers[i]);
}

/* ---- the rest ---- */

static void
reasons_are_read_in_every_form(void **state)
{
	static const struct {
		const char *answer, *type, *text;
	} cases[] = {
		{ "{\"error\":{\"type\":\"t\",\"reason\":\"r\"}}", "t", "r" },
		{ "{\"error\":\"plain\"}", "", "plain" },
		{ "{\"error\":{}}", "", "" },
		{ "{}", "", "" },
		{ "<html>", "", "" },
		{ "", "", "" },
	};
	struct search_reason reason;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		search_json_reason(cases[i].answer, strlen(cases[i].answer),
		    &reason);
		assert_string_equal(reason.type, cases[i].type);
		assert_string_equal(reason.text, cases[i].text);
	}
}

static enum result
check(const char *answer)
{
	return search_json_check_mapping(answer, strlen(answer));
}

static void
a_mapping_of_another_form_is_refused(void **state)
{
	(void)state;
	assert_int_equal(check("{\"a-1\":{\"mappings\":{\"_meta\":"
	    "{\"parley_format\":1}}}}"), RESULT_OK);
	assert_int_equal(check("{\"a-1\":{\"mappings\":{\"_meta\":"
	    "{\"parley_format\":1}}},\"a-2\":{\"mappings\":{}}}"),
	    RESULT_INVALID);
	assert_int_equal(check("{\"a-1\":{\"mappings\":{\"_meta\":"
	    "{\"parley_format\":2}}}}"), RESULT_INVALID);
	assert_int_equal(check("no"), RESULT_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_two_lines),
		cmocka_unit_test(a_query_asks_for_parts_and_prefers_words),
		cmocka_unit_test(a_cursor_goes_on_after_its_hit),
		cmocka_unit_test(the_template_holds_the_mapping_of_the_file),
		cmocka_unit_test(hits_are_read_up_to_the_limit),
		cmocka_unit_test(what_is_not_whole_hits_is_refused),
		cmocka_unit_test(every_shorter_answer_is_refused),
		cmocka_unit_test(every_item_has_its_own_outcome),
		cmocka_unit_test(a_reason_never_quotes_a_message),
		cmocka_unit_test(a_missing_index_is_told_apart),
		cmocka_unit_test(outcomes_that_do_not_fit_are_refused),
		cmocka_unit_test(reasons_are_read_in_every_form),
		cmocka_unit_test(a_mapping_of_another_form_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
