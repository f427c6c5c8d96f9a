-- fairness.lua: one of the applications of fairness.py, as wrk plays it.
-- SPDX-License-Identifier: BSD-2-Clause
-- REQUESTS names a file of lines "METHOD path", which are sent one after the
-- other, from the client ADDRESS; PAUSE: milliseconds between two of them.
local requests, at = {}, 0

function init()
	wrk.headers["X-Forwarded-For"] = os.getenv("ADDRESS")
	wrk.headers["Content-Type"] = "application/json"
	for line in io.lines(os.getenv("REQUESTS")) do
		local method, path = line:match("^(%S+) (%S+)$")
		requests[#requests + 1] = wrk.format(method, path, nil,
		    method == "POST" and '{"body":"Is it fair?"}' or nil)
	end
end

if tonumber(os.getenv("PAUSE")) > 0 then
	function delay()
		return tonumber(os.getenv("PAUSE"))
	end
end

function request()
	at = at % #requests + 1
	return requests[at]
end

-- refused: any status but 2xx and 3xx; failed: no answer at all.
function done(summary, latency)
	local e = summary.errors
	io.write(string.format('RESULT {"requests": %d, "seconds": %.3f, ' ..
		'"p50": %.3f, "p99": %.3f, "refused": %d, "failed": %d}\n',
		summary.requests, summary.duration / 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		e.status, e.connect + e.read + e.write + e.timeout))
end
