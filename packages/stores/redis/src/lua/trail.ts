import type { CellLua } from "./cell-lua.ts";

const functions = `
local trailLength = 32
local trails = {}

-- The period, 2 to 4, of the cycle that an entry would close; 0 for none.
local function cyclePeriod(trail, entry, repeats)
  local count = #trail + 1
  trail[count] = entry
  for period = 2, 4 do
    local length = period * repeats
    if count >= length then
      local repeated, alike = true, true
      for place = count, count - length + 1, -1 do
        if place - period > count - length and trail[place] ~= trail[place - period] then
          repeated = false
          break
        end
        if trail[place] ~= entry then alike = false end
      end
      if repeated and not alike then return period end
    end
  end
  return 0
end
`;

/** Lua: trails. */
export const trailLua: CellLua = {
  functions,
  checks: [
    `kind == "acyclic" then
  local repeats = ARGV[position + 3] + 0
  -- No more than the longest cycle has before the entry that would close it.
  local trail = call("LRANGE", KEYS[ARGV[position + 1] + 0], digits(1 - 4 * repeats), "-1")
  value = cyclePeriod(trail, ARGV[position + 2], repeats)
  held = value == 0
  position = position + 4
`,
  ],
  reads: [
    `kind == "follow" then
  local index = ARGV[position + 1] + 0
  -- Asked so that a key of another type is an error before the first write.
  if not trails[index] then trails[index] = { length = call("LLEN", KEYS[index]), added = {} } end
  position = position + 4
`,
  ],
  takes: [
    `kind == "follow" then
  local index, keep = ARGV[position + 1] + 0, ARGV[position + 3] + 0
  local cell = trails[index]
  local left = huge
  if keep ~= 0 then
    left = keep + margin
    -- For how long it is still kept at least; of one that is not there PTTL says -2.
    local before = cell.left or call("PTTL", KEYS[index])
    if before == -1 then left = huge elseif before > left then left = before end
  end
  cell.left, cell.added[#cell.added + 1] = left, ARGV[position + 2]
  position = position + 4
`,
  ],
  flush: `
for index, cell in next, trails do
  for _, entry in ipairs(cell.added) do call("RPUSH", KEYS[index], entry) end
  if cell.length + #cell.added > trailLength then call("LTRIM", KEYS[index], -trailLength, -1) end
  if cell.left == huge then
    if cell.length > 0 then call("PERSIST", KEYS[index]) end
  else
    call("PEXPIRE", KEYS[index], digits(cell.left))
  end
end
`,
  list: `
for index, cell in next, trails do list(index, cell.left == huge and "+inf" or digits(now + cell.left - margin)) end
`,
};
