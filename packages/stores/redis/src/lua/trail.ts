/** Lua: trails. */
export const trailLua = `
local trailLength = 32

local function flushTrail(cell)
  if #cell.added == 0 then return end
  inBatches("RPUSH", KEYS[cell.index], cell.added)
  redis.call("LTRIM", KEYS[cell.index], -trailLength, -1)
  if cell.left == math.huge then
    redis.call("PERSIST", KEYS[cell.index])
  else
    redis.call("PEXPIRE", KEYS[cell.index], digits(cell.left))
  end
end

local function readTrail(index)
  return { index = index, entries = redis.call("LRANGE", KEYS[index], 0, -1), added = {}, flush = flushTrail }
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

function checks.acyclic()
  local trail = cellOf(readTrail).entries
  local entry = nextText()
  local period = cyclePeriod(trail, entry, nextNumber())
  return period == 0, period, 0
end

function readEffect.follow(effect)
  effect.cell, effect.entry, effect.keep = cellOf(readTrail), nextText(), nextNumber()
end

-- How long the trail is still kept at least; of one that is not there PTTL says -2.
local function trailLeft(cell)
  if cell.left then return cell.left end
  local left = redis.call("PTTL", KEYS[cell.index])
  return left == -1 and math.huge or left
end

function take.follow(effect)
  local cell = effect.cell
  cell.left = effect.keep == 0 and math.huge or math.max(trailLeft(cell), effect.keep + margin)
  cell.entries[#cell.entries + 1] = effect.entry
  cell.added[#cell.added + 1] = effect.entry
  if #cell.entries > trailLength then table.remove(cell.entries, 1) end
end
`;
