-- cache_forget.lua: takes a write out that will never be stored.
-- SPDX-License-Identifier: BSD-2-Clause
-- Needs cache_change.lua.
-- ARGV: application, chat, message, version (16 hex digits), seconds that a
-- bare version stays, and that a list is known to have changed. Answers 1 if
-- readers saw this very version until now; what is newer, and what is known to
-- be stored (a bare version), stays. If the write is still hidden, it is kept
-- so: a creation by a bare version in its place, an update, whose place is
-- taken, by a note. Needs no certain life: a version is given only once.
local VERSION = 16
local thing = ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3]
local visible, version = 'p:v:' .. thing, ARGV[4]
local shown = redis.call('GETRANGE', visible, 0, VERSION - 1)

if shown > version
    or shown == version and redis.call('STRLEN', visible) == VERSION then
	return 0
end
if shown ~= '' and shown < version then
	redis.call('SET', 'p:f:' .. thing .. ':' .. version, '', 'EX', ARGV[5])
	return 0
end
redis.call('SET', visible, version, 'EX', ARGV[5])
if shown == '' then
	return 0
end
redis.call('ZREM', 'p:pending', thing)
list_take(ARGV[1], ARGV[2], ARGV[3], 'f' .. version, true)
list_keep(ARGV[6])
return 1
