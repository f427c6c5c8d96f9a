-- request.lua: what wrk sends, and what it prints of the outcome, as JSON.
-- SPDX-License-Identifier: BSD-2-Clause
-- METHOD and BODY say what, DELAY how slowly; PATHS names a file of paths, one
-- of which is drawn for each request. All are made before the load begins.

local requests = {}
local seed = 0

function setup(thread)
	seed = seed + 1
	thread:set("seed", seed)
end

function init()
	math.randomseed(seed)
	wrk.method = os.getenv("METHOD") or "GET"
	wrk.body = os.getenv("BODY")
	if wrk.body then
		wrk.headers["Content-Type"] = "application/json"
	end
	for path in io.lines(os.getenv("PATHS")) do
		requests[#requests + 1] = wrk.format(nil, path)
	end
end

-- ms that each connection waits before a request; none without DELAY.
if os.getenv("DELAY") then
	local ms = tonumber(os.getenv("DELAY"))
	function delay()
		return ms
	end
end

function request()
	return requests[math.random(#requests)]
end

-- Other statuses than 2xx and 3xx are errors, as are broken connections.
function done(summary, latency)
	local e = summary.errors
	io.write(string.format('RESULT {"requests": %d, "seconds": %.3f, ' ..
		'"p50": %.3f, "p99": %.3f, "p999": %.3f, "errors": %d}\n',
		summary.requests, summary.duration / 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		latency:percentile(99.9) / 1000,
		e.status + e.connect + e.read + e.write + e.timeout))
end
