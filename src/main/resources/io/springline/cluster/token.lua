-- Issues or takes a token that can be taken once.
-- keys: the client's tokens, each with the time in ms at which it expires; the same tokens, each with a
-- number that grows from one to the next. An older version knows the first key only: its tokens have
-- no number, and count as the oldest
-- arguments: 'issue' or 'take', token, lifetime in ms, highest number of tokens
-- returns: 1 if the token was issued or taken, else 0
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] == 'take' then
  redis.call('ZREM', KEYS[2], ARGV[2])
  return redis.call('ZREM', KEYS[1], ARGV[2])
end
redis.call('ZINTERSTORE', KEYS[2], 2, KEYS[1], KEYS[2], 'WEIGHTS', 0, 1)
redis.call('ZUNIONSTORE', KEYS[2], 2, KEYS[1], KEYS[2], 'WEIGHTS', 0, 1)
local latest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[2], (latest[2] or 0) + 1, ARGV[2])
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[4])
if excess > 0 then
  for _, token in ipairs(redis.call('ZRANGE', KEYS[2], 0, excess - 1)) do
    redis.call('ZREM', KEYS[1], token)
    redis.call('ZREM', KEYS[2], token)
  end
end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
for _, key in ipairs(KEYS) do
  redis.call('PEXPIREAT', key, string.format('%.0f', last[2]))
end
return 1
