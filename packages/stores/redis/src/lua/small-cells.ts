/** Lua: marks and tokens, streaks, trails and switches. */
export const smallCellsLua = `
local trailLength = 32

local function readNumber(index)
  local text = redis.call("GET", KEYS[index])
  local number = text and tonumber(text)
  if text and not number then error({ err = "AMBIT_DAMAGED a cell is not as it was written" }) end
  return { index = index, value = number, stored = number ~= nil and number ~= false }
end

-- Writes a number that may be forgotten after a while ("left"), or never (math.huge), or its absence.
local function flushNumber(cell)
  if not cell.changed then return end
  local key = KEYS[cell.index]
  if not cell.value then
    redis.call("DEL", key)
  elseif cell.left == math.huge then
    redis.call("SET", key, digits(cell.value))
  else
    redis.call("SET", key, digits(cell.value), "PX", digits(cell.left))
  end
end

local function isSince(cell, since)
  return cell.value and cell.value >= since
end

-- How long a cell is still kept at least.
local function leftOf(cell)
  if cell.left then return cell.left end
  if not cell.stored then return 0 end
  local left = redis.call("PTTL", KEYS[cell.index])
  return left == -1 and math.huge or left
end

local function setMark(cell, keep)
  cell.left = math.max(cell.value and leftOf(cell) or 0, keep == 0 and math.huge or keep + margin)
  cell.value = cell.value and math.max(cell.value, now) or now
  cell.changed = true
end

local function throwSwitch(cell, until_)
  cell.value = math.max(cell.value or 0, until_)
  cell.left = cell.value >= most and math.huge or math.max(cell.value - now, 0) + margin
  cell.changed = true
end

local function setNumber(cell, value)
  cell.value, cell.left, cell.changed = value, math.huge, true
end

local function clear(cell)
  cell.value, cell.left, cell.stored, cell.changed = false, nil, false, true
end

local function readTrail(index)
  return { index = index, entries = redis.call("LRANGE", KEYS[index], 0, -1), added = {} }
end

local function follow(cell, entry)
  cell.entries[#cell.entries + 1] = entry
  cell.added[#cell.added + 1] = entry
  if #cell.entries > trailLength then table.remove(cell.entries, 1) end
end

local function flushTrail(cell)
  if #cell.added == 0 then return end
  inBatches("RPUSH", KEYS[cell.index], cell.added)
  redis.call("LTRIM", KEYS[cell.index], -trailLength, -1)
end

-- The period, 2 to 4, of the cycle that an entry would close; 0 for none.
local function cyclePeriod(trail, entry, repeats)
  local function at(back)
    if back == 0 then return entry end
    return trail[#trail - back + 1]
  end
  for period = 2, 4 do
    local length = period * repeats
    if #trail + 1 >= length then
      local repeated, alike = true, true
      for back = 0, length - 1 do
        if back + period < length and at(back) ~= at(back + period) then
          repeated = false
          break
        end
        if at(back) ~= entry then alike = false end
      end
      if repeated and not alike then return period end
    end
  end
  return 0
end
`;
