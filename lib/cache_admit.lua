-- cache_admit.lua: admits, numbers and hides a group of writes at once.
-- SPDX-License-Identifier: BSD-2-Clause
-- Needs cache_bucket.lua.
-- ARGV: life, epoch, epoch as 5 hex digits, seconds to hide, most fresh
-- writes, bytes of all the tails; then for each write: mode, token, chat,
-- message, tail ("" without a claim, which alone needs it here), claim.
-- mode: "c" new chat, "m" new message, "u" update of what is named; behind
-- it, after a space, the charge of a write that has one (cache_bucket.lua).
-- claim: "" for a write without Idempotency-Key; else "<key> <print> <epoch
-- in which MySQL did not have it> <seconds to keep> <ms for its owner>
-- <created> <updated> <count>", see p:k in cache.h.
-- Answers 6 integers for each: admit (0 numbered, 1 token unknown here,
-- 2 token revoked, 3 lease needed, and with a claim: 4 key unknown here,
-- 5 finished, 6 still running, 7 another print; with a charge: 8 refused),
-- application, number (with 6: ms that its owner has left), count for the
-- version, limit seen (-1 none), 1 if half of the newest lease is used. Then
-- for each claim, in order, a text: "" or "<owner> <version> <created>
-- <updated> <count> <tail>" of the first write with that key, which a 0 has
-- taken over and a 5 repeats. Then for each charge how its buckets stand.
-- What several writes ask for, tokens and counters, is read once.
local HEAD, EACH, BLOCK = 6, 6, 64
local EPOCH = 5
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
local out, told, stands, numbered = {}, {}, {}, 0

local function answer(admit, app, number, seen, due)
	local at = #out
	out[at + 1], out[at + 2], out[at + 3] = admit, app, number
	out[at + 4], out[at + 5], out[at + 6] = count, seen, due
end

local function now_ms()
	local now = redis.call('TIME')
	return now[1] * 1000 + math.floor(now[2] / 1000)
end

-- Reads a claim that was asked for, and what is held under its key.
local function claim_read(app, words)
	local claim, h = {}, {}
	claim.key, claim.print, claim.clear, claim.keep, claim.own,
	    claim.answer = string.match(words,
	    '^(%S+) (%S+) (%d+) (%d+) (%d+) (%d+ %d+ %d+)$')
	claim.at = 'p:k:' .. app .. ':' .. claim.key
	h.state, h.print, h.version, h.number, h.owner, h.since, h.till,
	    h.answer, h.tail = string.match(redis.call('GET', claim.at) or '',
	    '^(%l) (%S+) (%x+) (%d+) (%d+) (%d+) (%d+) (%d+ %d+ %d+) (.*)$')
	-- Of another life it counts for nothing: MySQL is asked instead.
	if h.state and string.sub(h.version, 1, EPOCH) == epoch_hex then
		claim.held = h
	end
	return claim
end

-- Its next owner has it from now on.
local function claim_write(claim, h)
	h.owner = string.format('%d', h.owner + 1)
	redis.call('SET', claim.at, table.concat({ 'r', claim.print, h.version,
	    h.number, h.owner, string.format('%d', h.since),
	    string.format('%d', now_ms() + claim.own), h.answer, h.tail },
	    ' '), 'EX', claim.keep)
end

-- The same event once more. What was numbered longer ago than a bare version
-- stays may have been covered by what is newer and gone: it is not shown.
local function take_over(claim, app, mode, chat, message)
	local h = claim.held
	if mode == 'c' then
		chat = h.number
	elseif mode == 'm' then
		message = h.number
	end
	local age = now_ms() - h.since
	if age < 0 or age >= ARGV[4] * 1000 then
		redis.call('SET', 'p:f:' .. app .. ':' .. chat .. ':' ..
		    message .. ':' .. h.version, '', 'EX', ARGV[4])
	end
	claim_write(claim, h)
	numbered = numbered + 1
end

-- Answers for a key that is known, or not known well enough. True: done.
local function claim_answer(claim, app, mode, chat, message)
	local h = claim.held
	if not h then
		if claim.clear ~= epoch then
			answer(4, app, 0, -1, 0)
		end
		return claim.clear ~= epoch
	end
	local left = h.till - now_ms()
	local runs = h.state == 'r'
	if h.print ~= claim.print then
		answer(7, app, 0, -1, 0)
	elseif runs and left > 0 and left <= tonumber(claim.own) then
		answer(6, app, left, -1, 0)
	else
		if runs then
			take_over(claim, app, mode, chat, message)
		end
		told[#told] = table.concat({ h.owner, h.version, h.answer,
		    h.tail }, ' ')
		answer(runs and 0 or 5, app, tonumber(h.number), -1, 0)
	end
	return true
end

local function admit(mode, token, chat, message, tail, words)
	local claim
	if words ~= '' then
		told[#told + 1] = ''
	end
	if #mode > 1 then
		if not bucket_take(string.sub(mode, 3), stands) then
			return answer(8, 0, 0, -1, 0)
		end
		mode = string.sub(mode, 1, 1)
	end
	local app = app_of(token)
	if not app then
		return answer(1, 0, 0, -1, 0)
	elseif app == '0' then
		return answer(2, 0, 0, -1, 0)
	end
	if words ~= '' then
		claim = claim_read(app, words)
		if claim_answer(claim, tonumber(app), mode, chat, message) then
			return
		end
	end
	local number, seen, due = 0, -1, 0
	if mode ~= 'u' then
		number, seen, due = number_next('p:n:' .. app .. ':' .. chat)
		if not number then
			return answer(3, tonumber(app), 0, seen, 0)
		end
	end
	if claim then
		claim_write(claim, {
			version = epoch_hex .. string.format('%011x', count),
			number = string.format('%d', number), owner = 0,
			since = now_ms(), answer = claim.answer, tail = tail })
	end
	numbered = numbered + 1
	answer(0, tonumber(app), number, seen, due)
end

for at = HEAD + 1, #ARGV, EACH do
	count = count + 1
	admit(unpack(ARGV, at, at + EACH - 1))
end
for key, counter in pairs(counters) do
	if counter and counter.taken > 0 then
		redis.call('HINCRBY', key, 'n', counter.taken)
	end
end
if numbered > 0 then
	-- What is shown is sent again: here it only has to have its room.
	redis.call('SET', hidden, string.rep(string.rep('-', BLOCK),
	    math.ceil(ARGV[6] / BLOCK)), 'EX', ARGV[4])
end
for _, text in ipairs(told) do
	out[#out + 1] = text
end
if #stands > 0 then
	bucket_keep()
	for _, number in ipairs(stands) do
		out[#out + 1] = number
	end
end
return out
