import type { CellKind } from "../cell-keys.ts";
import { Script } from "../script.ts";
import { accountLua } from "./account.ts";
import { accountEffectsLua } from "./account-effects.ts";
import { baseLua, batchesLua } from "./base.ts";
import { cellListLua } from "./cell-list.ts";
import { counterLua } from "./counter.ts";
import { flushAccountLua } from "./flush-account.ts";
import { moneyLua } from "./money.ts";
import { markLua, numberLua, streakLua, switchLua } from "./number-cells.ts";
import { trailLua } from "./trail.ts";

/** What an {@link ApplyScripts} puts into a script: what the kinds of cells in a plan need, and a cap if there is one. */
export interface ScriptNeeds {
  readonly kinds: ReadonlySet<CellKind>;
  readonly capped: boolean;
}

/**
 * The scripts that take one plan. Each knows only the kinds of cells that its plans have: a server makes all functions of
 * a script anew for each run of it, which costs more than most of them do.
 *
 * KEYS: the partition's record, then the cells, last the list of all cells where there is a cap. ARGV: the epoch that is
 * expected, the latest step of the partition that the caller knows of, the plan's moment, how many checks and effects
 * there are, the cap or 0, how many of the first cells hold one number, then checks and effects, flat.
 *
 * Answers one line: `absent`, `other`, `lost`, or `held` or the index of the check that failed, followed by the step and
 * by `value` and `at` of each check that was made.
 */
export class ApplyScripts {
  readonly #scripts = new Map<string, Script>();

  script(needs: ScriptNeeds): Script {
    const name = order.map((kind) => (needs.kinds.has(kind) ? "1" : "0")).join("") + (needs.capped ? "1" : "0");
    const known = this.#scripts.get(name);
    if (known !== undefined) return known;
    const script = new Script(textOf(needs));
    this.#scripts.set(name, script);
    return script;
  }
}

const order: readonly CellKind[] = ["account", "counter", "mark", "streak", "trail", "switch"];

/**
 * The first line makes the server refuse the whole script where it must not be written to, on a replica or without
 * memory, so that no answer is ever given from a replica that is behind.
 */
function textOf({ kinds, capped }: ScriptNeeds): string {
  const parts = ["#!lua\n", recordLua, baseLua];
  if (kinds.has("account") || kinds.has("trail")) parts.push(batchesLua);
  if (kinds.has("account")) parts.push(moneyLua, flushAccountLua, accountLua, accountEffectsLua);
  if (kinds.has("counter")) parts.push(counterLua);
  if (kinds.has("mark") || kinds.has("streak") || kinds.has("switch")) parts.push(numberLua);
  if (kinds.has("mark")) parts.push(markLua);
  if (kinds.has("streak")) parts.push(streakLua);
  if (kinds.has("switch")) parts.push(switchLua);
  if (kinds.has("trail")) parts.push(trailLua);
  if (capped) parts.push(cellListLua);
  return [...parts, takePlanLua].join("");
}

const recordLua = `
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
`;

const takePlanLua = `
local answer = { "held", "" }
for index = 1, tonumber(ARGV[4]) do
  local held, value, at = checks[nextText()]()
  answer[#answer + 1] = digits(value)
  answer[#answer + 1] = digits(at)
  if not held then
    answer[1], answer[2] = digits(index - 1), digits(step)
    -- What came to its end by the clock has ended, whatever is refused.
    for _, cell in pairs(cells) do cell.flush(cell) end
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
if cap > 0 and #effects > 0 then keepList(KEYS[#KEYS], cap) end
if #effects > 0 then step = redis.call("HINCRBY", KEYS[1], "step", 1) end
for _, cell in pairs(cells) do cell.flush(cell) end
answer[2] = digits(step)
return table.concat(answer, " ")
`;
