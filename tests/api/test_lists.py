# Lists of chats and messages: limit, after, before, order, and Link.
# SPDX-License-Identifier: BSD-2-Clause
import pytest


def numbers(answer):
    assert answer.status == 200, answer
    return [entry["number"] for entry in answer.json]


@pytest.fixture(params=["chats", "messages"])
def listing(request, client, application, chats_path, new_chat, threads):
    """A list with the numbers 1 to 60, of chats or of messages."""
    if request.param == "chats":
        path, body = chats_path, {"name": "Listed"}
    else:
        path, body = new_chat(application).messages, {"body": "Listed"}
    answers = threads(8, lambda _: client.post(path, body), range(60))
    assert all(answer.status == 201 for answer in answers)
    return path


def test_a_list_is_by_number_and_50_long(client, listing):
    assert numbers(client.get(listing)) == list(range(1, 51))


def test_limit_cuts(client, listing):
    assert numbers(client.get(f"{listing}?limit=1")) == [1]
    assert numbers(client.get(f"{listing}?limit=7")) == list(range(1, 8))
    assert numbers(client.get(f"{listing}?limit=200")) == list(range(1, 61))


def test_after_and_before_are_exclusive_bounds(client, listing):
    def get(query):
        return numbers(client.get(f"{listing}?{query}"))

    assert get("after=55") == [56, 57, 58, 59, 60]
    assert get("before=4") == [1, 2, 3]
    assert get("after=10&before=14") == [11, 12, 13]
    assert get("after=60") == []
    assert get("before=1") == []
    assert get("after=20&before=20") == []
    assert get("after=9000000") == []
    assert get("after=0&limit=2") == [1, 2]


def test_order_desc_is_highest_first(client, listing):
    def get(query):
        return numbers(client.get(f"{listing}?{query}"))

    assert get("order=desc") == list(range(60, 10, -1))
    assert get("order=desc&limit=3") == [60, 59, 58]
    assert get("order=desc&before=10&limit=3") == [9, 8, 7]
    assert get("order=desc&after=57") == [60, 59, 58]
    assert get("order=asc&limit=3") == [1, 2, 3]


def test_links_walk_the_whole_list_once(client, listing):
    for query, expected in (("limit=7", range(1, 61)),
                            ("limit=7&order=desc", range(60, 0, -1)),
                            ("limit=7&after=11", range(12, 61)),
                            ("limit=7&before=30", range(1, 30)),
                            ("limit=7&before=30&order=desc",
                             range(29, 0, -1))):
        found = client.walk(f"{listing}?{query}")
        assert [entry["number"] for entry in found] == list(expected)


def test_a_link_keeps_path_and_parameters(client, listing):
    answer = client.get(f"{listing}?limit=5&before=40&order=desc")
    path, _, query = answer.next.partition("?")
    assert path == listing
    assert sorted(query.split("&")) == ["before=35", "limit=5", "order=desc"]


def test_the_last_page_has_no_link_though_it_is_full(client, listing):
    assert client.get(f"{listing}?limit=60").next is None
    assert client.get(f"{listing}?limit=59").next is not None
    assert client.get(f"{listing}?limit=10&after=50").next is None
    assert client.get(f"{listing}?limit=10&before=11&order=desc").next is None
    assert client.get(f"{listing}?limit=60&order=desc").next is None


def test_the_pages_are_full(client, listing):
    sizes = [len(page) for page in client.pages(f"{listing}?limit=25")]
    assert sizes == [25, 25, 10]


def test_a_list_without_entries_is_an_empty_array(client, chats_path, chat):
    answer = client.get(chat.messages)
    assert answer.json == []
    assert answer.next is None
    assert client.get(f"{chats_path}?after=1").json == []


@pytest.mark.parametrize("bad", [
    "limit=0", "limit=201", "limit=-1", "limit=abc", "limit=", "limit=1.5",
    "limit=+5", "limit=1e2", "limit=0x10", "limit=%205", "limit=05",
    "limit=99999999999999999999", "limit",
    "after=-1", "after=abc", "after=", "after=1.0", "after=1abc",
    "after=99999999999999999999", "after=%00",
    "before=-1", "before=abc", "before=",
    "before=99999999999999999999",
    "order=up", "order=", "order=ASC", "order=desc%20",
])
def test_a_bad_parameter_is_400_and_is_named(client, chats_path, chat, bad):
    for path in (chats_path, chat.messages):
        answer = client.get(f"{path}?{bad}")
        assert answer.problem == "bad-request"
        assert bad.split("=")[0] in answer.json["detail"]


def test_a_broken_escape_in_the_query_is_400(client, chats_path, chat):
    for query in ("limit=%zz", "after=%", "x=%4", "%f=1"):
        assert client.get(f"{chats_path}?{query}").problem == "bad-request"
        assert client.get(f"{chat.path}?{query}").problem == "bad-request"


def test_unknown_parameters_are_ignored(client, listing):
    assert numbers(client.get(f"{listing}?limit=2&colour=red&x")) == [1, 2]


def test_empty_and_escaped_parameters_are_read(client, listing):
    assert numbers(client.get(f"{listing}?&&limit=%32&")) == [1, 2]
    assert numbers(client.get(f"{listing}?")) == list(range(1, 51))


def test_pages_stay_right_while_the_list_grows(client, chat):
    for i in range(6):
        chat.write(f"{i}")
    first = client.get(f"{chat.messages}?limit=4")
    for i in range(6):
        chat.write(f"later {i}")
    rest = client.walk(first.next)
    assert numbers(first) + [entry["number"] for entry in rest] \
        == list(range(1, 13))
