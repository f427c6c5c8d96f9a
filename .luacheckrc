-- .luacheckrc: the names that the scripts are given by what runs them.
-- SPDX-License-Identifier: BSD-2-Clause
std = "lua51"
max_line_length = 80
files["tests/bench/*.lua"].globals = { "wrk", "init", "request", "response",
	"done", "setup", "delay" }

-- Redis gets these before others, in one text: what they say is said there.
files["lib/*.lua"].read_globals = { "redis", "ARGV", "bucket_take",
	"bucket_keep", "list_take", "list_keep" }
files["lib/cache_bucket.lua"].ignore = { "211/bucket_.*" }
files["lib/cache_change.lua"].ignore = { "211/list_.*" }
