-- Gives a process its part of the rate of each vendor key. docs/copies.md explains the rules.
--
-- KEYS: a hash for each vendor key. ARGV: id, place, deadline, processes, and then for each key:
-- rate, part, want, weight, holding, known. Rates are requests a minute. `processes` is the most
-- that there will ever be. A process that stops has the weight 0.
--
-- A hash has a field for each process, "rate until want weight began place"; `since`, when the hash
-- began; and `expected`, how many processes there were before, as far as the first ones to ask knew.
--
-- Answers the time, and for each key: granted, share, live, missing. Only the time if it runs
-- after the deadline: the process no longer waits, and changing anything would be wrong.

local LEASE_S, YOUNG_S, FORGET_S, KEEP_S = 1, 1.25, 600, 900

local id, place = ARGV[1], ARGV[2]
local deadline, processes = tonumber(ARGV[3]), tonumber(ARGV[4])

local function read_time()
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local now = read_time()

local function read_process(name, value)
  local rate, till, want, weight, began, at =
    string.match(value, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S*)$')
  if not rate then
    return { name = name, rate = 0, till = 0, want = 0, weight = 1, began = now, place = '' }
  end
  return {
    name = name, rate = tonumber(rate), till = tonumber(till), want = tonumber(want),
    weight = tonumber(weight), began = tonumber(began), place = at,
  }
end

-- The other processes, those with a lease and those whose lease has ended; and when this one began.
local function read_others(key)
  local live, lapsed, began = {}, {}, now
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local name = fields[i]
    if name ~= 'since' and name ~= 'expected' then
      local process = read_process(name, fields[i + 1])
      if name == id then
        began = process.began
      -- A lease that ends too late was written before the clock was set back.
      elseif process.till >= now and process.till <= now + LEASE_S then
        live[#live + 1] = process
      elseif process.till + FORGET_S < now or process.till > now then
        redis.call('HDEL', key, name)
      else
        lapsed[#lapsed + 1] = process
      end
    end
  end
  return live, lapsed, began
end

-- Whether one of `live` was started in the place of `process`, after its last ask.
local function is_replaced(process, live)
  for _, other in ipairs(live) do
    local is_later = other.began > process.till - LEASE_S
    if other.place == process.place and is_later and not other.is_replacement then
      other.is_replacement = true
      return true
    end
  end
  return false
end

local function count_missing(key, live, lapsed)
  local missing = 0
  for _, process in ipairs(lapsed) do
    if is_replaced(process, live) then
      redis.call('HDEL', key, process.name)
    else
      missing = missing + 1
    end
  end
  return missing
end

-- Weighted max-min fairness: sets the `share` of each process. What nobody wants is divided, too.
local function divide(rate, members)
  local weight = 0
  for _, member in ipairs(members) do
    weight = weight + member.weight
  end
  table.sort(members, function(a, b) return a.want / a.weight < b.want / b.weight end)
  for _, member in ipairs(members) do
    member.share = math.min(member.want, rate * member.weight / weight)
    rate = rate - member.share
    weight = weight - member.weight
  end
  for _, member in ipairs(members) do
    member.share = member.share + rate / #members
  end
end

local function leave(key)
  if redis.call('HDEL', key, id) == 1 then
    redis.call('HINCRBY', key, 'expected', -1)
  end
  return { '0', '0', '0', '0' }
end

local function grant(key, rate, part, want, weight, holding, known)
  local live, lapsed, began = read_others(key)
  local me = { want = want, weight = weight, place = place, began = began }
  local missing = count_missing(key, { me, unpack(live) }, lapsed)
  local absent = math.max(processes - #live - 1, 0)
  local since = tonumber(redis.call('HGET', key, 'since') or now)
  local expected = tonumber(redis.call('HGET', key, 'expected') or 0)
  local is_young = now - since < YOUNG_S
  if is_young then
    expected = math.max(expected, known)
  end
  if now - since < FORGET_S then
    missing = math.max(missing, expected - #live - 1)
  end
  missing = math.min(missing, absent)

  local rest = rate - (is_young and absent or missing) * part
  local members = { me }
  local free = rest
  for _, process in ipairs(live) do
    members[#members + 1] = process
    free = free - process.rate
  end
  divide(math.max(rest, 0), members)
  local granted = math.max(math.min(me.share, free), 0)
  if is_young then
    -- Others may still have leases of a hash that is lost.
    granted = math.min(granted, holding)
  end

  -- The answer may be lost, and then the process goes on with what it holds.
  local value = string.format('%.4f %.6f %.4f %.4f %.6f %s', math.max(holding, granted),
    now + LEASE_S, want, weight, began, place)
  redis.call('HSET', key, id, value, 'since', string.format('%.6f', since),
    'expected', string.format('%.0f', expected))
  redis.call('EXPIRE', key, KEEP_S)
  return {
    string.format('%.4f', granted), string.format('%.4f', me.share),
    tostring(#live + 1), tostring(missing),
  }
end

local answer = { string.format('%.6f', now) }
if now > deadline then
  return answer
end
for index, key in ipairs(KEYS) do
  local numbers = {}
  for i = 1, 6 do
    numbers[i] = tonumber(ARGV[4 + (index - 1) * 6 + i])
  end
  local result = numbers[4] == 0 and leave(key) or grant(key, unpack(numbers))
  for _, value in ipairs(result) do
    answer[#answer + 1] = value
  end
end
return answer
