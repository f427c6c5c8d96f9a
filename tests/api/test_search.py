# Searching a chat by parts of words; the same on every backend.
# SPDX-License-Identifier: BSD-2-Clause
import html
import re
import time

import pytest

from client import query
from stack import wait_until


def numbers(client, chat, text, **rest):
    answer = client.get(query(chat.search, q=text, **rest))
    assert answer.status == 200, answer
    return [hit["number"] for hit in answer.json]


def soon(client, chat, text, expected, seconds=15, **rest):
    """Polls until the search finds exactly these, in this order."""
    end = time.monotonic() + seconds
    while True:
        found = numbers(client, chat, text, **rest)
        if found == expected or time.monotonic() > end:
            assert found == expected, text
            return
        time.sleep(0.05)


def fill(client, chat, texts):
    """Writes the texts as messages 1, 2, ... and waits for the index."""
    for text in texts:
        chat.write(text)
    marker = chat.write("qqzzqq")["number"]
    soon(client, chat, "qqzzqq", [marker])


def test_a_message_becomes_findable_soon(client, chat):
    chat.write("Guess what? Alhamdulilah")
    soon(client, chat, "alhamdulilah", [1], seconds=5)


def test_a_hit_is_the_message_with_its_highlight(client, chat):
    made = chat.write("Guess what? Alhamdulilah")
    soon(client, chat, "hamd", [1])
    hit = client.get(query(chat.search, q="hamd")).json[0]
    assert hit.pop("highlight") == "Guess what? Al<em>hamd</em>ulilah"
    assert hit == made


def test_parts_of_words_are_found(client, chat):
    fill(client, chat, ["Alhamdulilah", "Marhala", "nothing of it"])
    for text, expected in (("hamd", [1]), ("alh", [1]), ("lilah", [1]),
                           ("hala", [2, 1]), ("la", [2, 1]), ("l", [2, 1]),
                           ("alhamdulilah", [1]), ("alhamdulilahs", []),
                           ("hal ala", [2]), ("xyz", [])):
        assert numbers(client, chat, text) == expected, text


def test_whole_words_come_first_then_the_newest(client, chat):
    fill(client, chat, ["the cat", "concatenate", "cat", "scatter",
                        "a cat, too", "Cat!", "dog"])
    assert numbers(client, chat, "cat") == [6, 5, 3, 1, 4, 2]


def test_every_term_must_be_found(client, chat):
    fill(client, chat, ["red fish", "blue fish", "red and blue",
                        "fishing in the reddish sea", "fish, red"])
    assert numbers(client, chat, "red fish") == [5, 1, 4]
    assert numbers(client, chat, "fish red") == [5, 1, 4]
    assert numbers(client, chat, "  red \t fish ") == [5, 1, 4]
    assert numbers(client, chat, "red fish blue") == []
    assert numbers(client, chat, "red red red") == [5, 3, 1, 4]


@pytest.mark.parametrize("text,queries", [
    ("Café crème", ["cafe", "CAFÉ", "cafe\u0301", "CREME", "afé"]),
    ("Straße nach Ärger", ["strasse", "STRASSE", "straße", "arger", "ärg"]),
    ("Ёжик в тумане", ["ежик", "ЁЖИК", "туман", "жи"]),
    ("Αθήνα, οδός", ["αθηνα", "ΑΘΉΝΑ", "ΟΔΟΣ", "οδοσ"]),
    ("今天天气很好", ["天气", "天", "今天", "很好"]),
    ("日本語のテキスト", ["本語", "テキスト", "ｷｽﾄ"]),
    ("مُحَمَّد يكتب", ["محمد", "يكتب", "كتب"]),
    ("שָׁלוֹם לכם", ["שלום", "לכם"]),
    ("नमस्ते दुनिया", ["नमस्ते", "दुनिया", "मस्ते"]),
    ("สวัสดีชาวโลก", ["สวัสดี", "ชาวโลก"]),
    ("Việt Nam", ["viet", "VIỆT", "iệ"]),
    ("ｆｕｌｌｗｉｄｔｈ ﬁne", ["fullwidth", "fine", "ｆｉｎｅ"]),
    ("İstanbul ve ısı", ["istanbul"]),
    ("I ♥ 😀 it", ["♥", "😀", "😀 it"]),
])
def test_case_and_accents_do_not_matter_in_any_script(
        client, chat, text, queries):
    fill(client, chat, [text, "something else"])
    for wanted in queries:
        assert numbers(client, chat, wanted) == [1], wanted


