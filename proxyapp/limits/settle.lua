-- End a reservation, exactly once: give the hold back, charge what was used, append the event.
-- KEYS  wallet, counters of the key, the hold, holds of the gateway, the usage stream
-- ARGV  member of the gateway's set, amount charged, the event (empty: release without a trace)
-- Returns 1, or 0 where there is nothing (any more) to settle.
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

local hold = redis.call('HGET', KEYS[3], 'hold')
if not hold then return 0 end
local charged = ARGV[2]
redis.call('HINCRBY', KEYS[1], 'held', negative(hold))
redis.call('HINCRBY', KEYS[1], 'avail', hold)
redis.call('HINCRBY', KEYS[1], 'avail', negative(charged))
redis.call('HINCRBY', KEYS[1], 'spent', charged)
redis.call('HINCRBY', KEYS[2], 'held', negative(hold))
redis.call('HINCRBY', KEYS[2], 'used', charged)
redis.call('HINCRBY', KEYS[2], 'live', -1)
redis.call('DEL', KEYS[3])
redis.call('SREM', KEYS[4], ARGV[1])
if ARGV[3] ~= '' then redis.call('XADD', KEYS[5], '*', 'e', ARGV[3]) end
return 1
