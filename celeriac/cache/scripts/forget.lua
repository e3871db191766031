-- Drop single values and void the computations that began before: their results are older than this deletion.
-- KEYS: value, lock for each item | Returns how many values there were.
local dropped = 0
for i = 1, #KEYS, 2 do
  dropped = dropped + redis.call('UNLINK', KEYS[i])
  if redis.call('EXISTS', KEYS[i + 1]) == 1 then redis.call('HSET', KEYS[i + 1], 'void', 1) end
end
return dropped
