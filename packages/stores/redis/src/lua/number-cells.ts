import type { CellLua } from "./cell-lua.ts";

/** Lua: cells that hold one number, which may be forgotten after a while (`lefts`), or never (`math.huge`). */
export const numberLua = {
  functions: `
-- By the place of the cell's key. A number that is false is not there. Only what this plan changes has a \`left\`.
local numbers, lefts = {}, {}

local function numberOf(index)
  local number = numbers[index]
  if number ~= nil then return number end
  local text = call("GET", KEYS[index])
  number = text and tonumber(text)
  if text and not number then error({ err = "AMBIT_DAMAGED a cell is not as it was written" }) end
  numbers[index] = number
  return number
end

local function renumber(index, number, keep)
  local left = huge
  if keep ~= 0 then
    left = keep + margin
    if numbers[index] then
      -- Of what was said before and what is said now the later holds. If it was not said in this plan, the server knows.
      local before = lefts[index] or call("PTTL", KEYS[index])
      if before == -1 then left = huge elseif before > left then left = before end
    end
  end
  numbers[index], lefts[index] = number, left
end
`,
  flush: `
for index, left in next, lefts do
  local number = numbers[index]
  if not number then
    call("DEL", KEYS[index])
  elseif left == huge then
    call("SET", KEYS[index], digits(number))
  else
    call("PSETEX", KEYS[index], digits(left), digits(number))
  end
end
`,
  list: `
for index, left in next, lefts do
  list(index, numbers[index] and (left == huge and "+inf" or digits(now + left - margin)))
end
`,
} as const;

type NumberLua = Pick<CellLua, "checks" | "reads" | "takes">;

const readOne = (kind: string, length: number): string => `kind == "${kind}" then
  numberOf(ARGV[position + 1] + 0)
  position = position + ${length}
`;

const clearOne = (kind: string): string => `kind == "${kind}" then
  local index = ARGV[position + 1] + 0
  if numbers[index] then numbers[index], lefts[index] = false, false end
  position = position + 2
`;

const setMark = `
  local index = ARGV[position + 1] + 0
  renumber(index, max(numbers[index] or now, now), ARGV[position + 2] + 0)
`;

/** Lua: marks, and tokens, which are marks that somebody has spent. */
export const markLua: NumberLua = {
  checks: [
    `kind == "unmarked" or kind == "marked" then
  local number = numberOf(ARGV[position + 1] + 0)
  held = kind == "unmarked"
  if number then
    at = number
    if number >= ARGV[position + 2] + 0 then held, value = not held, 1 end
  end
  position = position + 3
`,
    `kind == "incomplete" then
  local since, length = ARGV[position + 1] + 0, ARGV[position + 2] + 0
  for place = position + 3, position + 2 + length do
    local number = numberOf(ARGV[place] + 0)
    if number and number >= since then value = value + 1 end
  end
  held = value < length
  position = position + 3 + length
`,
    `kind == "unspent" then
  if numberOf(ARGV[position + 1] + 0) then held, value = false, 1 end
  position = position + 2
`,
  ],
  reads: [
    readOne("mark", 3),
    `kind == "mark after" then
  numberOf(ARGV[position + 1] + 0)
  numberOf(ARGV[position + 3] + 0)
  position = position + 5
`,
    readOne("spend", 3),
    readOne("unmark", 2),
  ],
  takes: [
    `kind == "mark" or kind == "spend" then
  ${setMark}
  position = position + 3
`,
    `kind == "mark after" then
  local after = numbers[ARGV[position + 3] + 0]
  if after and after >= ARGV[position + 4] + 0 then
    ${setMark}
  end
  position = position + 5
`,
    clearOne("unmark"),
  ],
};

/** Lua: streaks. */
export const streakLua: NumberLua = {
  checks: [
    `kind == "streak" then
  value = numberOf(ARGV[position + 1] + 0) or 0
  held = value < ARGV[position + 2] + 0
  position = position + 3
`,
  ],
  reads: [readOne("grow", 3), readOne("break", 2)],
  takes: [
    `kind == "grow" then
  local index = ARGV[position + 1] + 0
  renumber(index, (numbers[index] or 0) + 1, ARGV[position + 2] + 0)
  position = position + 3
`,
    clearOne("break"),
  ],
};

/** Lua: switches. Those of a plan mostly come one after another, and there are none: one question is enough for them. */
export const switchLua: NumberLua = {
  checks: [
    `kind == "off" then
  local first, count = ARGV[position + 1] + 0, ARGV[position + 2] + 0
  position = position + 3
  if count == 1 or call("EXISTS", unpack(KEYS, first, first + count - 1)) > 0 then
    for place = first, first + count - 1 do
      local moment = numberOf(place)
      if moment and moment > now then
        held, value, at = false, 1, moment
        break
      end
      if place < first + count - 1 then index, seen = index + 1, seen .. " 0 0" end
    end
  else
    index, seen = index + count - 1, seen .. string.rep(" 0 0", count - 1)
  end
`,
  ],
  reads: [readOne("throw", 3), readOne("reset", 2)],
  takes: [
    `kind == "throw" then
  local index = ARGV[position + 1] + 0
  local moment = max(numbers[index] or 0, ARGV[position + 2] + 0)
  numbers[index] = moment
  lefts[index] = moment >= most and huge or max(moment - now, 0) + margin
  position = position + 3
`,
    clearOne("reset"),
  ],
};
