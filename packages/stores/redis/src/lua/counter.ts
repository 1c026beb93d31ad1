/**
 * Lua: counters. One string of doubles, eight bytes each: the longest span, then the moments of the entries, the oldest
 * first. A moment can be found in it without unpacking the others.
 */
export const counterLua = `
local longestLog = 1000

local function entryAt(cell, position)
  return (struct.unpack(">d", cell.text, position * 8 + 1))
end

local function entryCount(cell)
  return #cell.text / 8 - 1
end

-- INVARIANT (B8): to a clock that moved back it is the last moment that was seen, so that no entry leaves sooner.
local function latestOf(cell)
  local length = entryCount(cell)
  return length == 0 and now or math.max(now, entryAt(cell, length))
end

-- How many entries are no later than a moment.
local function countUntil(cell, moment)
  local low, high = 0, entryCount(cell)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if entryAt(cell, middle + 1) > moment then high = middle else low = middle + 1 end
  end
  return low
end

local function flushCounter(cell)
  if not cell.changed then return end
  local left = digits(math.max(latestOf(cell) - now, 0) + cell.span + margin)
  if cell.stored == 0 then
    redis.call("SET", KEYS[cell.index], cell.text, "PX", left)
  else
    redis.call("APPEND", KEYS[cell.index], string.sub(cell.text, cell.stored + 1))
    redis.call("PEXPIRE", KEYS[cell.index], left)
  end
end

local function readCounter(index)
  local text = redis.call("GET", KEYS[index])
  if text and (#text < 8 or #text % 8 ~= 0) then error({ err = "AMBIT_DAMAGED a counter is not as it was written" }) end
  local cell = { index = index, text = text or struct.pack(">d", 0), stored = text and #text or 0, flush = flushCounter }
  cell.span = struct.unpack(">d", cell.text)
  return cell
end

function checks.count()
  local cell = cellOf(readCounter)
  local span, limit = nextNumber(), nextNumber()
  local length = entryCount(cell)
  local count = math.min(length - countUntil(cell, latestOf(cell) - span), longestLog)
  if count < limit then return true, count, 0 end
  -- The entry that has to leave before there is room for one more.
  local leaving = limit > 0 and entryAt(cell, length - limit + 1) or now
  return false, count, leaving + span
end

function readEffect.count(effect)
  effect.cell, effect.span = cellOf(readCounter), nextNumber()
end

function take.count(effect)
  local cell, span = effect.cell, effect.span
  if span > cell.span then
    cell.span, cell.stored = span, 0
    cell.text = struct.pack(">d", span) .. string.sub(cell.text, 9)
  end
  local latest = latestOf(cell)
  cell.text, cell.latest = cell.text .. struct.pack(">d", latest), latest
  cell.changed = true
  local length = entryCount(cell)
  if length < 64 then return end
  local kept = math.max(countUntil(cell, latest - cell.span), length - longestLog)
  if kept * 2 < length then return end
  cell.text, cell.stored = string.sub(cell.text, 1, 8) .. string.sub(cell.text, kept * 8 + 9), 0
end
`;
