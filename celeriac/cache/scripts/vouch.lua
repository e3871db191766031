-- Make what a server brought back from disk, or took over as a replica, unreadable: it may lack invalidations that were
-- confirmed after it was saved or copied. Which run of which server the cache was last used on is kept beside it.
-- KEYS: run | ARGV: this run, ms to keep it, then patterns of generations… | Returns how many generations were dropped.
local known = redis.call('GET', KEYS[1])
if known == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 0
end
local dropped = 0
if known then
  for i = 3, #ARGV do
    local cursor = '0'
    repeat
      local page = redis.call('SCAN', cursor, 'MATCH', ARGV[i], 'COUNT', 1000)
      cursor = page[1]
      for _, key in ipairs(page[2]) do dropped = dropped + redis.call('UNLINK', key) end
    until cursor == '0'
  end
end
redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return dropped
