import { accountArms } from "./account-arms.ts";
import type { CellLua } from "./cell-lua.ts";
import { chargesLua } from "./charges.ts";
import { flushAccountLua } from "./flush-account.ts";
import { slotsLua } from "./slots.ts";

const cellsLua = `
local quarter = day / 4
local accounts = {}

local function accountOf(index)
  local cell = accounts[index]
  if cell then return cell end
  local state, isDue = call("HGET", KEYS[index], "="), call("ZCOUNT", KEYS[index + 1], "-inf", nowText) > 0
  if state then
    local committed, reserved, latest, terms, span, ends, horizon, eternal, window =
      string.match(state, "^(%d+) (%d+) (%-?%d+)( (%d+) (%-?%d+) (%-?%d+) ([01]) (%x*))$")
    if not committed then error({ err = "AMBIT_DAMAGED an account is not as it was written" }) end
    cell = {
      index = index, isDue = isDue, exists = true, committed = committed + 0, reserved = reserved + 0, latest = latest + 0,
      terms = terms, span = span + 0, ends = ends + 0, horizon = horizon + 0, eternal = eternal == "1", window = window,
      wasHeld = reserved ~= "0",
    }
  else
    cell = {
      index = index, isDue = isDue, exists = false, committed = 0, reserved = 0, latest = -huge, span = 0, ends = 0,
      horizon = -huge, eternal = false, window = "", wasHeld = false,
    }
  end
  accounts[index] = cell
  return cell
end

-- In steps of a quarter of a day, so that most calls need not say anew for how long the keys are kept.
local function keepUntil(cell, moment)
  if moment <= cell.horizon then return end
  cell.horizon, cell.entered, cell.terms = math.ceil(moment / quarter) * quarter, true, nil
end
`;

/**
 * Lua: accounts. Three keys: a hash with the sums, the reservations (`r` and the evaluation id) and what was charged in
 * each slot of a rolling window (`s` and its end); a sorted set of leases; a sorted set of slots.
 *
 * Everything is worked out on a table and written at the end. `terms` are span, ends, horizon, eternal and window as they
 * were read, as long as they are the same; `entered` is whether the keys are to be kept for longer, `wasHeld` whether
 * anything was reserved. `fresh` is where the one reservation that is new stands in ARGV, and `freshText` what is to be
 * written of it; `open` are those of which something was asked, and `touched` are those of them that have changed.
 */
export const accountLua: CellLua = {
  ...accountArms,
  functions: [cellsLua, slotsLua, chargesLua].join(""),
  flush: flushAccountLua,
  list: `
for index, cell in next, accounts do
  if cell.exists and cell.changed then list(index, cell.eternal and "+inf" or digits(cell.horizon)) end
end
`,
};
