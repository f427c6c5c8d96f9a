# What pages of other origins may do, asked by hand and by a real browser; and that no log has a token.
# SPDX-License-Identifier: BSD-2-Clause
import contextlib
import http.server
import json
import shutil
import subprocess
import threading
import urllib.parse

import pytest

from stack import TREE

API = "/api/v1/applications"
STRANGER = "https://stranger.example"
# As the fetch standard calls what a page sees anyway, and what we add.
SENT = {"authorization", "content-type", "idempotency-key", "if-none-match",
        "x-request-id"}
SHOWN = {"etag", "idempotency-replayed", "link", "location", "ratelimit",
         "ratelimit-policy", "retry-after", "x-request-id"}
LOG = """
accesslog.filename = "{run}/lighttpd-parley.log"
include "{tree}/conf/lighttpd/accesslog.conf"
"""

# Tells its server what came of each request; a refusal is "TypeError".
PAGE = """<!doctype html><title>A page</title><script>
const api = new URLSearchParams(location.search).get("api")
const told = {}
async function tell(name, path, options = {}, headers = {}) {
	if (options.json)
		headers = {"Content-Type": "application/json", ...headers}
	try {
		const answer = await fetch(api + path, {
			...options, headers,
			body: options.json && JSON.stringify(options.json)})
		told[name] = {status: answer.status,
			headers: Object.fromEntries(answer.headers),
			body: await answer.text()}
	} catch (error) {
		told[name] = error.name
	}
	return told[name]
}
async function run() {
	await tell("live", "/livez")
	const made = await tell("make", "/api/v1/applications",
		{method: "POST", json: {name: "Of a page"}},
		{"Idempotency-Key": crypto.randomUUID(), "X-Request-Id": "page-1"})
	const at = made.headers ? made.headers.location : "/api/v1/applications/x"
	await tell("chat", at + "/chats", {method: "POST", json: {}})
	await tell("chat2", at + "/chats", {method: "POST", json: {}})
	const read = await tell("read", at + "/chats?limit=1")
	await tell("again", at + "/chats?limit=1", {},
		{"If-None-Match": read.headers ? read.headers.etag : "x"})
	await tell("rename", at, {method: "PUT", json: {name: "New"}})
	await tell("missing", at + "/chats/99")
	await tell("wrong", at + "/chats/1/messages", {method: "POST", json: {}})
	await tell("list", "/api/v1/applications", {},
		{"Authorization": "Bearer wrong"})
	await fetch("/told", {method: "POST", body: JSON.stringify(told)})
}
run()
</script>"""


class Pages(http.server.ThreadingHTTPServer):
    """Serves PAGE, and takes what it tells."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), PageHandler)
        self.told, self.heard = None, threading.Event()


class PageHandler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        page = self.path.startswith("/page?")
        self.answer(200 if page else 404, PAGE.encode() if page else b"")

    def do_POST(self):
        self.server.told = json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))
        self.server.heard.set()
        self.answer(200, b"")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def pages():
    with Pages() as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def granted(stack, pages):
    """The one origin that may, while this module's tests run."""
    if stack.search == "opensearch":
        pytest.skip("the same web server is asked where MySQL searches")
    origin = f"http://127.0.0.1:{pages.server_port}"
    override = stack.run / "override.conf"
    log = stack.run / "lighttpd.d" / "accesslog.conf"
    override.write_text(
        f"cors_origins = https://first.example {origin}\n"
        "cors_max_age = 77\nlog_level = debug\n")
    if stack.server == "lighttpd":
        log.write_text(LOG.format(run=stack.run, tree=TREE))
    stack.up()
    yield origin
    override.unlink()
    log.unlink(missing_ok=True)
    stack.up()


def words(answer, header):
    return {word.strip().lower() for word in answer.headers[header].split(",")}


def grants(answer):
    return [name for name in answer.headers if
            name.lower().startswith("access-control-")]


# --- asked by hand ---------------------------------------------------------------

# Before the fixture that configures it is used for the first time.
def test_unless_it_is_configured_nothing_is_granted(client, chat):
    answer = client.get(chat.path, headers={"Origin": STRANGER})
    assert grants(answer) == [] and "Vary" not in answer.headers


@pytest.mark.parametrize("path", ["", "/chats", "/chats/1", "/chats/1/messages",
                                  "/chats/1/messages/1",
                                  "/chats/1/messages/search"])
