-- cache_bucket.lua: token buckets, for the scripts that it is put before.
-- SPDX-License-Identifier: BSD-2-Clause
-- A bucket is one number: the time, in µs by Redis's own clock, at which it
-- is full again. Then it expires, because no bucket is a full one.
local buckets, clock = {}, nil

local function bucket_of(name, cost, most)
	if clock == nil then
		local now = redis.call('TIME')
		clock = now[1] * 1000000 + now[2]
	end
	if buckets[name] == nil then
		local full = tonumber(redis.call('GET', 'p:b:' .. name) or 0)
		-- Should the clock have gone back: never worse than empty.
		local owed = math.min(math.max(full - clock, 0), cost * most)
		buckets[name] = { owed = owed, cost = cost, room = cost * most }
	end
	return buckets[name]
end

-- Takes one from each bucket, or none if one of them is empty; says which.
-- charge: "<name> <µs for one more> <how many it holds>" of each, spaces
-- between. Appends to out, of each: how many are left, µs until one more.
local function bucket_take(charge, out)
	local chosen, all = {}, true
	for name, cost, most in string.gmatch(charge, '(%S+) (%d+) (%d+)') do
		local b = bucket_of(name, tonumber(cost), tonumber(most))
		all = all and b.owed + b.cost <= b.room
		chosen[#chosen + 1] = b
	end
	for _, b in ipairs(chosen) do
		if all then
			b.owed, b.taken = b.owed + b.cost, true
		end
		local left = math.floor((b.room - b.owed) / b.cost)
		out[#out + 1] = left
		out[#out + 1] = b.owed - b.room + (left + 1) * b.cost
	end
	return all
end

-- Once, at the script's end: writes down what was taken.
local function bucket_keep()
	for name, b in pairs(buckets) do
		if b.taken then
			redis.call('SET', 'p:b:' .. name,
			    string.format('%.0f', clock + b.owed),
			    'PX', math.ceil(b.owed / 1000))
		end
	end
end
