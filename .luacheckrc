-- .luacheckrc: the names that the scripts are given by what runs them.
-- SPDX-License-Identifier: BSD-2-Clause
std = "lua51"
max_line_length = 80
files["lib/*.lua"].read_globals = { "redis", "KEYS", "ARGV" }
files["tests/bench/*.lua"].globals = { "wrk", "init", "request", "response",
	"done", "setup", "delay" }

-- Redis gets this one before each of those two, in one text.
files["lib/cache_bucket.lua"].ignore = { "211/bucket_.*" }
for _, name in ipairs({ "admit", "charge" }) do
	files["lib/cache_" .. name .. ".lua"].read_globals = {
		"redis", "ARGV", "bucket_take", "bucket_keep"
	}
end
