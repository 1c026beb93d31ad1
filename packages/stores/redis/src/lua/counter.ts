import type { CellLua } from "./cell-lua.ts";

const functions = `
local longestLog = 1000
local pack, unpackDouble, cut = struct.pack, struct.unpack, string.sub
local counters = {}

-- INVARIANT (B8): to a clock that moved back \`latest\` is the last moment that was seen, so that no entry leaves sooner.
local function counterOf(index)
  local cell = counters[index]
  if cell then return cell end
  local text = call("GET", KEYS[index])
  if text then
    local size = #text
    if size < 8 or size % 8 ~= 0 then error({ err = "AMBIT_DAMAGED a counter is not as it was written" }) end
    local latest = size > 8 and unpackDouble(">d", text, size - 7) or now
    cell = { text = text, length = size / 8 - 1, span = unpackDouble(">d", text), latest = max(now, latest), added = "" }
  else
    cell = { text = "", length = 0, span = 0, latest = now, added = "", rewritten = true }
  end
  counters[index] = cell
  return cell
end

-- How many entries are no later than a moment.
local function countUntil(text, length, moment)
  local low, high = 0, length
  while low < high do
    local middle = math.floor((low + high) / 2)
    if unpackDouble(">d", text, middle * 8 + 9) > moment then high = middle else low = middle + 1 end
  end
  return low
end

-- Forgets what no check can count, once it is as much as what is left.
local function shorten(cell)
  local stored = #cell.text / 8 - 1
  local kept = max(countUntil(cell.text, stored, cell.latest - cell.span), cell.length - longestLog)
  if kept * 2 < cell.length then return end
  local text = cell.text .. cell.added
  cell.text, cell.added, cell.length = cut(text, 1, 8) .. cut(text, kept * 8 + 9), "", cell.length - kept
  cell.rewritten = true
end
`;

/**
 * Lua: counters. One string of doubles, eight bytes each: the longest span, then the moments of the entries, the oldest
 * first. A moment can be found in it without unpacking the others.
 */
export const counterLua: CellLua = {
  functions,
  checks: [
    `kind == "count" then
  local cell = counterOf(ARGV[position + 1] + 0)
  local span, limit, length = ARGV[position + 2] + 0, ARGV[position + 3] + 0, cell.length
  value = length - countUntil(cell.text, length, cell.latest - span)
  if value > longestLog then value = longestLog end
  if value >= limit then
    -- The entry that has to leave before there is room for one more.
    local leaving = limit > 0 and unpackDouble(">d", cell.text, (length - limit) * 8 + 9) or now
    held, at = false, leaving + span
  end
  position = position + 4
`,
  ],
  reads: [
    `kind == "count" then
  counterOf(ARGV[position + 1] + 0)
  position = position + 3
`,
  ],
  takes: [
    `kind == "count" then
  local cell, span = counters[ARGV[position + 1] + 0], ARGV[position + 2] + 0
  if span > cell.span or cell.text == "" then
    cell.text, cell.added = pack(">d", max(span, cell.span)) .. cut(cell.text .. cell.added, 9), ""
    cell.span, cell.rewritten = max(span, cell.span), true
  end
  cell.added, cell.length, cell.changed = cell.added .. pack(">d", cell.latest), cell.length + 1, true
  if cell.length >= 64 then shorten(cell) end
  position = position + 3
`,
  ],
  flush: `
for index, cell in next, counters do
  if cell.changed then
    local left = digits(cell.latest - now + cell.span + margin)
    if cell.rewritten then
      call("SET", KEYS[index], cell.text .. cell.added, "PX", left)
    else
      call("APPEND", KEYS[index], cell.added)
      call("PEXPIRE", KEYS[index], left)
    end
  end
end
`,
  list: `
for index, cell in next, counters do
  if cell.changed then list(index, digits(cell.latest + cell.span)) end
end
`,
};