def test_a_preflight_says_what_may_be_sent(client, granted, chat, path):
    answer = client.request(
        "OPTIONS", f"{API}/{chat.token}{path}", headers={
            "Origin": granted, "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "idempotency-key"})
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == granted
    assert words(answer, "Access-Control-Allow-Headers") == SENT
    assert {"get", "post", "put", "patch"} <= words(
        answer, "Access-Control-Allow-Methods")
    assert answer.headers["Access-Control-Max-Age"] == "77"
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_answers_are_shown_errors_too(client, granted, chat):
    chat.write("x")
    for path, status in ((chat.message(1), 200), (chat.messages, 200),
                         (chat.message(99), 404), (API, 401),
                         ("/nothing", 404), ("/livez", 200),
                         (chat.messages + "?limit=x", 400)):
        answer = client.get(path, headers={"Origin": granted})
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == granted
        assert words(answer, "Access-Control-Expose-Headers") == SHOWN
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", [None, STRANGER, "null", "*",
                                    "https://first.example.org"])
def test_others_are_granted_nothing(client, granted, chat, origin):
    headers = {} if origin is None else {"Origin": origin}
    for method, more in (("GET", {}), ("OPTIONS", {
            "Access-Control-Request-Method": "GET"})):
        answer = client.request(method, chat.path,
                                headers={**headers, **more})
        assert answer.status in (200, 204)
        assert grants(answer) == []
        # A cache in between must not give them what others were granted.
        assert answer.headers["Vary"] == "Origin"


# --- a browser -------------------------------------------------------------------

@contextlib.contextmanager
def browser(url, profile):
    program = shutil.which("chromium-headless-shell") or \
        shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium")
    with subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-port=0", f"--user-data-dir={profile}", url],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def told(stack, pages, granted, tmp_path):
    """told(host): what a page of that host tells of its requests."""
    def visit(host):
        pages.heard.clear()
        api = urllib.parse.quote(stack.env["PARLEY_URL"])
        with browser(f"http://{host}:{pages.server_port}/page?api={api}",
                     tmp_path):
            assert pages.heard.wait(40), "the page told nothing"
        return pages.told
    return visit


def test_a_browser_lets_a_page_of_that_origin_do_all_a_client_does(told):
    answers = told("127.0.0.1")
    assert {name: answer["status"] for name, answer in answers.items()} == {
        "live": 200, "make": 201, "chat": 201, "chat2": 201, "read": 200,
        "again": 304, "rename": 200, "missing": 404, "wrong": 422,
        "list": 403}
    made, read = answers["make"]["headers"], answers["read"]["headers"]
    assert made["location"].startswith(API + "/")
    assert made["x-request-id"] == "page-1"
    assert read["link"].endswith('; rel="next"') and read["etag"]
    assert json.loads(answers["missing"]["body"])["type"] == \
        "urn:parley:problem:not-found"


def test_a_browser_shows_a_page_of_another_origin_nothing(told):
    answers = told("localhost")
    assert set(answers.values()) == {"TypeError"}
    assert len(answers) == 10


# --- what protects an answer -----------------------------------------------------

def test_answers_say_how_they_are_to_be_treated(client, chat, operator):
    chat.write("<script>alert(1)</script>")
    for path, headers, kept in (
            (chat.message(1), {}, True), (chat.messages, {}, True),
            (API + "?limit=1", operator, False), (chat.message(9), {}, False),
            ("/livez", {}, True), ("/nothing", {}, False)):
        answer = client.get(path, headers=headers)
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.get_all("Referrer-Policy") == ["no-referrer"]
        assert answer.headers.get_all("Cache-Control") == [
            "private, no-cache" if kept else "no-store"]
        json_only = answer.headers["Content-Type"] == "application/json"
        assert json_only or "default-src 'none'" in \
            answer.headers["Content-Security-Policy"]
    answer = client.get(chat.message(1))
    again = client.get(chat.message(1), headers={
        "If-None-Match": answer.headers["ETag"]})
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert client.post(chat.messages, {"body": "x"}).headers[
        "Cache-Control"] == "no-store"


def test_no_log_has_a_token(client, stack, granted, chat, wait_until):
    spelled = chat.token.replace(chat.token[0], f"%{ord(chat.token[0]):02x}")
    for path in (chat.path, chat.messages + "?after=1&token=" + chat.token,
                 f"{API}/{chat.token}x", f"{API}/{chat.token.upper()}",
                 f"{API}/{spelled}", f"/{chat.token}/{chat.token}"):
        client.raw("GET", path, headers={"X-Request-Id": "found-in-logs"})
    logs = [f"{name}.log" for name in stack.responders()]
    logs += [f"{stack.web}-parley.log"]

    def written():
        """the last of them is in the logs"""
        return all("found-in-logs" in (stack.run / name).read_text()
                   for name in logs if name.startswith(
                       ("status-", stack.web)))
    wait_until(written, 10)
    for log in stack.run.glob("*.log"):
        text = log.read_text(errors="replace").lower()
        assert chat.token not in text, log
        assert chat.token[1:] not in text, log
