-- Put a hold back that Redis has lost; nothing where it still has it. Wallets are published afterwards.
-- KEYS  wallet, counters of the key, the hold, holds of the gateway
-- ARGV  amount held, member of the gateway's set, the event to book should the gateway die
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
redis.call('HINCRBY', KEYS[1], 'held', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'avail', negative(ARGV[1]))
redis.call('HINCRBY', KEYS[2], 'held', ARGV[1])
redis.call('HINCRBY', KEYS[2], 'live', 1)
redis.call('HSET', KEYS[3], 'hold', ARGV[1], 'event', ARGV[3])
redis.call('SADD', KEYS[4], ARGV[2])
return 1
