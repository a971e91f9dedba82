-- Lists ids of tasks, those first that expire first.
-- keys: tasks of a principal by expiry, as in task.lua
-- arguments: the time now in ms, the id after which to begin, or '', and the number of ids
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local first = 0
if ARGV[2] ~= '' then
  -- if that task has expired, so have all before it
  local rank = redis.call('ZRANK', KEYS[1], ARGV[2])
  if rank then
    first = rank + 1
  end
end
return redis.call('ZRANGE', KEYS[1], first, first + ARGV[3] - 1)
