-- request.lua: what wrk sends (METHOD and BODY) and prints of the outcome.
-- SPDX-License-Identifier: BSD-2-Clause

wrk.method = os.getenv("METHOD") or "GET"
if os.getenv("BODY") then
	wrk.body = os.getenv("BODY")
	wrk.headers["Content-Type"] = "application/json"
end

-- Other statuses than 2xx and 3xx are errors, as are broken connections.
function done(summary, latency)
	local errors = summary.errors
	io.write(string.format("RESULT %.0f %.2f %.2f %d\n",
		summary.requests / (summary.duration / 1e6),
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		errors.status + errors.connect + errors.read + errors.write +
		errors.timeout))
end
