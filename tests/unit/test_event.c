/* test_event.c: THE CONTRACT between web side and jobs: the queue message. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event.h"
#include "memory.h"

#define ID "0123abcd-4567-489a-bcde-f00102030405"
#define TRACE_ID "0af7651916cd43dd8448eb211c80319c"
#define TRACEPARENT "00-" TRACE_ID "-b7ad6b7169203331-01"
#define ORIGIN "9123abcd-4567-489a-bcde-f00102030405"

/*
 * One example of every format ever shipped: these must be readable for as
 * long as any queue, dead-letter queue or backup may hold them. Append only.
 */
#define MESSAGE_1 "{\"app\":7,\"number\":12,\"version\":17592186044421," \
	"\"v\":1,\"type\":\"message\",\"op\":\"create\",\"id\":\"" ID "\"," \
	"\"origin\":\"" ID "\",\"chat\":3,\"text\":\"h\\u00e9llo\"," \
	"\"created_at\":1700000000123,\"updated_at\":1700000000124," \
	"\"request_id\":\"r-1\"}"
#define CHAT_1 "{\"app\":7,\"number\":3,\"version\":17592186044422," \
	"\"v\":1,\"type\":\"chat\",\"op\":\"update\",\"id\":\"" ID "\"," \
	"\"origin\":\"" ORIGIN "\",\"text\":null," \
	"\"created_at\":1700000000123,\"updated_at\":1700000000124}"
#define KEYED_1 "{\"app\":7,\"number\":3,\"version\":17592186044423," \
	"\"v\":1,\"type\":\"chat\",\"op\":\"update\",\"id\":\"" ID "\"," \
	"\"origin\":\"" ORIGIN "\",\"text\":null," \
	"\"created_at\":1700000000123,\"updated_at\":1700000000124," \
	"\"key\":\"" ID "\",\"print\":\"" ORIGIN "\",\"count\":5}"
#define TRACED_1 "{\"app\":7,\"number\":3,\"version\":17592186044424," \
	"\"v\":1,\"type\":\"chat\",\"op\":\"update\",\"id\":\"" ID "\"," \
	"\"origin\":\"" ORIGIN "\",\"text\":null," \
	"\"created_at\":1700000000123,\"updated_at\":1700000000124," \
	"\"traceparent\":\"" TRACEPARENT "\"}"
#define MARKER_1 "{\"v\":1,\"type\":\"marker\",\"epoch\":4}"
#define PROBE_1 "{\"v\":1,\"type\":\"probe\"}"

static enum result
decode(struct event *event, const char *line)
{
	char error[128] = "";
	enum result result = event_decode(event, line, strlen(line), error,
	    sizeof(error));

	if (result == RESULT_OK)
		assert_string_equal(error, "");
	else
		assert_string_not_equal(error, "");
	return result;
}

static void
every_format_ever_shipped_is_read(void **state)
{
	struct event event;

	(void)state;
	assert_int_equal(decode(&event, MESSAGE_1), RESULT_OK);
	assert_int_equal(event.type, EVENT_MESSAGE);
	assert_string_equal(event.id, ID);
	assert_string_equal(event.request_id, "r-1");
	assert_int_equal(event.item.key.application, 7);
	assert_int_equal(event.item.key.chat, 3);
	assert_int_equal(event.item.key.message, 12);
	assert_int_equal(event.item.version, 17592186044421);
	assert_string_equal(event.item.origin, ID);
	assert_string_equal(event.item.text, "h\xc3\xa9llo");
	assert_int_equal(event.item.created_at, 1700000000123);
	assert_int_equal(event.item.updated_at, 1700000000124);
	event_clear(&event);
	assert_null(event.item.text);

	assert_int_equal(decode(&event, CHAT_1), RESULT_OK);
	assert_int_equal(event.type, EVENT_CHAT);
	assert_int_equal(event.item.key.chat, 3);
	assert_int_equal(event.item.key.message, 0);
	assert_string_equal(event.item.origin, ORIGIN);
	assert_string_equal(event.request_id, "");
	assert_null(event.item.text);
	event_clear(&event);

	assert_int_equal(decode(&event, KEYED_1), RESULT_OK);
	assert_string_equal(event.key, ID);
	assert_string_equal(event.print, ORIGIN);
	assert_int_equal(event.item.messages_count, 5);
	event_clear(&event);

	assert_int_equal(decode(&event, TRACED_1), RESULT_OK);
	assert_string_equal(event.trace.id, TRACE_ID);
	event_clear(&event);

	assert_int_equal(decode(&event, MARKER_1), RESULT_OK);
	assert_int_equal(event.type, EVENT_MARKER);
	assert_int_equal(event.epoch, 4);
	event_clear(&event);

	assert_int_equal(decode(&event, PROBE_1 "\n"), RESULT_OK);
	assert_int_equal(event.type, EVENT_PROBE);
	event_clear(&event);
}

