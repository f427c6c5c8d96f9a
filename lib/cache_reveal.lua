-- cache_reveal.lua: makes confirmed writes visible to readers.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, now in ms; then for each write: application, chat,
-- message, version (16 hex digits), tail, and the size of the first lease
-- of a chat that is born ("0" for anything else). A tail of "" means the
-- hidden one. Answers 1 for each: visible, or covered by what is newer;
-- 0: it is neither hidden nor visible any more.
-- What is hidden is read and removed at once, and so are entries of sorted
-- sets added: a command for each write is what a group is to save.
local HEAD, EACH = 3, 6
local epoch, now = ARGV[2], ARGV[3]
local VERSION = 16

if redis.call('GET', 'p:life') ~= ARGV[1] then
	return redis.error_reply('LIFE not the life the caller knows')
end

local function birth(app, chat, size)
	local key = 'p:n:' .. app .. ':' .. chat
	if redis.call('EXISTS', key) == 0 then
		redis.call('HSET', key, 'n', 0, 'f', 0, 't', size,
		    'e', epoch)
	end
end

-- True if it is shown now, false if what is newer is, nil if it is gone.
local function show(thing, version, tail)
	local visible = 'p:v:' .. thing
	if tail and redis.call('SET', visible, version .. tail, 'NX') then
		return true
	end
	if redis.call('GETRANGE', visible, 0, VERSION - 1) >= version then
		return false
	elseif not tail then
		return nil
	end
	redis.call('SET', visible, version .. tail)
	return true
end

local function add(sets, set, score, member)
	local pairs = sets[set]
	if not pairs then
		pairs = {}
		sets[set] = pairs
	end
	pairs[#pairs + 1], pairs[#pairs + 2] = score, member
end

local hidden = {}
for at = HEAD + 1, #ARGV, EACH do
	hidden[#hidden + 1] = 'p:h:' .. table.concat(ARGV, ':', at, at + 3)
end
if #hidden == 0 then
	return {}
end
local tails = redis.call('MGET', unpack(hidden))

local out, sets = {}, {}
for i, hid in ipairs(hidden) do
	local app, chat, message, version, tail, lease = unpack(ARGV,
	    HEAD + (i - 1) * EACH + 1, HEAD + i * EACH)
	local thing = app .. ':' .. chat .. ':' .. message
	local shown = show(thing, version, tail ~= '' and tail or tails[i])
	if lease ~= '0' then
		birth(app, chat, lease)
	end
	if shown then
		local list, number = app .. ':' .. chat, message
		if message == '0' then
			list, number = app .. ':0', chat
		end
		add(sets, 'p:i:' .. list, number, number)
		add(sets, 'p:pending', now, thing)
	end
	out[i] = shown == nil and 0 or 1
end
for set, members in pairs(sets) do
	redis.call('ZADD', set, unpack(members))
end
redis.call('DEL', unpack(hidden))
return out
