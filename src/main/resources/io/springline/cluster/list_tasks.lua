-- Lists the ids of all tasks of a principal, those first that expire first.
-- keys: all tasks of the principal by expiry
-- arguments: the time now in ms
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')