static struct event
new_event(enum event_type type, const char *text)
{
	struct event event = { .type = type, .id = ID, .request_id = "req.1",
		.item = { .origin = ORIGIN, .created_at = 1, .updated_at = 2,
		    .text = text ? xstrdup(text) : NULL } };

	event.item.key = (struct key){ UINT32_MAX, 5,
		type == EVENT_MESSAGE ? INT64_MAX : 0 };
	event.item.version = INT64_MAX;
	return event;
}

static void
assert_same_item(const struct item *a, const struct item *b)
{
	assert_int_equal(key_compare(&a->key, &b->key), 0);
	assert_int_equal(a->version, b->version);
	assert_string_equal(a->origin, b->origin);
	if (a->text != NULL && b->text != NULL)
		assert_string_equal(a->text, b->text);
	else
		assert_ptr_equal(a->text, b->text);
	assert_int_equal(a->created_at, b->created_at);
	assert_int_equal(a->updated_at, b->updated_at);
}

/* Writes the event, reads it back as a line and as a tail. */
static void
assert_comes_back(enum event_type type, const char *text)
{
	struct buffer tail = BUFFER_EMPTY, line = BUFFER_EMPTY;
	struct event event = new_event(type, text), back;
	struct item item;

	event_tail(&tail, &event);
	event_line(&line, tail.data, &event.item.key, event.item.version);
	assert_ptr_equal(strchr(line.data, '\n'), line.data + line.len - 1);
	assert_int_equal(decode(&back, line.data), RESULT_OK);
	assert_int_equal(back.type, type);
	assert_string_equal(back.id, event.id);
	assert_string_equal(back.request_id, event.request_id);
	assert_same_item(&back.item, &event.item);

	assert_int_equal(event_item_from_tail(&item, tail.data, tail.len,
	    &event.item.key, event.item.version), RESULT_OK);
	assert_same_item(&item, &event.item);
	item_clear(&item);
	event_clear(&back);
	event_clear(&event);
	buffer_free(&tail);
	buffer_free(&line);
}

static void
any_text_comes_back_byte_for_byte(void **state)
{
	static const char *const texts[] = {
		"", "a", "\"", "\\", "\\\"\\", "a\nb\r\tc\b\f", "\x01\x1f\x7f",
		"\xc3\xa9", "\xe4\xb8\xad\xe6\x96\x87", "\xf0\x9f\x98\x80",
		"</script>", "\xe2\x80\xa8\xe2\x80\xa9", "{\"app\":1}",
	};
	char all[256];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_comes_back(EVENT_MESSAGE, texts[i]);
		assert_comes_back(EVENT_CHAT, texts[i]);
	}
	for (int i = 1; i < 128; i++)
		all[i - 1] = (char)i;
	all[127] = '\0';
	assert_comes_back(EVENT_MESSAGE, all);
	assert_comes_back(EVENT_CHAT, NULL);
}

