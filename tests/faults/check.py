# The verdict: every answer against the database, the search index and the API.
# SPDX-License-Identifier: BSD-2-Clause
import collections
import json
import time

import history as h
from clients import text_of


REPLAYS = 100           # answers that are asked for again, twice as many


class Verdict:
    """What was found; broken is empty if every promise held."""

    def __init__(self):
        self.broken = []        # (kind, thing, what)
        self.counts = collections.Counter()
        self.stale = []
        self.replayed = 0       # answers that were asked for again

    def wrong(self, kind, thing, what):
        self.broken.append((kind, thing, what))
        self.counts[kind] += 1


class Stored:
    """Everything that is stored of one application."""

    def __init__(self, parts, token):
        row = parts.sql("select id from applications where token = %s",
                        token)[0]
        self.application = row["id"]
        chats = parts.sql("select * from chats where application_id = %s",
                          self.application)
        messages = parts.sql(
            "select * from messages where application_id = %s",
            self.application)
        self.rows = {(r["number"], 0): (r["name"], r["version"])
                     for r in chats}
        self.rows |= {(r["chat_number"], r["number"]):
                      (r["body"], r["version"]) for r in messages}

    def gaps(self):
        """Numbers that are missing below the highest of each counter."""
        highest, count = collections.Counter(), collections.Counter()
        for chat, number in self.rows:
            counter, n = (chat, number) if number else (0, chat)
            highest[counter] = max(highest[counter], n)
            count[counter] += 1
        return sum((highest - count).values())


def outdated(attempt, accepted, until):
    """
    A write that was answered, and had begun after this one was over, and
    ended before `until`: then this one's text may not be seen any more.
    """
    if attempt.over is None:
        return None
    return next((w for w in accepted if w is not attempt
                 and w.started > attempt.over and w.ended < until), None)


