-- Refuse the results of computations that are under way: they began before a deletion by pattern.
-- KEYS: lock | Returns 1 where one was under way.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'void', 1)
return 1
