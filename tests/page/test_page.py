# The operator's page in a real browser: who gets in, what it shows, what it says when it cannot.
# SPDX-License-Identifier: BSD-2-Clause
import itertools
import subprocess
import threading

import pytest

from client import query
from stack import wait_until

OWN = {"/status", "/status/page.css", "/status/page.js", "/status/data"}


def paths(board, stack):
    """What it asked for, without our own host."""
    return {url.removeprefix(stack.env["PARLEY_URL"])
            for url in board.tab.requests if not url.startswith("data:")}


# --- the door --------------------------------------------------------------------

def test_without_the_key_it_asks_for_it_and_for_nothing_else(page, stack):
    board = page()
    assert board.text("#board") == ""
    assert paths(board, stack) == OWN - {"/status/data"}
    assert board.tab.complaints == []


@pytest.mark.parametrize("wrong", ["wrong", "wröng", "wrong\u20acto"])
def test_a_wrong_key_is_refused_in_words(page, stack, wrong):
    board = page()
    board.give_key(wrong)
    board.see("#refusal", "This is not the operator's key.")
    assert board.text("#board") == ""
    assert board.tab.run("sessionStorage.length") == 0
    # A browser says in its console that an answer was 403.
    assert {(entry["source"], entry["url"].removeprefix(
        stack.env["PARLEY_URL"])) for entry in board.tab.complaints} <= {
            ("network", "/status/data")}


def test_the_key_is_kept_by_the_tab_until_it_is_forgotten(page, key, browser,
                                                          stack):
    board = page().open(key)
    board.tab.do("Page.reload")
    board.see("#families", "messages")
    other = page()                      # another tab has to be told
    assert other.text("#board") == ""
    board.tab.run("document.querySelector('#forget').click()")
    board.see("#door", "Operator's key")
    assert board.tab.run("sessionStorage.length") == 0
    assert board.text("#board") == ""


# --- what it shows ---------------------------------------------------------------

def test_all_is_shown_of_a_service_that_is_well(board, stack, chat, key):
    chat.write("So that there is something")
    board.see("#state", "All is well.")
    for part in "mysql", "redis", "rabbitmq", "search", "jobs":
        assert board.text(f"#parts [data-name={part}] .word") == "up"
    assert board.text("#attention") == "Nothing."

    def complete():
        """every chart has a value for all that always has one"""
        return not [(title, name) for title, values in board.charts().items()
                    for name, text in values.items() if text == "–" and
                    name not in ("p50", "p99", "oldest", "counted",
                                 "fresh in Redis", "page kept")]
    wait_until(complete, 10)
    assert len(board.charts()) == 12
    assert board.charts()["Queue"]["consumers"] == "1"
    for program in stack.responders():
        name = "parley-" + program.rsplit("-", 1)[0]
        assert int(board.cells(f"#programs [data-name={name}]")[1]) >= 1
    assert board.cells("#programs [data-name=parley-jobs]")[1] == "1"
    version = subprocess.run([stack.run / "libexec" / "parley-status", "-V"],
                             capture_output=True, text=True, check=True)
    assert version.stdout.split() == ["parley-status", board.text("#version")]
    assert paths(board, stack) == OWN


def test_its_numbers_are_those_of_the_requests_that_were_sent(
        board, client, new_application, new_chat):
    board.catch_up()
    before = {name: board.family(name) for name in (
        "messages", "chats", "applications", "search", "other")}
    chat = new_chat(new_application())
    for n in range(30):
        chat.write(f"Number {n}")
    for n in range(20):
        assert client.get(chat.message(1 + n)).status == 200
    for n in range(7):
        assert client.get(chat.message(1000 + n)).status == 404
    for _ in range(5):
        assert client.get(query(chat.search, q="number")).status == 200
    for _ in range(3):
        assert client.get("/nothing").status == 404
    sent = {"messages": (57, 7), "search": (5, 0), "chats": (1, 0),
            "applications": (1, 0), "other": (3, 3)}

    def counted():
        """each family has counted what was sent to it"""
        rows = {name: board.family(name) for name in sent}
        return {name: tuple(int(row[column]) - int(before[name][column])
                            for column in ("Requests", "4xx"))
                for name, row in rows.items()} == sent
    wait_until(counted, 10, pause=0.2)
    assert board.family("messages")["5xx"] == "0"


def test_its_charts_move_while_a_load_runs(board, client, chat, stack):
    done = threading.Event()

    def load():
        for n in itertools.count():
            if done.is_set():
                return
            chat.write(f"Load {n}")
            client.get(chat.messages)
    worker = threading.Thread(target=load)
    worker.start()
    try:
        def seen():
            """four points in a row of writes, on their way, and latency"""
            charts = board.charts()
            values = (charts["Writes"]["committed"],
                      charts["Writes"]["in MySQL"],
                      charts["Requests"]["messages"],
                      charts["Answers"]["2xx"])
            return all(float(value.replace(",", "")) > 1 for value in values) \
                and charts["Latency"]["p99"].endswith("s") \
                and charts["Confirms"]["p50"].endswith("s")
        wait_until(seen, 10, pause=0.2)
        line = "document.querySelector('figure path.line').getAttribute('d')"
        first = board.tab.run(line)
        wait_until(lambda: board.tab.run(line) != first, 10, pause=0.2)
        (stack.run / "page.png").write_bytes(board.tab.picture(whole=True))
    finally:
        done.set()
        worker.join()
    # The line has left the ground, which is at 100.
    heights = [float(point.split()[1]) for point in board.tab.run(
        "document.querySelector('figure path.line').getAttribute('d')")
        .replace("h0", "").replace("M", "L").split("L") if point]
    assert min(heights) < 90


