#!/usr/bin/env python3
# A client of Parley in Python, with the standard library alone, to copy from.
# SPDX-License-Identifier: BSD-2-Clause
"""
Usage: examples/parley.py [URL]

Makes an application with a chat, talks in it, reads it page by page, corrects
a message and searches. URL is where Parley answers: PARLEY_URL in the
environment, unless it is given here.
"""
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid


# What to send again: 409 means that an earlier try is still under way, 429 that
# others are to be let through, 503 that a part of the service is away.
PASSES = (409, 429, 503)


class Problem(Exception):
    """What Parley answers instead of a result: a problem document."""

    def __init__(self, status, document):
        super().__init__(document["detail"])
        self.status = status
        self.type = document["type"].removeprefix("urn:parley:problem:")
        self.title = document["title"]
        # What is wrong with which field, if that is the problem.
        self.errors = document.get("errors", [])
        # The web server's own problems have none.
        self.request_id = document.get("request_id", "none")


class Parley:
    """Chats, and the messages in them: the application named by its token."""

    def __init__(self, url, token=None, patience=30, timeout=10):
        """patience: how long, in seconds, to try again what is refused."""
        self.url = url.rstrip("/")
        self.token = token
        self.patience = patience
        self.timeout = timeout

    # --- what one can do ---------------------------------------------------------

    def create_application(self, name):
        """Makes one, and from then on speaks for it."""
        made, _ = self.request("POST", "/api/v1/applications", {"name": name})
        self.token = made["token"]
        return made

    def create_chat(self, name=None):
        fields = {} if name is None else {"name": name}
        return self.request("POST", self.path("chats"), fields)[0]

    def write(self, chat, body):
        path = self.path("chats", chat, "messages")
        return self.request("POST", path, {"body": body})[0]

    def rewrite(self, chat, number, body):
        path = self.path("chats", chat, "messages", number)
        return self.request("PUT", path, {"body": body})[0]

    def messages(self, chat, limit=50):
        """All messages of the chat; asks for a page only when it is due."""
        return self.pages(self.path("chats", chat, "messages"), limit=limit)

    def search(self, chat, words, limit=20):
        """The messages that the words are in, the best first."""
        path = self.path("chats", chat, "messages", "search")
        return self.pages(path, q=words, limit=limit)

    # --- how it is done ----------------------------------------------------------

    def path(self, *parts):
        return "/".join(map(str, ("/api/v1/applications", self.token, *parts)))

    def pages(self, path, **query):
        """Walks a list by its Link headers, whatever is in them."""
        target = path + "?" + urllib.parse.urlencode(query)
        while target:
            page, headers = self.request("GET", target)
            yield from page
            link = headers.get("Link")      # </next?page>; rel="next"
            target = link[1:link.index(">")] if link else None

    def request(self, method, target, fields=None):
        """
        The answer and its headers, or Problem. Tries again what will pass, as
        long as patience lasts; a POST with its key, so that it is done once.
        """
        headers = {}
        if method == "POST":
            headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
        end = time.monotonic() + self.patience
        while True:
            try:
                return self.send(method, target, fields, headers)
            except urllib.error.HTTPError as error:
                problem = read_problem(error)
                # The web server's own 503 does not say when.
                pause = int(error.headers.get("Retry-After", 1))
                if problem.status not in PASSES or time.monotonic() > end:
                    raise problem from None
                print(f"{problem.title}; trying again in {pause} s",
                      file=sys.stderr)
                time.sleep(pause)

    def send(self, method, target, fields, headers):
        body = None if fields is None else json.dumps(fields).encode()
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        request = urllib.request.Request(
            self.url + target, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=self.timeout) as answer:
            return json.load(answer), answer.headers


def read_problem(error):
    try:
        return Problem(error.code, json.load(error))
    except (ValueError, KeyError, TypeError):   # it was not Parley
        return Problem(error.code, {
            "type": "unknown", "title": "No answer of Parley",
            "detail": str(error.reason)})


# --- a tour -----------------------------------------------------------------------

LINES = ["Guess what? Alhamdulilah", "Two coffees, please",
         "Grüße aus Köln", "Coming!", "Anything else?"]


def tour(parley):
    application = parley.create_application("Example in Python")
    print(f"Application: {application['name']}")
    chat = parley.create_chat("Orders")["number"]
    print(f"Chat {chat}: Orders")
    numbers = [parley.write(chat, line)["number"] for line in LINES]
    parley.rewrite(chat, numbers[1], "Three coffees, please")
    for message in parley.messages(chat, limit=2):
        print(f"  {message['number']}. {message['body']}")
    for hit in search_until_found(parley, chat, "kol"):
        print(f"Found: {hit['number']}. {hit['highlight']}")
    try:
        parley.write(chat, "   ")
    except Problem as problem:
        print(f"Refused: {problem.title} ({problem.status}): {problem}")


def search_until_found(parley, chat, words, seconds=10):
    """Reads see a write at once; search follows, mostly within a second."""
    end = time.monotonic() + seconds
    while True:
        hits = list(parley.search(chat, words))
        if hits or time.monotonic() > end:
            return hits
        time.sleep(0.2)


def main():
    url = os.environ.get("PARLEY_URL") if len(sys.argv) < 2 else sys.argv[1]
    if not url or url.startswith("-") or len(sys.argv) > 2:
        print(__doc__.strip(), file=sys.stderr)
        return 0 if url in ("-h", "--help") else 100
    try:
        tour(Parley(url))
    except Problem as problem:
        print(f"{problem.title} ({problem.status}): {problem}\n"
              f"The request's id is {problem.request_id}.", file=sys.stderr)
        return 1
    except OSError as error:            # nobody answers there, or not in time
        print(f"{url}: {error}", file=sys.stderr)
        return 111
    return 0


if __name__ == "__main__":
    sys.exit(main())
