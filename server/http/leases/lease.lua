-- Gives a process its part of the rate of each vendor key. docs/copies.md explains the rules.
--
-- KEYS: a hash for each vendor key. ARGV: id, place, deadline, processes, and then for each key:
-- rate, part, want, weight, holding, known. Rates are requests a minute. `processes` is the most
-- that there will ever be. A process that stops has the weight 0.
--
-- A hash has a field for each process, "rate ends_at want weight began_at place"; `since`, when the
-- hash began; and `expected`, how many processes there were before, as far as the first ones to ask
-- knew.
--
-- Answers the time, and for each key: granted, share, live, missing, young (1 or 0: there may be
-- leases that a young hash does not know). Only the time if it runs after the deadline: the process
-- no longer waits, and changing anything would be wrong.

local LEASE_S, YOUNG_S, FORGET_S, KEEP_S = 1, 1.25, 600, 900

local id, place = ARGV[1], ARGV[2]
local deadline, processes = tonumber(ARGV[3]), tonumber(ARGV[4])

local function read_time()
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local now = read_time()

local function read_process(name, value)
  local rate, ends_at, want, weight, began_at, its_place =
    string.match(value, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S*)$')
  return {
    name = name, rate = tonumber(rate), ends_at = tonumber(ends_at or 0), want = tonumber(want),
    weight = tonumber(weight), began_at = tonumber(began_at or now), place = its_place,
  }
end

-- Adds another process to those with a lease, or to those whose lease has ended.
local function add_process(hash, process)
  local ends_at = process.ends_at
  if ends_at >= now and ends_at <= now + LEASE_S then
    table.insert(hash.live, process)
  elseif ends_at > now then
    hash.is_set_back = true
    redis.call('HDEL', hash.key, process.name)
  elseif ends_at + FORGET_S < now then
    redis.call('HDEL', hash.key, process.name)
  else
    table.insert(hash.lapsed, process)
  end
end

local function read_hash(key)
  local hash = { key = key, since = now, expected = 0, began_at = now, live = {}, lapsed = {} }
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if name == 'since' or name == 'expected' then
      hash[name] = tonumber(value)
    elseif name == id then
      hash.began_at = math.min(read_process(name, value).began_at, now)
    else
      add_process(hash, read_process(name, value))
    end
  end
  -- After the clock was set back, a hash knows as little as a new one.
  hash.since = hash.is_set_back and now or math.min(hash.since, now)
  hash.age = now - hash.since
  return hash
end

-- Whether a process was started in the place of `process`, after its last ask.
local function is_replaced(process, hash)
  for _, other in ipairs(hash.live) do
    local is_later = other.began_at > process.ends_at - LEASE_S
    if other.place == process.place and is_later and not other.is_replacement then
      other.is_replacement = true
      return true
    end
  end
  return false
end

-- How many processes may send without a lease, as far as it is known. It forgets replaced ones.
local function count_missing(hash)
  local missing = 0
  for _, process in ipairs(hash.lapsed) do
    if is_replaced(process, hash) then
      redis.call('HDEL', hash.key, process.name)
    else
      missing = missing + 1
    end
  end
  if hash.age < FORGET_S then
    missing = math.max(missing, hash.expected - #hash.live)
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

local function total_rate(members)
  local total = 0
  for _, member in ipairs(members) do
    total = total + member.rate
  end
  return total
end

local function write(hash, me)
  local value = string.format('%.4f %.6f %.4f %.4f %.6f %s',
    me.rate, now + LEASE_S, me.want, me.weight, me.began_at, place)
  redis.call('HSET', hash.key, id, value, 'since', string.format('%.6f', hash.since),
    'expected', string.format('%.0f', hash.expected))
  redis.call('EXPIRE', hash.key, KEEP_S)
end

local function leave(key)
  if redis.call('HDEL', key, id) == 1 then
    redis.call('HINCRBY', key, 'expected', -1)
  end
  return { '0', '0', '0', '0', '0' }
end

local function grant(key, rate, part, want, weight, holding, known)
  local hash = read_hash(key)
  local me = { rate = 0, want = want, weight = weight, began_at = hash.began_at, place = place }
  table.insert(hash.live, 1, me)
  local is_young = hash.age < YOUNG_S
  if is_young then
    hash.expected = math.max(hash.expected, known)
  end
  local absent = math.max(processes - #hash.live, 0)
  local missing = math.min(count_missing(hash), absent)

  local rest = rate - (is_young and absent or missing) * part
  local free = rest - total_rate(hash.live)
  divide(math.max(rest, 0), hash.live)
  local granted = math.max(math.min(me.share, free), 0)
  if is_young then
    -- Only a new process uses this, which holds nothing but its part.
    granted = math.min(granted, holding)
  end
  -- The answer may be lost, and then the process goes on with what it holds.
  me.rate = math.max(holding, granted)
  write(hash, me)
  return {
    string.format('%.4f', granted), string.format('%.4f', me.share),
    tostring(#hash.live), tostring(missing), is_young and '1' or '0',
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
  local weight = numbers[4]
  local result = weight == 0 and leave(key) or grant(key, unpack(numbers))
  for _, value in ipairs(result) do
    table.insert(answer, value)
  end
end
return answer
