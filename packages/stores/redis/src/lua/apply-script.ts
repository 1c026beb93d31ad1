import { type CellKind, cellKinds } from "../cell-keys.ts";
import { Script } from "../script.ts";
import { accountLua } from "./account.ts";
import { baseLua } from "./base.ts";
import { cellListLua } from "./cell-list.ts";
import { type CellLua, chooseLua } from "./cell-lua.ts";
import { counterLua } from "./counter.ts";
import { markLua, numberLua, streakLua, switchLua } from "./number-cells.ts";
import { trailLua } from "./trail.ts";

/**
 * The scripts that take one plan. Each knows only the kinds of cells that its plans have: a server makes all functions of
 * a script anew for each run of it, which costs more than most of them do.
 *
 * KEYS: the partition's record, then the cells, last the list of all cells where there is a cap. ARGV: the epoch that is
 * expected, the latest step of the partition that the caller knows of, the plan's moment, how many checks and effects
 * there are, checks and effects, flat, and last the cap if there is one.
 *
 * Answers one line: `absent`, `other`, `lost`, or `held` or the index of the check that failed, followed by the step and
 * by `value` and `at` of each check that was made.
 */
export class ApplyScripts {
  readonly #capped: boolean;
  readonly #scripts: (Script | undefined)[] = [];

  /** `capped`: whether there is a most of a tenant's cells. */
  constructor(capped: boolean) {
    this.#capped = capped;
  }

  /** The script for plans with these kinds of cells: a bit for each of them, by its number. */
  script(kinds: number): Script {
    this.#scripts[kinds] ??= new Script(
      textOf(
        cellKinds.filter((_, number) => (kinds & (1 << number)) !== 0),
        this.#capped,
      ),
    );
    return this.#scripts[kinds];
  }
}

const numberKinds: ReadonlySet<CellKind> = new Set(["switch", "mark", "streak"]);
const nothing = { functions: "", flush: "", list: "" } as const;
const cellLua: Readonly<Record<CellKind, CellLua>> = {
  switch: { ...nothing, ...switchLua },
  mark: { ...nothing, ...markLua },
  account: accountLua,
  streak: { ...nothing, ...streakLua },
  counter: counterLua,
  trail: trailLua,
};

/**
 * The first line makes the server refuse the whole script where it must not be written to, on a replica or without
 * memory, so that no answer is ever given from a replica that is behind.
 */
function textOf(kinds: readonly CellKind[], capped: boolean): string {
  const cells = kinds.map((kind) => cellLua[kind]);
  const numbers = kinds.some((kind) => numberKinds.has(kind)) ? numberLua : nothing;
  const parts = [numbers, ...cells];
  return [
    "#!lua\n",
    recordLua,
    baseLua,
    ...parts.map((part) => part.functions),
    checkLua(chooseLua(cells.flatMap((cell) => cell.checks)), kinds.includes("account") ? accountLua.flush : ""),
    effectLua(chooseLua(cells.flatMap((cell) => cell.reads)), chooseLua(cells.flatMap((cell) => cell.takes))),
    capped ? cellListLua(parts.map((part) => part.list).join("")) : "",
    writeLua(parts.map((part) => part.flush).join("")),
  ].join("");
}

const recordLua = `
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local record = call("HMGET", KEYS[1], "epoch", "step", "lost")
if not record[1] then return "absent" end
if record[1] ~= ARGV[1] then return "other" end
local step = record[2] + 0
if record[3] then return "lost" end
-- INVARIANT (S1): a state that somebody has seen further on is an earlier one that was put back.
if step < ARGV[2] + 0 then
  call("HSET", KEYS[1], "lost", "1")
  return "lost"
end
`;

const checkLua = (chosen: string, flush: string): string => `
local index, checks, seen = 0, ARGV[4] + 0, ""
while index < checks do
  local kind = ARGV[position]
  local held, value, at = true, 0, 0
  ${chosen}
  if value == 0 and at == 0 then
    seen = seen .. " 0 0"
  else
    seen = seen .. " " .. digits(value) .. " " .. digits(at)
  end
  if not held then
    -- What came to its end by the clock has ended, whatever is refused.
    ${flush}
    return digits(index) .. " " .. record[2] .. seen
  end
  index = index + 1
end
`;

const effectLua = (reads: string, takes: string): string => `
-- INVARIANT (B5): whatever could fail does so before the first write; Lua takes nothing back.
local firstEffect, effects = position, ARGV[5] + 0
for _ = 1, effects do
  local kind = ARGV[position]
  ${reads}
end
position = firstEffect
for _ = 1, effects do
  local kind = ARGV[position]
  ${takes}
end
`;

const writeLua = (flush: string): string => `
local stepText = record[2]
if effects > 0 then
  stepText = digits(step + 1)
  call("HSET", KEYS[1], "step", stepText)
end
${flush}
return "held " .. stepText .. seen
`;
