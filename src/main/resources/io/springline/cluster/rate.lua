-- Counts a call at all counters, or at none of them.
-- keys: one per counter, with the time in microseconds at which all its calls are earned again
-- arguments: for each counter the number of calls, and the period in microseconds
-- returns: 0 if the call was counted, else the time in ms after which it can be
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wait, earned = 0, {}
for i, key in ipairs(KEYS) do
  local period = tonumber(ARGV[2 * i])
  earned[i] = math.max(now, tonumber(redis.call('GET', key) or 0)) + math.floor(period / tonumber(ARGV[2 * i - 1]))
  wait = math.max(wait, earned[i] - now - period)
end
if wait > 0 then
  return math.ceil(wait / 1000)
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', earned[i]), 'PX', math.ceil((earned[i] - now) / 1000) + 1)
end
return 0
