-- Admit a call or name what stands in its way: all of its limits, or none of it.
-- KEYS  epoch, wallet, counters of the key, its recent requests (newest first), the hold, holds of the gateway
-- ARGV  amount to hold, 1 if the wallet may be overdrawn, requests a minute, concurrency, budget (each may
--       be empty), member of the gateway's set, the event to book should the gateway die
-- Money moves as strings through HINCRBY alone: a Lua number is a double. The sign of a result is exact.
local function negative(amount) return amount == '0' and '0' or '-' .. amount end

if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[2], 'credited') == 0 then return {0, 'cold'} end
if redis.call('EXISTS', KEYS[5]) == 1 then return {1} end

local hold, relaxed = ARGV[1], ARGV[2] == '1'
local rpm, concurrency, budget = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]

if concurrency then
  local live = tonumber(redis.call('HGET', KEYS[3], 'live') or '0')
  if live >= concurrency then return {0, 'concurrency', live} end
end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if rpm then
  local oldest = rpm > 0 and redis.call('LINDEX', KEYS[4], rpm - 1)
  if rpm == 0 then return {0, 'requests', 60000} end
  if oldest and now - tonumber(oldest) < 60000 then return {0, 'requests', 60000 - now + tonumber(oldest)} end
end

if budget ~= '' then
  local used = redis.call('HGET', KEYS[3], 'used') or '0'
  local held = redis.call('HGET', KEYS[3], 'held') or '0'
  redis.call('HSET', KEYS[3], 'room', budget)
  redis.call('HINCRBY', KEYS[3], 'room', negative(used))
  local unheld = redis.call('HGET', KEYS[3], 'room')
  local room = redis.call('HINCRBY', KEYS[3], 'room', negative(held))
  local free = redis.call('HGET', KEYS[3], 'room')
  local left = redis.call('HINCRBY', KEYS[3], 'room', negative(hold))
  redis.call('HDEL', KEYS[3], 'room')
  if room <= 0 or (left < 0 and not relaxed) then return {0, 'budget', free, unheld} end
end

local before = redis.call('HGET', KEYS[2], 'avail')
local left = redis.call('HINCRBY', KEYS[2], 'avail', negative(hold))
if left < 0 and not (relaxed and tonumber(before) > 0) then
  redis.call('HINCRBY', KEYS[2], 'avail', hold)
  return {0, 'wallet', before, redis.call('HGET', KEYS[2], 'held')}
end

redis.call('HINCRBY', KEYS[2], 'held', hold)
redis.call('HINCRBY', KEYS[3], 'held', hold)
redis.call('HINCRBY', KEYS[3], 'live', 1)
if rpm then
  redis.call('LPUSH', KEYS[4], now)
  redis.call('LTRIM', KEYS[4], 0, rpm - 1)
  redis.call('PEXPIRE', KEYS[4], 60000)
end
redis.call('HSET', KEYS[5], 'hold', hold, 'event', ARGV[7])
redis.call('SADD', KEYS[6], ARGV[6])
return {1}
