/**
 * Lua: what all cells stand on. A kind of cell adds to three tables: `checks`, which answer whether a check holds and what
 * it saw; `readEffect`, which read an effect and find whatever could make it impossible; `take`, which let it happen on the
 * cell's table. What has changed is written at the end, by the cell's own `flush`.
 */
export const baseLua = `
local now = tonumber(ARGV[3])
local most = 9007199254740991
local day = 86400000
-- A clock may step back by up to this and still find what was there.
local margin = 2 * day
local checks, readEffect, take, cells = {}, {}, {}, {}
local position = 7

-- tostring(1e14) is "1e+14". Most of what is written is 0 or 1, and formatting costs more than a look-up of a cell.
local function digits(number)
  if number == 0 then return "0" elseif number == 1 then return "1" end
  return string.format("%.0f", number)
end

local function nextText()
  position = position + 1
  return ARGV[position]
end

local function nextNumber()
  position = position + 1
  return tonumber(ARGV[position])
end

local function cellOf(read)
  local index = nextNumber()
  local cell = cells[index]
  if not cell then
    cell = read(index)
    cells[index] = cell
  end
  return cell
end
`;

/** Lua: a command with many arguments, a hundred at a time: Lua's stack has an end. */
export const batchesLua = `
local function inBatches(command, key, items)
  for first = 1, #items, 100 do
    redis.call(command, key, unpack(items, first, math.min(first + 99, #items)))
  end
end
`;
