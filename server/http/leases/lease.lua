-- Gives a process its part of the rate of each vendor key. docs/copies.md explains the rules.
--
-- KEYS: a hash for each vendor key. ARGV: id, place, deadline, processes, workers, and then for
-- each key: rate, part, want, weight, holding, known. Rates are requests a minute. `processes` is
-- the most that there will ever be, and `workers` the most at one place. A process that stops has
-- the weight 0.
--
-- A hash has a field for each process, "rate until want weight place"; `since`, when it began; and
-- `expected`, how many processes there were before, as far as the first ones to ask knew.
--
-- Answers the time, and for each key: granted, share, live, missing. Only the time if it runs
-- after the deadline: the process no longer waits, and changing anything would be wrong.

local LEASE_S, YOUNG_S, FORGET_S, KEEP_S = 1, 1.25, 600, 900

local id, place, deadline = ARGV[1], ARGV[2], tonumber(ARGV[3])
local processes, workers = tonumber(ARGV[4]), tonumber(ARGV[5])

local function read_time()
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local now = read_time()

local function read_process(value)
  local rate, till, want, weight, at = string.match(value, '^(%S+) (%S+) (%S+) (%S+) (%S*)$')
  if not rate then
    return { rate = 0, till = 0, want = 0, weight = 1, place = '' }
  end
  return {
    rate = tonumber(rate), till = tonumber(till), want = tonumber(want),
    weight = tonumber(weight), place = at,
  }
end

-- The other processes: those with a lease, and the ids and places of those whose lease has ended.
local function read_others(key)
  local live, lapsed = {}, {}
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local name = fields[i]
    if name ~= id and name ~= 'since' and name ~= 'expected' then
      local process = read_process(fields[i + 1])
      -- A lease that ends too late was written before the clock was set back.
      if process.till >= now and process.till <= now + LEASE_S then
        live[#live + 1] = process
      elseif process.till + FORGET_S < now or process.till > now then
        redis.call('HDEL', key, name)
      else
        lapsed[#lapsed + 1] = { id = name, place = process.place }
      end
    end
  end
  return live, lapsed
end

-- How many processes of `lapsed` were not replaced by another one at the same place.
local function count_missing(key, live, lapsed)
  local room = { [place] = workers - 1 }
  for _, process in ipairs(live) do
    room[process.place] = (room[process.place] or workers) - 1
  end
  local missing = 0
  for _, process in ipairs(lapsed) do
    local left = room[process.place] or workers
    if left > 0 then
      missing = missing + 1
      room[process.place] = left - 1
    else
      redis.call('HDEL', key, process.id)
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
  local live, lapsed = read_others(key)
  local missing = count_missing(key, live, lapsed)
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
  local me = { want = want, weight = weight }
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
  local value = string.format('%.4f %.6f %.4f %.4f %s', math.max(holding, granted),
    now + LEASE_S, want, weight, place)
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
    numbers[i] = tonumber(ARGV[5 + (index - 1) * 6 + i])
  end
  local result = numbers[4] == 0 and leave(key) or grant(key, unpack(numbers))
  for _, value in ipairs(result) do
    answer[#answer + 1] = value
  end
end
return answer
