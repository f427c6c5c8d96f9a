-- cache_mark.lua: notes that MySQL has these versions, or higher ones.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: seconds that a bare version stays; then for each: application, chat,
-- message, version (16 hex digits), seconds that the content stays readable.
-- Needs no certain life: what is said stays true in every one. A bare version
-- is left only against a reveal that may still come, so only for writes of
-- this life: what is revealed late of an earlier one is compared with MySQL.
-- Entries of sorted sets are removed many at a time.
local HEAD, EACH, MANY = 1, 5, 1000
local VERSION, EPOCH = 16, 5
local life = string.match(redis.call('GET', 'p:life') or '', '^%d+')
local epoch_hex = string.format('%05x', tonumber(life or '0'))
local sets = {}

local function remove(set, member)
	local members = sets[set] or {}
	members[#members + 1] = member
	if #members == MANY then
		redis.call('ZREM', set, unpack(members))
		members = {}
	end
	sets[set] = members
end

local function mark(app, chat, message, version, stays)
	local thing = app .. ':' .. chat .. ':' .. message
	local visible = 'p:v:' .. thing
	local now_visible = redis.call('GETRANGE', visible, 0, VERSION - 1)
	if now_visible > version then
		return
	elseif now_visible == version then
		redis.call('EXPIRE', visible, stays)
	elseif now_visible ~= ''
	    or string.sub(version, 1, EPOCH) == epoch_hex then
		redis.call('SET', visible, version, 'EX', ARGV[1])
	end
	if now_visible ~= '' then
		local list, number = app .. ':' .. chat, message
		if message == '0' then
			list, number = app .. ':0', chat
		end
		remove('p:i:' .. list, number)
		remove('p:pending', thing)
	end
end

for at = HEAD + 1, #ARGV, EACH do
	mark(unpack(ARGV, at, at + EACH - 1))
end
for set, members in pairs(sets) do
	if #members > 0 then
		redis.call('ZREM', set, unpack(members))
	end
end
return 1
