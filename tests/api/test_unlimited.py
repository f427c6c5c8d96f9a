# Where limits are off, nothing is limited, and Redis hears nothing of it.
# SPDX-License-Identifier: BSD-2-Clause
import pytest


def test_without_limits_redis_has_no_buckets(client, stack, chat, redis):
    if stack.options["limits"] == "yes":
        pytest.skip("this stack is with --limits")
    before = set(redis.scan_iter("p:b:*"))
    written = client.post(chat.messages, {"body": "As many as you like"})
    read = client.get(chat.path)
    assert (written.status, read.status) == (201, 200)
    for answer in written, read:
        assert "RateLimit" not in answer.headers
        assert "RateLimit-Policy" not in answer.headers
    assert set(redis.scan_iter("p:b:*")) <= before
