# An HTTP client that sends exactly what it is told and checks every answer.
# SPDX-License-Identifier: BSD-2-Clause
import http.client
import json
import time
import urllib.parse

from contract import Contract
from servers import own_status

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Answer:
    """Status, headers and body; `seconds` is how long it took."""

    def __init__(self, status, headers, body, seconds):
        self.status = status
        self.headers = headers
        self.body = body
        self.seconds = seconds

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The last part of a problem document's type; None for others."""
        if self.headers.get("Content-Type") != "application/problem+json":
            return None
        return self.json["type"].removeprefix("urn:parley:problem:")

    @property
    def next(self):
        """Where the next page of a list is, or None."""
        link = self.headers.get("Link")
        return link[1:link.index(">")] if link else None

    @property
    def fields(self):
        """The fields that a 422 names."""
        return [error["field"] for error in self.json["errors"]]

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Client:
    """One connection for each request: nothing is ever sent twice."""

    contract = Contract()

    def __init__(self, url, server, timeout=20):
        self.url = url
        self.server = server
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.timeout = timeout

    def raw(self, method, target, body=None, headers=(), length=True):
        """
        Sends it as it is; OSError or HTTPException if nothing comes.
        length: whether a POST without a body says that it has none.
        """
        started = time.monotonic()
        connection = http.client.HTTPConnection(
            self.host, self.port, timeout=self.timeout)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in dict(headers).items():
                connection.putheader(name, value)
            if body is None and method == "POST" and length:
                connection.putheader("Content-Length", "0")
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
            return Answer(response.status, response.headers, content,
                          time.monotonic() - started)
        finally:
            connection.close()

    def request(self, method, target, *, json_body=..., form=None,
                multipart=None, body=None, content_type=None, headers=()):
        headers = dict(headers)
        if json_body is not ...:
            body, kind = json.dumps(json_body).encode(), JSON
        elif form is not None:
            body, kind = urllib.parse.urlencode(form).encode(), FORM
        elif multipart is not None:
            body, kind = encode_multipart(multipart)
        else:
            kind = content_type
        if kind is not None:
            headers["Content-Type"] = kind
        answer = self.raw(method, target, body, headers)
        own = own_status(self.server, method, target)
        if own is not None:
            assert answer.status == own, answer
            self.contract.check_own(answer)
        else:
            self.contract.check(method, target, answer)
        return answer

    def get(self, target, **rest):
        return self.request("GET", target, **rest)

    def post(self, target, json_body=..., **rest):
        return self.request("POST", target, json_body=json_body, **rest)

    def put(self, target, json_body=..., **rest):
        return self.request("PUT", target, json_body=json_body, **rest)

    def patch(self, target, json_body=..., **rest):
        return self.request("PATCH", target, json_body=json_body, **rest)

    def pages(self, target):
        """Walks a list by its Link headers; yields the pages."""
        while target:
            answer = self.get(target)
            assert answer.status == 200, answer
            yield answer.json
            target = answer.next

    def walk(self, target):
        return [item for page in self.pages(target) for item in page]


def encode_multipart(parts, boundary="------------------------d74496d66958873e"):
    """What `curl --form 'name="value"'` sends: (body, content type)."""
    body = b""
    for name, value in parts:
        value = value if isinstance(value, bytes) else value.encode()
        body += (f"--{boundary}\r\nContent-Disposition: form-data; "
                 f'name="{name}"\r\n\r\n').encode() + value + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def query(target, **parameters):
    return target + "?" + urllib.parse.urlencode(parameters)
