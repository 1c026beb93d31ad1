import { accountLua } from "./account.ts";
import { checkLua } from "./check.ts";
import { counterLua } from "./counter.ts";
import { effectLua } from "./effect.ts";
import { flushLua } from "./flush.ts";
import { flushAccountLua } from "./flush-account.ts";
import { numbersLua } from "./numbers.ts";
import { smallCellsLua } from "./small-cells.ts";

/**
 * Takes one plan. KEYS: the partition's record, then the cells, last the list of all cells where there is a cap. ARGV: the
 * epoch that is expected, the latest step of the partition that the caller knows of, the plan's moment, how many checks and
 * effects there are, the cap or 0, then checks and effects, flat.
 *
 * Answers one line: `absent`, `other`, `lost`, or `held` or the index of the check that failed, followed by the step and
 * by `value` and `at` of each check that was made.
 *
 * The first line makes the server refuse the whole script where it must not be written to, on a replica or without
 * memory, so that no answer is ever given from a replica that is behind.
 */
export const applyScript = `#!lua
local now = tonumber(ARGV[3])
${numbersLua}${accountLua}${flushAccountLua}${counterLua}${smallCellsLua}${checkLua}${effectLua}${flushLua}
local record = redis.call("HMGET", KEYS[1], "epoch", "step", "lost")
if not record[1] then return "absent" end
if record[1] ~= ARGV[1] then return "other" end
local step = tonumber(record[2])
if record[3] then return "lost" end
-- INVARIANT (S1): a state that somebody has seen further on is an earlier one that was put back.
if step < tonumber(ARGV[2]) then
  redis.call("HSET", KEYS[1], "lost", "1")
  return "lost"
end

local answer = { "held", "" }
for index = 1, tonumber(ARGV[4]) do
  local held, value, at = checks[nextText()]()
  answer[#answer + 1] = digits(value)
  answer[#answer + 1] = digits(at)
  if not held then
    answer[1], answer[2] = digits(index - 1), digits(step)
    -- What came to its end by the clock has ended, whatever is refused.
    for _, cell in pairs(cells) do flush(cell) end
    return table.concat(answer, " ")
  end
end

-- INVARIANT (B5): whatever could fail does so before the first write; Lua takes nothing back.
local effects = {}
for index = 1, tonumber(ARGV[5]) do
  local effect = { kind = nextText() }
  readEffect[effect.kind](effect)
  effects[index] = effect
end
for _, effect in ipairs(effects) do take[effect.kind](effect) end
local cap = tonumber(ARGV[6])
if cap > 0 and #effects > 0 then
  makeRoom(KEYS[#KEYS], cap)
  enlist(KEYS[#KEYS])
end
if #effects > 0 then step = redis.call("HINCRBY", KEYS[1], "step", 1) end
for _, cell in pairs(cells) do flush(cell) end
answer[2] = digits(step)
return table.concat(answer, " ")
`;