def test_a_moment_of_the_past_is_shown_by_all_charts(board):
    def several():
        """there is more than one point"""
        return board.tab.run("document.querySelector('[aria-label^=Queue] "
                             "path.line').getAttribute('d')").count("L") > 0
    ends = ("new Set([...document.querySelectorAll('.ends :last-child')]"
            ".map((end) => end.innerText)).size")
    end = "document.querySelector('.ends :last-child').innerText"
    wait_until(several, 15, pause=0.2)
    assert board.tab.run(end) == "now"
    board.tab.run("document.querySelector('.plot').focus()")
    board.tab.press("ArrowLeft")
    assert board.tab.run(end).count(":") == 2       # a time of day
    assert board.tab.run(ends) == 1
    board.tab.press("ArrowRight")
    assert board.tab.run(end) == "now"


def test_quantiles_are_those_that_prometheus_tells(page):
    """Of 10 up to 0.1, 20 up to 0.2 and, above all bounds, 2 more."""
    buckets = "[[0.1, 10], [0.2, 30], [Infinity, 32]]"
    run = page().tab.run
    for q, expected in (0.25, 0.08), (0.5, 0.13), (0.9375, 0.2), (1, 0.2):
        assert abs(run(f"quantileOf({q}, {buckets})") - expected) < 1e-9
    assert run("quantileOf(0.5, [[0.1, 0], [Infinity, 0]])") is None


# --- what needs attention --------------------------------------------------------

def test_a_dead_jobs_daemon_is_shown(board, stack):
    stack.kill("parley-jobs")
    try:
        board.see("#parts [data-name=jobs] .word", "down")
        board.see("#attention", "Jobs is down: writes are taken, but nothing")
        board.see("#state", "needs attention")
    finally:
        stack.up()
    board.see("#parts [data-name=jobs] .word", "up")
    board.see("#attention", "Nothing.")


def test_a_dead_letter_is_shown_until_it_is_dropped(board, letter):
    board.see("#attention", "Dead letters: 1.")
    assert board.charts()["Dead letters"]["parked"] == "1"
    letter()
    board.see("#attention", "Nothing.")
    assert board.charts()["Dead letters"]["parked"] == "0"


def test_it_says_that_it_is_stale_while_nobody_answers(board, stack):
    names = [name for name in stack.responders() if name.startswith("status")]
    for name in names:
        stack.stop_process(name)
    try:
        board.see("#state", "Stale: no answer since")
        assert board.tab.run("document.title") == "(old) Parley"
    finally:
        for name in names:
            stack.continue_process(name)
    board.see("#state", "All is well.")
    assert not board.tab.run("document.body.matches('.stale')")
    # That nobody answered is no fault of the page.
    board.tab.complaints.clear()


def test_a_tab_that_nobody_sees_asks_nothing(board):
    hide = """Object.defineProperty(document, "hidden",
        {get: () => HIDDEN, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"))"""
    board.tab.run(hide.replace("HIDDEN", "true"))
    before = board.polls()
    # What does not happen has no end to wait for: two polls' time.
    board.tab.run("new Promise((end) => setTimeout(end, 2 * POLL_MS))")
    assert board.polls() <= before + 1          # one was on its way, perhaps
    before = board.polls()
    board.tab.run(hide.replace("HIDDEN", "false"))
    wait_until(lambda: board.polls() > before, 5)


# --- how it is made --------------------------------------------------------------

def test_nothing_from_elsewhere_and_nothing_inline_can_be_run(page):
    board = page()
    for attempt, directive in (
            ("new Image().src = 'http://127.0.0.2/x.png'", "img-src"),
            ("fetch('http://127.0.0.2/x').catch(() => 0)", "connect-src"),
            ("document.body.append(Object.assign(document.createElement("
             "'style'), {textContent: '*{}'}))", "style-src-elem"),
            ("try { document.body.innerHTML = 'x' } catch {}",
             "require-trusted-types-for")):
        assert directive == board.tab.run("""new Promise((end) => {
            document.addEventListener("securitypolicyviolation",
                (event) => end(event.violatedDirective), {once: true});
            ATTEMPT; })""".replace("ATTEMPT", attempt))


def test_it_fits_every_screen_and_what_comes_up_moves_nothing(board):
    for width in 360, 800, 1280, 1920:
        board.tab.look(width, 800, dark=width == 800)
        assert board.tab.run("document.documentElement.scrollWidth") <= width
    places = """JSON.stringify([...document.querySelectorAll(".panel")].map(
        (panel) => panel.getBoundingClientRect().top))"""
    before = board.tab.run(places)
    board.tab.run("showAlarms(['One', 'Two', 'Three', 'Four', 'Five', 'Six'])")
    assert board.tab.run(places) == before
    board.tab.look(1280, 900)


def test_each_chart_says_in_words_what_it_shows(board):
    labels = board.tab.run(
        "[...document.querySelectorAll('.plot')].map((e) => e.ariaLabel)")
    assert len(labels) == 12
    for label, title in zip(labels, board.charts()):
        assert label.startswith(title + ", ")
    assert "consumers 1" in next(
        label for label in labels if label.startswith("Queue"))
