-- End a computation: store what it brought where that still holds, wake those who wait, let the lock go.
-- KEYS: lock, wake list, value, then barrier and generations… (none in a cluster)
-- ARGV: token, envelope ('' after a failure), ttl ms, barrier seen
-- Returns 1 where the value was stored. A full Redis may refuse writes: the lock is let go all the same.
local held = redis.call('HMGET', KEYS[1], 'token', 'void', 'waiters')
if held[1] ~= ARGV[1] then return 0 end
local stored = 0
if ARGV[2] ~= '' and not held[2] and (not KEYS[4] or redis.call('GET', KEYS[4]) == ARGV[4]) then
  local set = redis.pcall('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
  if not set.err then
    stored = 1
    for i = 4, #KEYS do
      local left = redis.call('PTTL', KEYS[i])
      if left >= 0 and left < ARGV[3] * 2 then redis.call('PEXPIRE', KEYS[i], ARGV[3] * 4) end
    end
  end
end
for _ = 1, tonumber(held[3] or '0') do redis.pcall('RPUSH', KEYS[2], '1') end
redis.call('PEXPIRE', KEYS[2], 5000)
redis.call('DEL', KEYS[1])
return stored
