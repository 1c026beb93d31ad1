/** Lua: cells that hold one number, which may be forgotten after a while (`left`), or never (`math.huge`). */
export const numberLua = `
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

-- All of them are read at once. Of those that hold no text MGET does not say whether they are something else.
local numbers = {}
for first = 2, tonumber(ARGV[7]) + 1, 100 do
  local last, missing = math.min(first + 99, tonumber(ARGV[7]) + 1), {}
  for offset, text in ipairs(redis.call("MGET", unpack(KEYS, first, last))) do
    numbers[first + offset - 1] = text
    if not text then missing[#missing + 1] = KEYS[first + offset - 1] end
  end
  if #missing > 0 and redis.call("EXISTS", unpack(missing)) > 0 then
    error({ err = "AMBIT_DAMAGED a cell is not as it was written" })
  end
end

local function readNumber(index)
  local text = numbers[index]
  local value = text and tonumber(text)
  if text and not value then error({ err = "AMBIT_DAMAGED a cell is not as it was written" }) end
  return { index = index, value = value, stored = text, flush = flushNumber }
end

-- How long the cell is still kept at least.
local function leftOf(cell)
  if cell.left then return cell.left end
  local left = cell.stored and redis.call("PTTL", KEYS[cell.index]) or 0
  return left == -1 and math.huge or left
end

-- Of what was said before and what is said now the later holds.
local function keepFor(cell, keep)
  cell.left = keep == 0 and math.huge or math.max(cell.value and leftOf(cell) or 0, keep + margin)
end

local function clear(effect)
  local cell = effect.cell
  cell.value, cell.left, cell.stored, cell.changed = false, nil, false, true
end

local function readCell(effect)
  effect.cell = cellOf(readNumber)
end
`;

/** Lua: marks, and tokens, which are marks that somebody has spent. */
export const markLua = `
local function isSince(cell, since)
  return cell.value and cell.value >= since
end

function checks.marked()
  local cell = cellOf(readNumber)
  local marked = isSince(cell, nextNumber())
  return marked, marked and 1 or 0, cell.value or 0
end

function checks.unmarked()
  local marked, value, at = checks.marked()
  return not marked, value, at
end

function checks.incomplete()
  local since, length, count = nextNumber(), nextNumber(), 0
  for _ = 1, length do
    if isSince(cellOf(readNumber), since) then count = count + 1 end
  end
  return count < length, count, 0
end

function checks.unspent()
  local spent = cellOf(readNumber).value
  return not spent, spent and 1 or 0, 0
end

function readEffect.mark(effect)
  effect.cell, effect.keep = cellOf(readNumber), nextNumber()
  effect.after = nextText() == "after" and cellOf(readNumber)
  effect.since = effect.after and nextNumber()
end

function readEffect.spend(effect)
  effect.cell, effect.keep = cellOf(readNumber), nextNumber()
end

readEffect.unmark = readCell

function take.spend(effect)
  local cell = effect.cell
  keepFor(cell, effect.keep)
  cell.value = cell.value and math.max(cell.value, now) or now
  cell.changed = true
end

function take.mark(effect)
  if not effect.after or isSince(effect.after, effect.since) then take.spend(effect) end
end

take.unmark = clear
`;

/** Lua: streaks. */
export const streakLua = `
function checks.streak()
  local length = cellOf(readNumber).value or 0
  return length < nextNumber(), length, 0
end

readEffect["break"] = readCell

function readEffect.grow(effect)
  effect.cell, effect.keep = cellOf(readNumber), nextNumber()
end

function take.grow(effect)
  local cell = effect.cell
  keepFor(cell, effect.keep)
  cell.value, cell.changed = (cell.value or 0) + 1, true
end

take["break"] = clear
`;

/** Lua: switches. */
export const switchLua = `
function checks.off()
  local moment = cellOf(readNumber).value or 0
  if moment > now then return false, 1, moment end
  return true, 0, 0
end

readEffect.reset = readCell

function readEffect.throw(effect)
  effect.cell, effect.moment = cellOf(readNumber), nextNumber()
end

function take.throw(effect)
  local cell = effect.cell
  cell.value = math.max(cell.value or 0, effect.moment)
  cell.left = cell.value >= most and math.huge or math.max(cell.value - now, 0) + margin
  cell.changed = true
end

take.reset = clear
`;
