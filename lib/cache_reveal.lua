-- cache_reveal.lua: makes confirmed writes visible to readers.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, now in ms, key of the hidden group ("": show in any
-- case), size of a first lease, count of chats born, count of creations;
-- then <app>:<chat> of each chat that is born; then for each write, creations
-- first: <thing>, <list>, its number there, version (16 hex digits) and tail.
-- Answers 1 for each write: visible, or covered by what is newer; 0: it was
-- hidden no more, and is not visible either.
-- All creations are shown by one command, and entries of sorted sets added so:
-- a command for each write is what a group is to save.
local HEAD, EACH = 7, 4
local epoch, now, hidden, lease = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local births, creations = tonumber(ARGV[6]), tonumber(ARGV[7])
local VERSION = 16

if redis.call('GET', 'p:life') ~= ARGV[1] then
	return redis.error_reply('LIFE not the life the caller knows')
end

local was_hidden = hidden == '' or redis.call('DEL', hidden) == 1

local function birth(chat)
	local key = 'p:n:' .. chat
	if redis.call('EXISTS', key) == 0 then
		redis.call('HSET', key, 'n', 0, 'f', 0, 't', lease,
		    'e', epoch)
	end
end

-- True if it is shown now, false if what is newer is, nil if it is gone.
local function show(thing, value)
	local visible, version = 'p:v:' .. thing, string.sub(value, 1, VERSION)
	if redis.call('GETRANGE', visible, 0, VERSION - 1) >= version then
		return false
	elseif not was_hidden or
	    redis.call('EXISTS', 'p:f:' .. thing .. ':' .. version) == 1 then
		return nil
	end
	redis.call('SET', visible, value)
	return true
end

for at = HEAD + 1, HEAD + births do
	birth(ARGV[at])
end

local first, new = HEAD + births + 1, {}
local all_new = was_hidden and creations > 0
for at = first, first + creations * EACH - 1, EACH do
	new[#new + 1], new[#new + 2] = 'p:v:' .. ARGV[at], ARGV[at + 3]
end
all_new = all_new and redis.call('MSETNX', unpack(new)) == 1

local out, pending, lists, changed = {}, {}, {}, {}
for at = first, #ARGV, EACH do
	local thing, list, number = ARGV[at], ARGV[at + 1], ARGV[at + 2]
	local shown = all_new and #out < creations or
	    show(thing, ARGV[at + 3])
	if shown then
		local members = lists[list] or {}
		lists[list], changed[list] = members, ARGV[at + 3]
		members[#members + 1], members[#members + 2] = number, number
		pending[#pending + 1], pending[#pending + 2] = now, thing
	end
	out[#out + 1] = shown == nil and 0 or 1
end
for list, members in pairs(lists) do
	redis.call('ZADD', 'p:i:' .. list, unpack(members))
	redis.call('SET', 'p:l:' .. list,
	    string.sub(changed[list], 1, VERSION))
end
if #pending > 0 then
	redis.call('ZADD', 'p:pending', unpack(pending))
end
return out
