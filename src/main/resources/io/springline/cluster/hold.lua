-- Takes one slot of each key for a call, or none at all; or renews the slots of a call.
-- keys: the running calls, each with the time in ms at which its slot ends unless it is renewed
-- arguments: 'hold' or 'renew', call, lease in ms, and for 'hold' the number of slots of each key
-- returns: 1 if the call has its slots, else 0
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] == 'hold' then
  for i, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    if redis.call('ZCARD', key) >= tonumber(ARGV[3 + i]) then
      return 0
    end
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[3], ARGV[2])
  redis.call('PEXPIRE', key, ARGV[3])
end
return 1