@pytest.mark.parametrize("text,other,wanted", [
    ("100% sure", "1000 sure", "100%"),
    ("snake_case", "snakeXcase", "snake_case"),
    (r"C:\new\table", "C:/new/table", r"c:\new"),
    ("it's 'quoted'", "its quoted", "it's"),
    ('say "hi"', "say hi", '"hi"'),
    ("a* b?", "ab", "a*"),
    ("c++ and c#", "c and d", "c++"),
    ("-minus +plus", "minus plus", "-minus"),
    ("(paren) [brack]", "paren brack", "(paren)"),
    ("a AND b OR NOT c", "a b c", "AND"),
    ("semi;colon", "semicolon", ";"),
    ("x.y.z", "xayaz", "x.y"),
    ("a~b^c", "abc", "~b^"),
    ("<b>bold</b>", "bold", "<b>"),
    ("{\"json\": 1}", "json 1", "{\"json\":"),
    ("/path/to", "path to", "/path"),
])
def test_signs_are_searched_for_as_they_are(client, chat, text, other,
                                            wanted):
    fill(client, chat, [text, other])
    assert numbers(client, chat, wanted) == [1]


def test_the_highlight_is_escaped_for_html(client, chat):
    text = '<script>alert("x & y")</script> \'cat\' <em>cat</em>'
    fill(client, chat, [text])
    for wanted in ("cat", "script", "<", "&", '"', "em", "amp", "lt"):
        for hit in client.get(query(chat.search, q=wanted)).json:
            marked = hit["highlight"]
            assert re.search("<em>", marked), wanted
            plain = marked.replace("<em>", "").replace("</em>", "")
            assert "<" not in plain and ">" not in plain
            assert html.unescape(plain) == text
    assert numbers(client, chat, "amp") == []


def test_highlights_show_every_place(client, chat):
    fill(client, chat, ["Hamdi said Alhamdulilah, HAMD", "abab", "Café noir"])

    def highlight(text):
        return client.get(query(chat.search, q=text)).json[0]["highlight"]
    assert highlight("hamd") == ("<em>Hamd</em>i said Al<em>hamd</em>ulilah,"
                                 " <em>HAMD</em>")
    assert highlight("cafe noir") == "<em>Café</em> <em>noir</em>"
    assert highlight("ab ba") == "<em>abab</em>"


def test_only_this_chat_is_searched(client, new_application, new_chat):
    one, two = new_application(), new_application()
    chats = [new_chat(one), new_chat(one), new_chat(two)]
    for i, chat in enumerate(chats):
        for _ in range(i + 1):
            chat.write("the same words")
    for i, chat in enumerate(chats):
        soon(client, chat, "same", list(range(i + 1, 0, -1)))


def test_an_update_replaces_what_is_found(client, chat):
    fill(client, chat, ["before", "before and after"])
    client.put(chat.message(1), {"body": "changed"})
    soon(client, chat, "changed", [1])
    assert numbers(client, chat, "before") == [2]
    hit = client.get(query(chat.search, q="changed")).json[0]
    assert hit["highlight"] == "<em>changed</em>"


def test_the_last_of_many_updates_is_found(client, chat):
    chat.write("version 0")
    for i in range(1, 30):
        client.put(chat.message(1), {"body": f"version {i}x"})
    soon(client, chat, "29x", [1])
    assert numbers(client, chat, "28x") == []


def test_limit_cuts_and_20_is_the_standard(client, chat):
    fill(client, chat, [f"word {i}" for i in range(30)])
    assert len(numbers(client, chat, "word")) == 20
    assert numbers(client, chat, "word", limit=3) == [30, 29, 28]
    assert len(numbers(client, chat, "word", limit=200)) == 30


