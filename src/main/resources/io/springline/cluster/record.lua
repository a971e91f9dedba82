-- Adds, replaces or removes a record of a set, unless it has a higher epoch than the caller knows.
-- keys: the records of the set, each with its epoch, a space and its value
-- arguments: name, the highest epoch that the caller knows, the record or '' to remove it, limit of records
-- returns: 'done', 'newer' or 'full'
local now = redis.call('HGET', KEYS[1], ARGV[1])
if now and tonumber(string.match(now, '^%d+')) > tonumber(ARGV[2]) then
  return 'newer'
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
elseif not now and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  return 'full'
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
return 'done'
