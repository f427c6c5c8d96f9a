-- cache_get.lua: one chat or message, as far as Redis knows it.
-- SPDX-License-Identifier: BSD-2-Clause
-- ARGV: token, chat, message. Answers life, application, version and tail;
-- a false in place of what is not known.
local life = redis.call('GET', 'p:life')
if not life then
	return { false, false, false }
end
local epoch = string.match(life, '^%d+')
local app = redis.call('GET', 'p:a:' .. epoch .. ':' .. ARGV[1])
if not app or app == '0' then
	return { life, app, false }
end
return { life, app, redis.call('GET',
    'p:v:' .. app .. ':' .. ARGV[2] .. ':' .. ARGV[3]) }
