-- cache_admit.lua: admits, numbers and hides a group of writes at once.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, epoch as 5 hex digits, seconds to hide, most fresh
-- writes; then for each write: mode, token, chat, message, tail.
-- mode: "c" new chat, "m" new message, "u" update of what is named.
-- Answers 6 integers for each: admit (0 numbered, 1 token unknown here,
-- 2 token revoked, 3 lease needed), application, number, count for the
-- version, limit seen (-1 none), 1 if half of the newest lease is used.
local HEAD, EACH = 5, 5
local life, epoch, epoch_hex = ARGV[1], ARGV[2], ARGV[3]

if redis.call('GET', 'p:life') ~= life then
	return redis.error_reply('LIFE not the life the caller knows')
end
if redis.call('ZCARD', 'p:pending') >= tonumber(ARGV[5]) then
	return redis.error_reply('FULL of writes that are not stored yet')
end

-- Takes the next number of a counter; or says which limit it has reached.
local function number_next(key)
	local counter = redis.call('HMGET', key, 'n', 't', 'e', 'f')
	if not counter[1] or counter[3] ~= epoch then
		return nil, -1, 0
	end
	local last, limit = tonumber(counter[1]), tonumber(counter[2])
	if last >= limit then
		return nil, limit, 0
	end
	redis.call('HINCRBY', key, 'n', 1)
	local used = (last + 1 - tonumber(counter[4])) * 2
	return last + 1, limit, used >= limit - tonumber(counter[4]) and 1 or 0
end

local writes = (#ARGV - HEAD) / EACH
local count = redis.call('INCRBY', 'p:seq', writes) - writes
local out = {}

local function answer(admit, app, number, seen, due)
	local at = #out
	out[at + 1], out[at + 2], out[at + 3] = admit, app, number
	out[at + 4], out[at + 5], out[at + 6] = count, seen, due
end

local function admit(mode, token, chat, message, tail)
	local app = redis.call('GET', 'p:a:' .. epoch .. ':' .. token)
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
		if mode == 'c' then
			chat = string.format('%d', number)
		else
			message = string.format('%d', number)
		end
	end
	redis.call('SET', 'p:h:' .. app .. ':' .. chat .. ':' .. message ..
	    ':' .. epoch_hex .. string.format('%011x', count), tail,
	    'EX', ARGV[4])
	return answer(0, tonumber(app), number, seen, due)
end

for at = HEAD + 1, #ARGV, EACH do
	count = count + 1
	admit(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
end
return out