@pytest.mark.parametrize("limit", [1, 7, 20, 200])
def test_pages_show_every_hit_once_and_in_order(client, chat, limit):
    texts = ["cat" if i % 3 else "concat" for i in range(45)]
    fill(client, chat, texts)
    whole = [i + 1 for i in range(45) if texts[i] == "cat"][::-1]
    parts = [i + 1 for i in range(45) if texts[i] == "concat"][::-1]
    found = client.walk(query(chat.search, q="cat", limit=limit))
    assert [hit["number"] for hit in found] == whole + parts


def test_the_last_page_has_no_link(client, chat):
    fill(client, chat, ["cat"] * 6)
    for limit, more in ((5, True), (6, False), (7, False)):
        answer = client.get(query(chat.search, q="cat", limit=limit))
        assert (answer.next is not None) == more


def test_what_is_written_while_paging_moves_no_page(client, chat):
    fill(client, chat, [f"cat {i}" for i in range(10)])
    first = client.get(query(chat.search, q="cat", limit=5))
    newer = chat.write("a newer cat")["number"]
    soon(client, chat, "newer", [newer])
    rest = client.walk(first.next)
    assert [hit["number"] for hit in first.json + rest] \
        == list(range(10, 0, -1))


def test_long_texts_are_searched_to_their_end(client, chat):
    fill(client, chat, ["x" * 15993 + " needle", "lorem " * 2500 + "haystack",
                        "\U0001f600" * 15990 + "emojiend"])
    assert numbers(client, chat, "needle") == [1]
    assert numbers(client, chat, "haystack") == [2]
    assert numbers(client, chat, "emojiend") == [3]
    assert numbers(client, chat, "x" * 255) == [1]
    assert numbers(client, chat, "em hay") == [2]


def test_an_empty_chat_has_no_hits(client, chat):
    assert numbers(client, chat, "anything") == []


@pytest.mark.parametrize("bad", [
    "", "?q", "?q=", "?q=%20%09", "?q=%00", "?q=a%00b", "?q=%ff",
    "?q=%ed%a0%80", "?q=" + "x" * 256, "?query=x", "?q=%e2%80%8b",
    "?q=" + "+".join(f"w{i}" for i in range(40)),
])
def test_a_bad_q_is_422(client, chat, bad):
    answer = client.get(chat.search + bad)
    assert answer.problem == "invalid-field"
    assert answer.fields == ["q"]


def test_q_may_have_255_code_points(client, chat):
    assert numbers(client, chat, "\U0001f600" * 255) == []
    answer = client.get(query(chat.search, q="\U0001f600" * 256))
    assert answer.problem == "invalid-field"


@pytest.mark.parametrize("bad", [
    "limit=0", "limit=201", "limit=x", "limit=", "after=x", "after=",
    "after=9.1", "after=1.0", "after=1.x", "after=%00", "after=1.-1",
    "after=2.99999999999999999999",
])
def test_a_bad_parameter_is_400_and_is_named(client, chat, bad):
    answer = client.get(f"{chat.search}?q=x&{bad}")
    assert answer.problem == "bad-request"
    assert bad.split("=")[0] in answer.json["detail"]


def test_an_unknown_chat_is_404(client, chat):
    path = chat.path[:-len(str(chat.number))]
    assert client.get(path + "99/messages/search?q=x").problem == "not-found"


def test_hits_carry_an_etag(client, chat):
    fill(client, chat, ["cat"])
    answer = client.get(query(chat.search, q="cat"))
    again = client.get(query(chat.search, q="cat"),
                       headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_pages_go_on_past_10000_hits(client, chat, threads):
    count = 10050
    answers = threads(24, lambda i: client.post(
        chat.messages, {"body": f"needle {i}"}), range(count))
    assert {answer.status for answer in answers} == {201}

    def all_indexed():
        """as many are found as were written"""
        return len(client.walk(
            query(chat.search, q="needle", limit=200))) == count
    wait_until(all_indexed, 90, pause=1)
    found = client.walk(query(chat.search, q="needle", limit=200))
    assert [hit["number"] for hit in found] == list(range(count, 0, -1))