static void
a_creation_is_known_by_its_origin(void **state)
{
	struct event event = new_event(EVENT_CHAT, "name");
	struct buffer tail = BUFFER_EMPTY;

	(void)state;
	event_tail(&tail, &event);
	assert_non_null(strstr(tail.data, "\"op\":\"update\""));
	buffer_reset(&tail);
	memcpy(event.item.origin, event.id, IDENT_SIZE);
	event_tail(&tail, &event);
	assert_non_null(strstr(tail.data, "\"op\":\"create\""));
	buffer_free(&tail);
	event_clear(&event);
}

static void
markers_and_probes_come_back(void **state)
{
	struct event marker = { .type = EVENT_MARKER, .epoch = 4 };
	struct event probe = { .type = EVENT_PROBE };
	struct buffer line = BUFFER_EMPTY;

	(void)state;
	event_control_line(&line, &marker);
	assert_string_equal(line.data, MARKER_1 "\n");
	buffer_reset(&line);
	event_control_line(&line, &probe);
	assert_string_equal(line.data, PROBE_1 "\n");
	buffer_free(&line);
}

/* MESSAGE_1 with its first `from` replaced. */
static char *
changed(const char *from, const char *to)
{
	struct buffer out = BUFFER_EMPTY;
	const char *at = strstr(MESSAGE_1, from);

	assert_non_null(at);
	buffer_add(&out, MESSAGE_1, (size_t)(at - MESSAGE_1));
	buffer_str(&out, to);
	buffer_str(&out, at + strlen(from));
	return buffer_take(&out);
}

static void
what_is_no_event_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *from, *to, *reason;
	} cases[] = {
		{ "}", "", "not JSON" },
		{ "}", "} x", "not JSON" },
		{ "\"app\":7", "\"app\":0", "app" },
		{ "\"app\":7", "\"app\":-1", "app" },
		{ "\"app\":7", "\"app\":4294967296", "app" },
		{ "\"app\":7", "\"app\":7.0", "app" },
		{ "\"app\":7", "\"app\":\"7\"", "app" },
		{ "\"app\":7,", "", "app" },
		{ "\"app\":7,", "\"app\":7,\"app\":7,", "not JSON" },
		{ "\"number\":12", "\"number\":0", "number" },
		{ "\"number\":12", "\"number\":true", "number" },
		{ "\"number\":12", "\"number\":9223372036854775808", "JSON" },
		{ "\"version\":17592186044421", "\"version\":0", "version" },
		{ "\"v\":1", "\"v\":2", "v is" },
		{ "\"v\":1", "\"v\":0", "v is" },
		{ "\"v\":1,", "", "v is" },
		{ "\"message\"", "\"massage\"", "type" },
		{ "\"message\"", "null", "type" },
		{ "\"create\"", "\"update\"", "op" },
		{ "\"create\"", "\"delete\"", "op" },
		{ "\"id\":\"0123abcd", "\"id\":\"0123ABCD", "id" },
		{ "\"id\":\"0123abcd", "\"id\":\"", "id" },
		{ "\"origin\":\"0123abcd", "\"origin\":\"x123abcd", "origin" },
		{ "\"origin\":\"0123abcd", "\"origin\":\"1123abcd", "op" },
		{ "\"chat\":3", "\"chat\":0", "chat" },
		{ "\"chat\":3,", "", "chat" },
		{ "\"h\\u00e9llo\"", "null", "text" },
		{ "\"h\\u00e9llo\"", "5", "text" },
		{ "\\u00e9", "\\u0000", "not JSON" },
		{ "\\u00e9", "\\ud800", "not JSON" },
		{ "\\u00e9", "\xff", "not JSON" },
		{ "\"created_at\":1700000000123", "\"created_at\":-1",
		    "created_at" },
		{ "\"updated_at\":1700000000124",
		    "\"updated_at\":253402300800000", "updated_at" },
		{ "\"r-1\"", "7", "request_id" },
		{ "r-1", "12345678901234567890123456789012345678901234567890"
		    "123456789012345", "request_id" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *line = changed(cases[i].from, cases[i].to);
		char error[128] = "";
		struct event event;

		assert_int_equal(event_decode(&event, line, strlen(line),
		    error, sizeof(error)), RESULT_INVALID);
		if (strstr(error, cases[i].reason) == NULL)
			fail_msg("%s: %s", line, error);
		free(line);
	}
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const lines[] = {
		"", " ", "[]", "null", "7", "\"x\"", "{}", "[" MESSAGE_1 "]",
		"{\"v\":1,\"type\":\"marker\"}",
		"{\"v\":1,\"type\":\"marker\",\"epoch\":0}",
	};
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(decode(&event, lines[i]), RESULT_INVALID);
}

