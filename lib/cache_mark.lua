-- cache_mark.lua: notes that MySQL has these versions, or higher ones.
-- SPDX-License-Identifier: BSD-2-Clause
-- Needs cache_change.lua.
-- ARGV: seconds that a bare version stays, and that a list is known to have
-- changed; then for each: application, chat, message, version (16 hex digits),
-- seconds that the content stays readable.
-- Needs no certain life: what is said stays true in every one. A bare version
-- is left only against a reveal that may still come, so only for writes of
-- this life: what is revealed late of an earlier one is compared with MySQL.
-- Stored without having been shown, it changes the list for readers now.
local HEAD, EACH, MANY = 2, 5, 1000
local VERSION, EPOCH = 16, 5
local life = string.match(redis.call('GET', 'p:life') or '', '^%d+')
local epoch_hex = string.format('%05x', tonumber(life or '0'))
local stored = {}

local function mark(app, chat, message, version, stays)
	local thing = app .. ':' .. chat .. ':' .. message
	local visible = 'p:v:' .. thing
	local now_visible = redis.call('GETRANGE', visible, 0, VERSION - 1)
	local unseen = now_visible < version
	if now_visible > version then
		return
	elseif not unseen then
		redis.call('EXPIRE', visible, stays)
	elseif now_visible ~= ''
	    or string.sub(version, 1, EPOCH) == epoch_hex then
		redis.call('SET', visible, version, 'EX', ARGV[1])
	end
	local pends = now_visible ~= ''
	if pends then
		stored[#stored + 1] = thing
	end
	list_take(app, chat, message, unseen and 'm' .. version, pends)
end

for at = HEAD + 1, #ARGV, EACH do
	mark(unpack(ARGV, at, at + EACH - 1))
end
for at = 1, #stored, MANY do
	redis.call('ZREM', 'p:pending',
	    unpack(stored, at, math.min(at + MANY - 1, #stored)))
end
list_keep(ARGV[2])
return 1
