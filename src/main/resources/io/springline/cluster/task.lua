-- Adds a task, or replaces one that has not changed since it was read.
-- keys: the task, all tasks of its principal by expiry, the unfinished ones by expiry
-- arguments: version that was read, or '' to add, new version, the task as JSON, its expiry and the time
-- now in ms, '1' if it is finished, its id, limits of unfinished and of all tasks
-- returns: 'ok', 'stale', or the limit that is reached: 'running' or 'stored'
local now = ARGV[5]
if ARGV[1] == '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[8]) then
    return 'running'
  end
  if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[9]) then
    return 'stored'
  end
elseif redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then
  return 'stale'
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'task', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[7])
if ARGV[6] == '1' then
  redis.call('ZREM', KEYS[3], ARGV[7])
else
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[7])
end
-- longer than the longest lifetime of a task
redis.call('EXPIRE', KEYS[2], 90000)
redis.call('EXPIRE', KEYS[3], 90000)
return 'ok'