/* Jobs of before it pass it over, as any field that they do not know. */
static void
a_trace_goes_with_its_write_and_without_one_nothing_does(void **state)
{
	struct event event = new_event(EVENT_CHAT, "x"), back;
	struct buffer tail = BUFFER_EMPTY, line = BUFFER_EMPTY;

	(void)state;
	event_tail(&tail, &event);
	assert_null(strstr(tail.data, "traceparent"));
	buffer_reset(&tail);
	trace_read(&event.trace, TRACEPARENT);
	event_tail(&tail, &event);
	assert_non_null(strstr(tail.data,
	    ",\"traceparent\":\"" TRACEPARENT "\""));
	event_line(&line, tail.data, &event.item.key, event.item.version);
	assert_int_equal(decode(&back, line.data), RESULT_OK);
	assert_string_equal(back.trace.id, TRACE_ID);
	assert_string_equal(back.trace.span, event.trace.span);
	assert_true(back.trace.sampled);
	assert_same_item(&back.item, &event.item);
	event_clear(&back);
	event_clear(&event);
	buffer_free(&tail);
	buffer_free(&line);
}

/* It is for logs: what is stored does not hang from it. */
static void
a_trace_that_is_none_costs_no_write(void **state)
{
	static const char *const bad[] = { "null", "7", "\"\"", "\"x\"", "{}",
		"\"ff-" TRACE_ID "-b7ad6b7169203331-01\"" };
	char line[1024];
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "%.*s,\"traceparent\":%s}",
		    (int)strlen(CHAT_1) - 1, CHAT_1, bad[i]);
		assert_int_equal(decode(&event, line), RESULT_OK);
		assert_string_equal(event.trace.id, "");
		event_clear(&event);
	}
}

static void
fields_that_are_not_known_are_passed_over(void **state)
{
	char *line = changed("\"chat\":3", "\"chat\":3,\"mood\":[{}]");
	struct event event;

	(void)state;
	assert_int_equal(decode(&event, line), RESULT_OK);
	event_clear(&event);
	free(line);
}

static void
a_tail_of_another_thing_is_refused(void **state)
{
	struct event event = new_event(EVENT_MESSAGE, "text");
	struct buffer tail = BUFFER_EMPTY;
	struct key key = event.item.key;
	struct item item;

	(void)state;
	event_tail(&tail, &event);
	assert_int_equal(event_item_from_tail(&item, tail.data, tail.len - 1,
	    &key, 1), RESULT_INVALID);
	assert_int_equal(event_item_from_tail(&item, "", 0, &key, 1),
	    RESULT_INVALID);
	key.chat++;
	assert_int_equal(event_item_from_tail(&item, tail.data, tail.len, &key,
	    1), RESULT_INVALID);
	key.chat--;
	key.message = 0;
	assert_int_equal(event_item_from_tail(&item, tail.data, tail.len, &key,
	    1), RESULT_INVALID);
	buffer_free(&tail);
	event_clear(&event);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_ever_shipped_is_read),
		cmocka_unit_test(any_text_comes_back_byte_for_byte),
		cmocka_unit_test(a_creation_is_known_by_its_origin),
		cmocka_unit_test(markers_and_probes_come_back),
		cmocka_unit_test(what_is_no_event_is_refused_with_a_reason),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(
		    a_trace_goes_with_its_write_and_without_one_nothing_does),
		cmocka_unit_test(a_trace_that_is_none_costs_no_write),
		cmocka_unit_test(fields_that_are_not_known_are_passed_over),
		cmocka_unit_test(a_tail_of_another_thing_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
