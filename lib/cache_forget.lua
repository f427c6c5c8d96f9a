-- cache_forget.lua: takes a write out that will never be stored.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: application, chat, message, version (16 hex digits). Answers 1 if
-- readers saw this very version until now; what is newer, and what is known
-- to be stored (a bare version), stays. Needs no certain life: a version is
-- given only once.
local VERSION = 16
local thing = ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3]
local visible, version = 'p:v:' .. thing, ARGV[4]

redis.call('DEL', 'p:h:' .. thing .. ':' .. version)
if redis.call('STRLEN', visible) <= VERSION
    or redis.call('GETRANGE', visible, 0, VERSION - 1) ~= version then
	return 0
end
local list, number = ARGV[1] .. ':' .. ARGV[2], ARGV[3]
if number == '0' then
	list, number = ARGV[1] .. ':0', ARGV[2]
end
redis.call('DEL', visible)
redis.call('ZREM', 'p:i:' .. list, number)
redis.call('ZREM', 'p:pending', thing)
return 1
