# Texts that mean something to a part behind: they are stored, given back and found byte for byte, or refused.
# SPDX-License-Identifier: BSD-2-Clause
import html
import json
import re
import urllib.parse

import pytest

from client import FORM, JSON, encode_multipart, query
from stack import wait_until

API = "/api/v1/applications"

TEXTS = [
    # SQL
    "'; DROP TABLE messages; --",
    "' OR '1'='1",
    '" OR ""="',
    "1); DELETE FROM applications WHERE (1=1",
    "%' AND 1=0 UNION SELECT token FROM applications -- ",
    "x' || (SELECT @@version) || 'y",
    "\\'; SELECT SLEEP(5); #",
    "`backticks` /* comment */ -- comment",
    "100% _like_ wild%cards",
    "ends in a backslash \\",
    "0x27204F5220313D31",
    "?, :name, %s, {0}, $1",
    # JSON, as a request to the index and as lines of the queue have it
    '"}],"size":9999,"x":{"',
    '{"$gt":""}',
    'a literal \\u0000 and \\" and \\n',
    ']}}\n{"delete":{"_index":"parley-messages","_id":"1"}}\n',
    '{"format":1,"kind":"message","version":9}\n{"format":1}',
    "null", "[[[[[[", "0", "true",
    # Lua, and the protocol of Redis
    "\"]) redis.call('FLUSHALL') --[[",
    "]]..os.exit()..[[",
    "%d %5$s %n",
    "x\r\n*1\r\n$8\r\nFLUSHALL\r\n",
    "{tag}:* p:n:1:1",
    # the query syntax of Lucene
    "*", "*:*", "body:/.*/", "a AND NOT b OR (c", '"unclosed',
    "fuzzy~2 boost^5 [1 TO *] {x TO y}", "_exists_:token field:>10",
    '+a -b && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
    # headers
    "x\r\nSet-Cookie: a=b\r\n\r\n<html>injected",
    "%0d%0aLocation:%20//evil.example",
    "\nX-Header: 1", "\rX-Header: 1",
    # paths, commands, templates, HTML
    "../../../../etc/passwd", "..\\..\\windows\\win.ini",
    "/etc/passwd%00.png", "file:///etc/passwd",
    "; ls | cat && `id` $(touch x)", "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "${jndi:ldap://evil.example/a}",
    "<script>alert('1')</script>", "&lt;em&gt;&amp;amp;",
    "<em>not ours</em>", "=cmd|' /C calc'!A0",
    # writing from right to left, and marks that turn it round
    "\u202eright to left\u202c and back", "\u2066isolated\u2069 text",
    "\u200frlm \u200elrm", "עברית and العربية in one line",
    # what is made of several code points
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
    "\U0001f1e9\U0001f1ea flag", "\U0001f44d\U0001f3fd thumb",
    "\u2764\ufe0f heart", "क्षि and ক্ষ", "a\u200db\u200cc joined",
    # marks: composed, decomposed, far too many; each stays as it is
    "caf\u00e9", "cafe\u0301", "Z" + "\u0351\u036b\u0343\u036a" * 40 + "algo",
    "\u1112\u1161\u11ab jamo and \ud55c", "\u212b \u00c5 A\u030a",
    # folding that changes lengths
    "\u0130stanbul \u0131I", "\u00df \u1e9e ss", "\ufdfa", "\ufb03 \u01c5",
    # beyond the BMP, private, unassigned, noncharacters
    "\U0001f600\U0001f601\U0001f602", "\U00020000\U0002a6d6 han",
    "\ue000 private \U0010fffd", "\ufffe\uffff\ufdd0 noncharacters",
    "\U0001fffe\U0010ffff the last ones", "\U000e0041\U000e0042 tags",
    # what cannot be seen, inside
    "a\ufeffb a\u00adb a\u200bb a\u2060b", "\u3164 filler",
    "\u0085next line \u2028line \u2029paragraph",
    "\x01\x02 bell \x07 escape \x1b[31m del \x7f", "c1 \x9b31m \x80",
    "tab\tvertical\vform\f", "  spaces around  ", "\n\nlines\n\n",
    "\ufffd replacement",
]

# In what can be sent only as bytes; and what JSON's escapes can say.
NO_UTF8 = [
    b"\xc0\x80",                    # NUL, overlong
    b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf",      # a slash
    b"\xc1\xbf",                    # DEL
    b"\xed\xa0\x80", b"\xed\xbf\xbf",       # lone surrogates
    b"\xed\xa0\xbd\xed\xb8\x80",    # a pair of them
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",       # beyond Unicode
    b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80",
    b"\xfe", b"\xff", b"\x80", b"\xbf\xbf",
    b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98",          # cut off
    b"\xc3(", b"\xe2(\xa1",         # in the middle
]
BAD_ESCAPES = ["\\ud800", "\\udfff", "\\udc00\\ud800", "\\ud83d\\ud83d",
               "\\ud83dx"]


def as_json(client, method, path, name, value):
    body = b'{"%s":%s}' % (name.encode(), json.dumps(
        value, ensure_ascii=False).encode())
    return client.request(method, path, body=body, content_type=JSON)


def as_escaped_json(client, method, path, name, value):
    return client.request(method, path, json_body={name: value})


def as_form(client, method, path, name, value):
    return client.request(method, path, form={name: value})


def as_multipart(client, method, path, name, value):
    return client.request(method, path, multipart=[(name, value)])


WAYS = [as_json, as_escaped_json, as_form, as_multipart]


@pytest.mark.parametrize("send", WAYS)
def test_a_message_is_stored_and_given_back_byte_for_byte(
        client, chat, stored, send):
    for number, text in enumerate(TEXTS, 1):
        answer = send(client, "POST", chat.messages, "body", text)
        assert answer.status == 201, text
        assert (answer.json["number"], answer.json["body"]) == (number, text)
        assert client.get(chat.message(number)).json["body"] == text
    rows = stored(chat, len(TEXTS))
    assert [row["body"] for row in rows] == TEXTS
    assert [m["body"] for m in client.walk(chat.messages)] == TEXTS


@pytest.mark.parametrize("send", WAYS)
def test_a_name_is_stored_and_given_back_byte_for_byte(
        client, chat, db, send):
    app = f"{API}/{chat.token}"
    short = [text for text in TEXTS if len(text) <= 255]
    for text in short:
        assert send(client, "PUT", app, "name", text).json["name"] == text
        assert send(client, "PUT", chat.path, "name", text).json[
            "name"] == text
        assert client.get(app).json["name"] == text
        assert client.get(chat.path).json["name"] == text

    def name():
        """the last name of the chat is stored"""
        rows = db("""select c.name from chats c join applications a
            on c.application_id = a.id where a.token = %s
            and c.number = %s""", chat.token, chat.number)
        return rows[0]["name"] == short[-1]
    wait_until(name, 20)
    assert db("select name from applications where token = %s",
              chat.token)[0]["name"] == short[-1]


def searched(client, chat, text):
    """The hits of a query that is the beginning of the text."""
    terms = " ".join(text.split()[:12])[:200]
    answer = client.get(query(chat.search, q=terms, limit=200))
    if answer.status == 422:        # nothing of it can be searched for
        assert answer.fields == ["q"]
        return None
    assert answer.status == 200, answer
    return {hit["number"]: hit for hit in answer.json}


def test_a_message_is_found_by_its_own_words_byte_for_byte(client, chat):
    for text in TEXTS:
        chat.write(text)
    marker = chat.write("qqzzqq")["number"]
    wait_until(lambda: searched(client, chat, "qqzzqq").get(marker), 20)
    unsearchable = []
    for number, text in enumerate(TEXTS, 1):
        hits = searched(client, chat, text)
        if hits is None:
            unsearchable.append(text)
            continue
        assert number in hits, text
        assert hits[number]["body"] == text
        # Its highlight is the text, escaped, and nothing but marked.
        marked = re.sub("</?em>", "", hits[number]["highlight"])
        assert html.unescape(marked) == html.unescape(
            html.escape(text, quote=False))
        assert "<script" not in marked
    assert unsearchable == []


def test_what_was_asked_for_stands_in_link_without_harm(client, chat):
    for q in ("x\r\nSet-Cookie: a=b", 'x>; rel="prev", <//evil.example',
              "x\u202e\U0001f600", "x&limit=9#%"):
        for _ in range(2):
            chat.write(q)
        first = wait_until(lambda q=q: client.get(
            query(chat.search, q=q, limit=1)).next, 20)
        again = urllib.parse.parse_qs(first.split("?", 1)[1])
        assert again["q"] == [q]
        assert client.get(first).status == 200


@pytest.mark.parametrize("bad", NO_UTF8)
def test_what_is_not_utf_8_is_refused_everywhere(client, chat, bad):
    app = f"{API}/{chat.token}"
    escaped = "".join(f"%{byte:02x}" for byte in bad).encode()
    for method, path, field in (("POST", chat.messages, "body"),
                                ("POST", API, "name"), ("PUT", app, "name"),
                                ("POST", app + "/chats", "name"),
                                ("PATCH", chat.path, "name")):
        name = field.encode()
        for body, kind in (
                (b'{"%s":"a%sb"}' % (name, bad), JSON),
                (b"%s=a%sb" % (name, bad), FORM),
                (b"%s=a%sb" % (name, escaped), FORM),
                encode_multipart([(field, b"a" + bad + b"b")])):
            answer = client.request(method, path, body=body,
                                    content_type=kind)
            assert answer.problem == "invalid-field"
            assert answer.fields == [field]
    answer = client.get(f"{chat.search}?q=a{escaped.decode()}b")
    assert answer.problem == "invalid-field"
    assert client.get(chat.messages).json == []
    assert client.get(chat.path).json["name"] == "A test's chat"


@pytest.mark.parametrize("escape", BAD_ESCAPES)
def test_half_a_surrogate_pair_is_no_json(client, chat, escape):
    for path, field in ((chat.messages, "body"), (API, "name")):
        answer = client.post(path, content_type=JSON,
                             body=f'{{"{field}":"{escape}"}}'.encode())
        assert answer.problem == "malformed-body"
    assert client.get(chat.messages).json == []
