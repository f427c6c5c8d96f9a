/* event.h: THE CONTRACT between web side and jobs: the queue message. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_EVENT_H
#define PARLEY_EVENT_H

#include "buffer.h"
#include "item.h"
#include "result.h"
#include "trace.h"

/*
 * One AMQP message carries one or more events, one JSON object a line:
 *
 *   {"app":7,"number":12,"version":17592186044421,"v":1,"type":"message",
 *    "op":"create","id":UUID,"origin":UUID,"chat":3,"text":"…",
 *    "created_at":MS,"updated_at":MS,"request_id":"…"}
 *
 * An event carries the full state of its thing, so applying any newest one
 * is enough and applying one twice changes nothing. "app", "number" and
 * "version" are given by Redis when the write is admitted; all the rest,
 * the tail, is made before, which is why they come first and apart.
 *
 * A write with an Idempotency-Key also has "key" and "print", UUIDs that are
 * made of that key and of the payload, and "count", the messages_count that
 * was answered: a reader that ignores them stores the same, but forgets the
 * key.
 *
 * One whose request came with a W3C trace has "traceparent": whoever stores it
 * can say of which request, of how many systems, that is a part. What is no
 * traceparent is as if it were not there: no write is lost for it.
 *
 * type "chat":    number is the chat's, text its name or null, no "chat".
 * type "message": chat and number name it, text is its body.
 * type "marker":  "epoch" only. Everything published before it belongs to
 *                 earlier lives of Redis; the jobs note it when they pass.
 * type "probe":   nothing; asks the broker whether it confirms. Ignored.
 *
 * HOW TO CHANGE IT
 * During an upgrade the version before and this one are at work at once, and
 * either reads what the other wrote: from the queue, and (the tail) from
 * Redis. So:
 * 1. A member that old readers may ignore: add it in event_tail() and
 *    event_decode(), optional with a default, and keep EVENT_FORMAT. Who does
 *    not know it passes it over; who knows it does without it.
 * 2. Anything else (another meaning, a new type, a member that must be) takes
 *    two releases: the first one reads it, and still writes as before; the
 *    second one writes it. A change of a type has a new EVENT_FORMAT, known to
 *    event_decode() beside the old ones.
 * 3. What a reader does not know all the same, a type or a format, the jobs
 *    park whole, and store its neighbours: `parley-admin dead replay`, once
 *    they know it, loses nothing. Responders cannot read it in Redis, and
 *    take it for not there: which is why (2) has two steps.
 * 4. Formats are retired when no queue, dead-letter queue or backup has one.
 * 5. tests/unit/test_event.c keeps one example of every format ever shipped;
 *    tests/rolling/test_versions.py has (1) and (3) for real.
 */
#define EVENT_FORMAT 1
#define REQUEST_ID_SIZE 65

enum event_type {
	EVENT_CHAT,
	EVENT_MESSAGE,
	EVENT_MARKER,
	EVENT_PROBE,
};

struct event {
	enum event_type type;
	char id[IDENT_SIZE];		/* of this event; creation: == origin */
	char request_id[REQUEST_ID_SIZE];
	struct trace trace;		/* the request's, or none */
	char key[IDENT_SIZE];		/* "": without Idempotency-Key */
	char print[IDENT_SIZE];
	struct item item;		/* chat, message */
	uint32_t epoch;			/* marker */
};

/* Frees what the event holds and makes it all zero. */
void event_clear(struct event *);

/*
 * Appends the part of the event that is known before it has a number:
 * from `"v":1` to the closing brace, without line feed. For chats and
 * messages; item.key.chat is used for messages only.
 */
void event_tail(struct buffer *, const struct event *);

/* Appends a whole line (with line feed) from a tail and what Redis gave. */
void event_line(struct buffer *, const char *tail, const struct key *,
    uint64_t version);

/* Appends the whole line of a marker or a probe. */
void event_control_line(struct buffer *, const struct event *);

/*
 * Reads one line of len bytes. RESULT_INVALID for anything that is not an
 * event of a known format, with the reason in error (size bytes, always
 * terminated). The caller clears the event on success.
 */
MUST_CHECK enum result event_decode(struct event *, const char *line,
    size_t len, char *error, size_t size);

/*
 * Reads the state out of a tail as kept in Redis; key and version come from
 * where it was found. The caller clears the item on success.
 */
MUST_CHECK enum result event_item_from_tail(struct item *, const char *tail,
    size_t len, const struct key *, uint64_t version);

#endif
