-- .luacheckrc: what runs the scripts gives them these names.
-- SPDX-License-Identifier: BSD-2-Clause
std = "lua51"
max_line_length = 80
files["lib/*.lua"].read_globals = { "redis", "KEYS", "ARGV", "struct", "cjson" }
files["tests/bench/*.lua"].globals = { "wrk", "init", "request", "response", "done", "setup", "delay" }
