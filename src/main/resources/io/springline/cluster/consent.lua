-- Keeps, reads or takes a value for a limited time. The number of values in a group is limited.
-- keys: the value, all values of its group by expiry
-- arguments: 'put', 'add' (if there is none), 'replace' or 'remove' (if the value is the expected one),
-- 'get' or 'take'; the name of the value, the value, its lifetime in ms, highest number of values in the
-- group, the expected value, the highest format that this node knows. Values begin with the number of their format
-- returns: the value or false for 'get', 'take' and 'remove', else 'ok' or false; the value, unchanged, if its
-- format is higher
local what, stored = ARGV[1], redis.call('GET', KEYS[1])
if stored and tonumber(string.match(stored, '^%d+') or 0) > tonumber(ARGV[7]) then
  return stored
end
if what == 'get' then
  return stored
end
if (what == 'replace' or what == 'remove') and stored ~= ARGV[6] then
  return false
end
if what == 'take' or what == 'remove' then
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('DEL', KEYS[1])
  return stored
end
if what == 'add' and stored then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if not stored and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then
  return false
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[2])
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', last[2]))
return 'ok'