class Check:
    def __init__(self, parts, world, stale_allowed=False,
                 order_promised=True):
        self.parts, self.world = parts, world
        self.stale_allowed = stale_allowed
        self.order_promised = order_promised
        self.verdict = Verdict()
        self.writes = collections.defaultdict(list)     # of each thing
        self.by_text = {}
        for a in world.history.writes():
            self.by_text[a.text] = a
            self.writes[a.thing].append(a)
        self.accepted = {
            thing: sorted((w for w in writes if w.outcome == h.ACCEPTED),
                          key=lambda w: w.started)
            for thing, writes in self.writes.items()}
        self.made = collections.defaultdict(dict)   # when, by list
        for a in world.history.writes():
            if a.op in h.CREATES and a.outcome == h.ACCEPTED:
                self.made[a.chat if a.number else 0][a.thing] = a.ended

    def run(self):
        self.check_replays()
        self.stored = Stored(self.parts, self.world.token)
        self.check_answers()
        self.check_numbers()
        self.check_rows()
        self.check_reads()
        self.check_index()
        self.check_api()
        return self.verdict

    # --- answers on their own ---

    def check_answers(self):
        for a in self.world.history.attempts:
            if a.outcome == h.WRONG and self.is_of_the_other(a):
                self.verdict.stale.append((round(a.started, 3), a.thing,
                                           "404 from the other Redis"))
            elif a.outcome == h.WRONG:
                self.verdict.wrong("bad answer", a.thing,
                                   f"{a.op}: {a.status} {a.answer}")
            elif a.outcome == h.HUNG:
                self.verdict.wrong("hung", a.thing, f"{a.op}: no answer "
                                   f"within {a.seconds:.1f} s")
            elif a.outcome == h.ACCEPTED and a.op not in h.READS:
                self.check_echo(a)

    def check_replays(self):
        """Whoever sends a write again with its key gets the same answer."""
        world = self.world
        world.connection.close()
        keyed = [a for a in world.history.writes()
                 if a.key and a.outcome == h.ACCEPTED]
        # The newest are on their way through Redis, the oldest are stored.
        for a in keyed[::max(1, len(keyed) // REPLAYS)] + keyed[-REPLAYS:]:
            chat, number = a.chat, a.number
            if a.op in h.CREATES:
                chat, number = (chat, 0) if number else (0, 0)
            status, _, content = world.connection.send(
                *world.request_of(a.op, chat, number, a.text), key=a.key)
            self.verdict.replayed += 1
            if status != a.status or json.loads(content) != a.answer:
                self.verdict.wrong("another answer", a.thing,
                                   f"{a.status} {a.answer}, replayed "
                                   f"{status} {content}")

    def is_of_the_other(self, a):
        """
        With two Redises in use at once a responder that has met the newer
        one cannot know what another still accepts by way of the older.
        """
        return not self.order_promised and a.op in h.READS \
            and a.status == 404

    def check_echo(self, a):
        """The answer to a write says what was written, where."""
        if text_of(a.answer) != a.text:
            self.verdict.wrong("bad answer", a.thing, "another text")
        number = a.answer["number"]
        if number != (a.number or a.chat):
            self.verdict.wrong("bad answer", a.thing, "another number")

    def check_numbers(self):
        """No number was answered to two creations."""
        for thing, writes in self.writes.items():
            made = [w for w in writes if w.op in h.CREATES
                    and w.outcome == h.ACCEPTED]
            if len(made) > 1:
                self.verdict.wrong("number twice", thing,
                                   [w.text for w in made])

    # --- what is stored ---

    def check_rows(self):
        for thing, made in self.accepted.items():
            if made and thing not in self.stored.rows:
                self.verdict.wrong("lost", thing, "answered, not stored")
        seen = {}
        for thing, (text, _) in self.stored.rows.items():
            a = self.by_text.get(text)
            if a is None:
                self.verdict.wrong("phantom", thing, f"nobody wrote {text}")
                continue
            if text in seen:
                self.verdict.wrong("doubled", thing,
                                   f"{text} is also {seen[text]}")
            seen[text] = thing
            self.check_row(thing, a)

    def check_row(self, thing, a):
        if a.outcome == h.REFUSED:
            self.verdict.wrong("refused but stored", thing, a.text)
        if a.op in h.CREATES and a.outcome != h.ACCEPTED:
            if a.op == "create-message" and a.chat != thing[0]:
                self.verdict.wrong("phantom", thing, a.text)
            return
        if a.thing != thing:
            self.verdict.wrong("doubled", thing, f"{a.text}, which was "
                               f"answered as {a.thing}")
            return
        newer = outdated(a, self.accepted[thing], float("inf"))
        if newer and self.order_promised:
            self.verdict.wrong("update lost", thing, f"stored is {a.text}, "
                               f"{newer.text} was answered later")

    # --- what was read meanwhile ---

    def check_reads(self):
        for a in self.world.history.attempts:
            if a.outcome != h.ACCEPTED:
                continue
            if a.op == "read":
                self.check_seen(a, a.thing, text_of(a.answer))
            elif a.op == "list":
                self.check_list(a)

    def check_list(self, a):
        numbers = {}
        for number, text in a.answer:
            thing = (a.chat, number) if a.chat else (number, 0)
            numbers[thing] = text
            self.check_seen(a, thing, text)
        if len(numbers) != len(a.answer):
            self.verdict.wrong("doubled in a list", (a.chat, 0), a.answer)
        lowest = min(numbers, default=(0, 0)) if len(numbers) >= 50 \
            else (0, 0)
        for thing, ended in self.made[a.chat].items():
            if ended < a.started and thing > lowest and thing not in numbers:
                self.note_stale(a, thing, "missing in a list")

    def check_seen(self, read, thing, text):
        w = self.by_text.get(text)
        if w is None or w.started > read.ended:
            self.verdict.wrong("phantom read", thing, text)
        elif w.outcome == h.REFUSED:
            self.verdict.wrong("refused but read", thing, text)
        elif w.op in h.UPDATES or w.outcome == h.ACCEPTED:
            newer = outdated(w, self.accepted.get(thing, ()), read.started)
            if newer:
                self.note_stale(read, thing, f"read {text}, but "
                                f"{newer.text} was answered before")

    def note_stale(self, read, thing, what):
        """An older state was shown than one that had been answered."""
        self.verdict.stale.append((round(read.started, 3), thing, what))
        if not self.stale_allowed:
            self.verdict.wrong("stale read", thing, what)

    # --- the index and the API, after all is quiet ---

    def check_index(self):
        found = self.parts.indexed(self.stored.application)
        for thing, (text, version) in self.stored.rows.items():
            if not thing[1]:
                continue
            document = found.pop(thing, None)
            if document is None:
                self.verdict.wrong("not indexed", thing, text)
            elif document[0] != version or document[1] not in (None, text):
                self.verdict.wrong("indexed wrongly", thing,
                                   f"{document}, stored is {text}")
        for thing in found:
            self.verdict.wrong("indexed but not stored", thing, found[thing])

    def check_api(self):
        self.world.connection.close()   # lighttpd may have ended an idle one
        shown = {}
        for chat, text in self.walk(self.world.root):
            shown[chat, 0] = text
            for number, body in self.walk(
                    self.world.path(chat) + "/messages"):
                shown[chat, number] = body
        for thing in shown.keys() | self.stored.rows.keys():
            row = self.stored.rows.get(thing, (None, 0))[0]
            if shown.get(thing) != row:
                self.verdict.wrong("API differs", thing,
                                   f"{shown.get(thing)}, stored is {row}")

    def walk(self, path):
        after = 0
        while True:
            page = self.world.must("GET", f"{path}?limit=200&after={after}")
            if not page:
                return
            for item in page:
                yield item["number"], text_of(item)
            after = page[-1]["number"]


def wait_for_quiet(parts, world, seconds=40):
    """
    Waits until all is stored and indexed: a last write is queued behind all
    others and the queue keeps its order; what is tried again is awaited by
    its text. As long as the debt shrinks, it may take its time. Returns how
    long it took.
    """
    began = time.monotonic()
    end = began + seconds
    last = None
    while last is None or last.outcome != h.ACCEPTED:
        assert time.monotonic() < end, f"writes are not accepted: {last}"
        last = world.attempt(world.connection, "setup", "create-message",
                             world.chats[0], 0,
                             f"{world.seed} last {time.monotonic()}")
        time.sleep(0.05)
    application = Stored(parts, world.token).application
    world.awaited[last.thing] = last.text
    least = float("inf")
    while not is_quiet(parts, application, world.awaited):
        owed = debt(parts, application) + (
            parts.queue("parley.writes") or 0)
        if owed < least:
            least, end = owed, time.monotonic() + seconds
        assert time.monotonic() < end, "not quiet: " + \
            describe_debt(parts, application)
        time.sleep(0.1)
    return time.monotonic() - began


def is_quiet(parts, application, awaited):
    rows = parts.sql(
        "select chat_number, number, body from messages where "
        "application_id = %s and (chat_number, number) in %s",
        application, list(awaited))
    stored = {(r["chat_number"], r["number"]): r["body"] for r in rows}
    return stored == awaited and not debt(parts, application) \
        and parts.queue("parley.writes") == 0


def debt(parts, application):
    return parts.sql_one("select count(*) from index_pending "
                         "where application_id = %s", application)


def describe_debt(parts, application):
    return (f"{parts.queue('parley.writes')} messages are queued, "
            f"{debt(parts, application)} are not indexed")


def explain(parts, world, check, thing):
    """The whole history of one thing, as text."""
    lines = [f"history of {thing}:"]
    for a in world.history.of(thing):
        lines.append(f"  {a.started:8.3f} {a.ended:8.3f} {a.client} {a.op} "
                     f"{a.text!r}: {a.status} {a.outcome} {a.answer}")
    for at, what in world.history.events:
        lines.append(f"  {at:8.3f} {what}")
    application, (chat, number) = check.stored.application, thing
    if number:
        lines.append("  row: %s" % (parts.sql(
            "select *, hex(version), hex(origin) from messages where "
            "application_id = %s and chat_number = %s and number = %s",
            application, chat, number),))
    else:
        lines.append("  row: %s" % (parts.sql(
            "select *, hex(version), hex(origin) from chats where "
            "application_id = %s and number = %s", application, chat),))
    lines.append("  leases: %s" % (parts.sql(
        "select * from leases where application_id = %s and chat_number = "
        "%s", application, chat if number else 0),))
    with parts.redis() as redis:
        key = f"{application}:{chat}:{number}"
        lines.append(f"  redis p:v:{key}: {redis.get('p:v:' + key)}")
        counter = f"p:n:{application}:{chat if number else 0}"
        lines.append(f"  redis {counter}: {redis.hgetall(counter)}")
        lines.append(f"  redis p:life: {redis.get('p:life')}")
    return "\n".join(lines)
