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
  local state, due = call("HGET", KEYS[index], "="), call("ZRANGEBYSCORE", KEYS[index + 1], "-inf", nowText)
  if state then
    local texts = { string.match(state, "^(%d+) (%d+) (%-?%d+) (%d+) (%-?%d+) (%-?%d+) ([01]) (%x*)$") }
    if not texts[1] then error({ err = "AMBIT_DAMAGED an account is not as it was written" }) end
    cell = {
      index = index, due = due[1] and due, exists = true, committed = texts[1] + 0, reserved = texts[2] + 0,
      latest = texts[3] + 0, span = texts[4] + 0, ends = texts[5] + 0, horizon = texts[6] + 0, eternal = texts[7] == "1",
      window = texts[8], texts = texts,
    }
  else
    cell = {
      index = index, due = due[1] and due, exists = false, committed = 0, reserved = 0, latest = -huge, span = 0,
      ends = 0, horizon = -huge, eternal = false, window = "", texts = {},
    }
  end
  accounts[index] = cell
  return cell
end

-- In steps of a quarter of a day, so that most calls need not say anew for how long the keys are kept.
local function keepUntil(cell, moment)
  if moment > cell.horizon then cell.horizon, cell.entered = math.ceil(moment / quarter) * quarter, true end
end
`;

/**
 * Lua: accounts. Three keys: a hash with the sums, the reservations (`r` and the evaluation id) and what was charged in
 * each slot of a rolling window (`s` and its end); a sorted set of leases; a sorted set of slots.
 *
 * Everything is worked out on a table and written at the end. `texts` is its state as it was read: a number that is still
 * the same need not be written out again. `fresh` is the id of the one reservation that is new, and `freshText` what is
 * to be written of it; `open` are those of which something was asked, and `touched` are those of them that have changed.
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
