# A client of one service of the older systems, on the port where a stack has it.
# SPDX-License-Identifier: BSD-2-Clause
from client import Client


class _Unchecked:
    """The contract of the main API says nothing about the dialects."""

    @staticmethod
    def check(*answer):
        pass

    check_own = check


class Speaker(Client):
    """The API tests' client; doc/openapi.yaml is not what it goes by."""

    contract = _Unchecked()

    def __init__(self, port, server):
        super().__init__(f"http://127.0.0.1:{port}", server)

    def send(self, method, target, body=None):
        """body: {"type": …, "fields": {…}} as requests.json has it."""
        if body is None:
            return self.request(method, target)
        fields = body["fields"]
        if body["type"] == "json":
            return self.request(method, target, json_body=fields)
        if body["type"] == "form":
            return self.request(method, target, form=fields)
        return self.request(method, target, multipart=fields.items())
