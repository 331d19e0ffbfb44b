-- Make the credit of an organization known: what it was ever given, as an absolute figure.
-- KEYS  wallet      ARGV  credited, spent (only believed where the wallet has never been published yet)
-- Before that, a wallet may already hold what calls in flight have restored after a loss of all data.
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

local before = redis.call('HGET', KEYS[1], 'credited')
redis.call('HSET', KEYS[1], 'credited', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'avail', ARGV[1])
if before then
  redis.call('HINCRBY', KEYS[1], 'avail', negative(before))
  return 0
end
redis.call('HINCRBY', KEYS[1], 'avail', negative(ARGV[2]))
redis.call('HINCRBY', KEYS[1], 'spent', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'held', 0)
return 1
