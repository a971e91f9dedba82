-- A former owner's message for the owner; an answer only if its request is still waiting for it.
-- keys: as in write.lua    arguments: answered request or '', node, kind, payload, life in ms,
-- most arrivals that wait
-- returns: the owner, or '' when nothing was taken
local owner, ended = unpack(redis.call('HMGET', KEYS[1], 'node', 'ended'))
if not owner or ended then
  return ''
end
if ARGV[1] ~= '' then
  local runner = redis.call('HGET', KEYS[3], ARGV[1])
  if runner and runner ~= ARGV[2] then
    return ''
  end
  if not runner and redis.call('ZSCORE', KEYS[4], ARGV[1]) then
    return ''
  end
end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[6], '*', 'a', ARGV[1], 'k', ARGV[3], 'p', ARGV[4])
redis.call('PEXPIRE', KEYS[5], ARGV[5])
return owner
