-- cache_reveal.lua: makes confirmed writes visible to readers.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: life, epoch, now in ms; then for each write: application, chat,
-- message, version (16 hex digits), tail, and the size of the first lease
-- of a chat that is born ("0" for anything else). A tail of "" means the
-- hidden one. Answers 1 for each: visible, or covered by what is newer;
-- 0: it is neither hidden nor visible any more.
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

local function reveal(app, chat, message, version, tail, lease)
	local thing = app .. ':' .. chat .. ':' .. message
	local visible = 'p:v:' .. thing
	local hidden = 'p:h:' .. thing .. ':' .. version
	local now_visible = redis.call('GETRANGE', visible, 0, VERSION - 1)
	if lease ~= '0' then
		birth(app, chat, lease)
	end
	if now_visible >= version then
		redis.call('DEL', hidden)
		return 1
	end
	if tail == '' then
		tail = redis.call('GET', hidden)
		if not tail then
			return 0
		end
	end
	local list, number = app .. ':' .. chat, message
	if message == '0' then
		list, number = app .. ':0', chat
	end
	redis.call('SET', visible, version .. tail)
	redis.call('ZADD', 'p:i:' .. list, number, number)
	redis.call('ZADD', 'p:pending', now, thing)
	redis.call('DEL', hidden)
	return 1
end

local out = {}
for at = HEAD + 1, #ARGV, EACH do
	out[#out + 1] = reveal(unpack(ARGV, at, at + EACH - 1))
end
return out
