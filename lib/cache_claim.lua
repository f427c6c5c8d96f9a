-- cache_claim.lua: notes what became of writes with an Idempotency-Key.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, or "" if it does not matter, epoch; then for each: what,
-- application, key, version (16 hex digits), owner, seconds to keep.
-- what: "done" it was answered; "stored" MySQL has it: keep it so long and
-- no longer; "drop" it was never sent: gone, if nobody took it over; "leave"
-- its owner has given it up: anybody may take it over at once.
-- Answers 1 for each whose claim was found, with that version, else 0. What
-- is done needs its event no more, only what is answered.
local HEAD, EACH = 2, 6

if ARGV[1] ~= '' and redis.call('GET', 'p:life') ~= ARGV[1] then
	return redis.error_reply('LIFE not the life the caller knows')
end

local function finish(key, h, stays)
	redis.call('SET', key, table.concat({ 'd', h.print, h.version,
	    h.number, h.owner, h.since, '0', h.answer, '' }, ' '), 'EX', stays)
end

local function settle(what, app, id, version, owner, stays)
	local key = 'p:k:' .. app .. ':' .. id
	local h = {}
	h.state, h.print, h.version, h.number, h.owner, h.since, h.till,
	    h.answer, h.tail = string.match(redis.call('GET', key) or '',
	    '^(%l) (%S+) (%x+) (%d+) (%d+) (%d+) (%d+) (%d+ %d+ %d+) (.*)$')
	if h.version ~= version then
		return 0
	end
	if what == 'stored' or (what == 'done' and h.state == 'r') then
		finish(key, h, stays)
	elseif h.state == 'r' and h.owner == owner then
		if what == 'drop' and owner == '1' then
			redis.call('DEL', key)
		elseif what ~= 'done' then
			redis.call('SET', key, table.concat({ 'r', h.print,
			    h.version, h.number, h.owner, h.since, '0',
			    h.answer, h.tail }, ' '), 'EX', stays)
		end
	end
	return 1
end

local out = {}
for at = HEAD + 1, #ARGV, EACH do
	out[#out + 1] = settle(unpack(ARGV, at, at + EACH - 1))
end
return out
