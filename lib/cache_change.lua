-- cache_change.lua: lists that change, for the scripts that it is put before.
-- SPDX-License-Identifier: BSD-2-Clause

-- Takes a number that does not pend any more off its list. change: by what
-- else readers see the list change, or nil.
local lists = {}

local function list_take(app, chat, message, change, pends)
	local list, number = app .. ':' .. chat, message
	if message == '0' then
		list, number = app .. ':0', chat
	end
	local l = lists[list] or { numbers = {} }
	lists[list], l.change = l, change or l.change
	if pends then
		l.numbers[#l.numbers + 1] = number
	end
end

-- Once, at the script's end. stays: CHANGED_S. Sorted sets lose many members
-- at a time.
local MANY = 1000

local function list_keep(stays)
	for list, l in pairs(lists) do
		local set, last = 'p:i:' .. list, 'p:l:' .. list
		for at = 1, #l.numbers, MANY do
			redis.call('ZREM', set, unpack(l.numbers, at,
			    math.min(at + MANY - 1, #l.numbers)))
		end
		if l.change then
			redis.call('SET', last, l.change)
		end
		if redis.call('EXISTS', set) == 0 then
			redis.call('EXPIRE', last, stays)
		end
	end
end
