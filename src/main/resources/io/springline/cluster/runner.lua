-- Returns the node that runs a request of a session, or ''.
-- keys: as in write.lua
-- arguments: request
return redis.call('HGET', KEYS[3], ARGV[1]) or ''
