-- Issues or takes a token that can be taken once.
-- keys: the client's tokens, each with the time in ms at which it expires
-- arguments: 'issue' or 'take', token, lifetime in ms, highest number of tokens
-- returns: 1 if the token was issued or taken, else 0
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] == 'take' then
  return redis.call('ZREM', KEYS[1], ARGV[2])
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
local excess = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[4])
if excess > 0 then
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, excess - 1)
end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return 1
