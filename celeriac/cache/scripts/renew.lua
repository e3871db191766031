-- Keep the locks of computations that still run; one that expired meanwhile stays lost.
-- KEYS: locks | ARGV: lock ms, then the token of each lock | Returns how many are still held.
local kept = 0
for i = 1, #KEYS do
  if redis.call('HGET', KEYS[i], 'token') == ARGV[i + 1] then
    kept = kept + redis.call('PEXPIRE', KEYS[i], ARGV[1])
  end
end
return kept
