-- cache_admit.lua: admits, numbers and hides a group of writes at once.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, epoch as 5 hex digits, seconds to hide, most fresh
-- writes; then for each write: mode, token, chat, message, tail.
-- mode: "c" new chat, "m" new message, "u" update of what is named.
-- Answers 6 integers for each: admit (0 numbered, 1 token unknown here,
-- 2 token revoked, 3 lease needed), application, number, count for the
-- version, limit seen (-1 none), 1 if half of the newest lease is used.
-- What several writes ask for, tokens and counters, is read once.
local HEAD, EACH = 5, 5
local life, epoch, epoch_hex = ARGV[1], ARGV[2], ARGV[3]

if redis.call('GET', 'p:life') ~= life then
	return redis.error_reply('LIFE not the life the caller knows')
end
if redis.call('ZCARD', 'p:pending') >= tonumber(ARGV[5]) then
	return redis.error_reply('FULL of writes that are not stored yet')
end

local apps, counters = {}, {}

local function app_of(token)
	if apps[token] == nil then
		apps[token] = redis.call('GET', 'p:a:' .. epoch .. ':' .. token)
	end
	return apps[token]
end

-- A counter of another life counts for nothing.
local function counter_of(key)
	if counters[key] == nil then
		local n = redis.call('HMGET', key, 'n', 't', 'e', 'f')
		counters[key] = n[1] and n[3] == epoch and {
			last = tonumber(n[1]), limit = tonumber(n[2]),
			from = tonumber(n[4]), taken = 0 }
	end
	return counters[key]
end

-- Takes the next number of a counter; or says which limit it has reached.
local function number_next(key)
	local counter = counter_of(key)
	if not counter then
		return nil, -1, 0
	elseif counter.last >= counter.limit then
		return nil, counter.limit, 0
	end
	counter.last, counter.taken = counter.last + 1, counter.taken + 1
	local half = (counter.last - counter.from) * 2
	    >= counter.limit - counter.from
	return counter.last, counter.limit, half and 1 or 0
end

local writes = (#ARGV - HEAD) / EACH
local count = redis.call('INCRBY', 'p:seq', writes) - writes
local hidden = 'p:h:' .. epoch_hex .. string.format('%011x', count + 1)
local out, tails = {}, {}

local function answer(admit, app, number, seen, due)
	local at = #out
	out[at + 1], out[at + 2], out[at + 3] = admit, app, number
	out[at + 4], out[at + 5], out[at + 6] = count, seen, due
end

local function admit(mode, token, chat, message, tail)
	local app = app_of(token)
	if not app then
		return answer(1, 0, 0, -1, 0)
	elseif app == '0' then
		return answer(2, 0, 0, -1, 0)
	end
	local number, seen, due = 0, -1, 0
	if mode ~= 'u' then
		number, seen, due = number_next('p:n:' .. app .. ':' .. chat)
		if not number then
			return answer(3, tonumber(app), 0, seen, 0)
		end
	end
	tails[#tails + 1] = tail
	answer(0, tonumber(app), number, seen, due)
end

for at = HEAD + 1, #ARGV, EACH do
	count = count + 1
	admit(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
end
for key, counter in pairs(counters) do
	if counter and counter.taken > 0 then
		redis.call('HINCRBY', key, 'n', counter.taken)
	end
end
if #tails > 0 then
	redis.call('SET', hidden, table.concat(tails), 'EX', ARGV[4])
end
return out
