import { requireExact, requireMoney } from "./base.ts";
import type { CellLua } from "./cell-lua.ts";

const checkAccount = `kind == "account" then
  local cell, window, bound = accountOf(ARGV[position + 1] + 0), ARGV[position + 2], ARGV[position + 3]
  local amount, limit = ARGV[position + 5] + 0, ARGV[position + 6] + 0
  if cell.isDue then charges().endLeases(cell) end
  if window == "r" then slots().roll(cell, bound + 0) end
  if window ~= "c" or bound == cell.window or not slots().isLater(bound, cell.window) then
    value = cell.committed + cell.reserved
    ${requireExact("value")}
  end
  local total = value + amount
  held = amount >= 0 and total <= most and total <= limit
  if not held and window == "r" then at = slots().freeAt(cell, cell.span, amount, limit) end
  position = position + 7
`;

const readReserve = `kind == "reserve" then
  local cell, amount = accountOf(ARGV[position + 1] + 0), ARGV[position + 6] + 0
  ${requireMoney("amount")}
  ${requireExact("cell.committed + cell.reserved + amount")}
  position = position + 9
`;

const enterLifetime = `
      local ends = bound + 0
      -- The charges of another kind of window count on.
      if cell.window ~= "" or cell.span > 0 then
        charges().keepLifetime(cell, ends)
      else
        cell.ends, cell.terms = max(cell.ends, ends), nil
        if amount + 0 > 0 then charges().keepLifetime(cell, cell.ends) end
      end
`;

const takeReserve = `kind == "reserve" then
  local cell, id = accounts[ARGV[position + 1] + 0], ARGV[position + 5]
  local known
  if cell.fresh or cell.open then
    known = charges().reservationOf(cell, id)
  else
    known = call("HGET", KEYS[cell.index], "r" .. id)
  end
  if not known then
    local window, bound = ARGV[position + 2], ARGV[position + 3]
    local amount, lease, expiry = ARGV[position + 6], ARGV[position + 7], ARGV[position + 8]
    if cell.isDue then charges().endLeases(cell) end
    if not cell.exists then cell.span = 0 end
    -- INVARIANT (B8): a clock that moved back charges the latest window that was seen; it never reopens an earlier one.
    if window == "r" then
      slots().roll(cell, bound + 0)
    elseif window == "c" and bound ~= cell.window and slots().isLater(bound, cell.window) then
      slots().enterWindow(cell, bound, ARGV[position + 4] + 0)
    end
    local latest, span, reserved = max(cell.latest, now), cell.span, cell.reserved + amount
    ${requireExact("reserved")}
    cell.fresh = position
    cell.freshText = digits(latest) .. " " .. amount .. " " .. lease .. " " .. expiry .. "0 " .. cell.window
    cell.latest, cell.reserved, cell.exists, cell.changed = latest, reserved, true, true
    -- No reservation and no charge of it can be asked for after this moment. A charge counts up to a slot longer than the
    -- span.
    local moment = max(lease + day, latest + 1)
    if span > 0 then moment = max(moment, latest + max(1, math.floor(span / 1000)) + span) end
    if cell.window ~= "" then moment = max(moment, cell.ends) end
    keepUntil(cell, moment)
    if window == "l" and expiry == "c" then
      ${enterLifetime}
    end
  end
  position = position + 9
`;

const readOne = (kind: string, length: number): string => `kind == "${kind}" then
  accountOf(ARGV[position + 1] + 0)
  position = position + ${length}
`;

const readSettle = `kind == "settle" then
  local cell, amount = accountOf(ARGV[position + 1] + 0), ARGV[position + 3] + 0
  ${requireMoney("amount")}
  ${requireExact("cell.committed + amount")}
  position = position + 4
`;

const takeSettle = `kind == "settle" then
  local cell, id, amount = accounts[ARGV[position + 1] + 0], ARGV[position + 2], ARGV[position + 3] + 0
  local ending = charges()
  local held = ending.reservationOf(cell, id)
  if held then
    ending.set(cell, id, false)
    if not held.over then
      ending.free(cell, held)
      ending.commit(cell, held, amount)
    elseif held.expiry == "c" then
      ending.correct(cell, held, amount)
    end
  end
  position = position + 4
`;

const takeRelease = `kind == "release" then
  local cell, id = accounts[ARGV[position + 1] + 0], ARGV[position + 2]
  local ending = charges()
  local held = ending.reservationOf(cell, id)
  if held then
    ending.set(cell, id, false)
    if not held.over then ending.free(cell, held) end
  end
  position = position + 3
`;

const takeExpire = `kind == "expire" then
  local cell, id = accounts[ARGV[position + 1] + 0], ARGV[position + 2]
  local ending = charges()
  local held = ending.reservationOf(cell, id)
  if held and not held.over then
    ending.set(cell, id, false)
    ending.finish(cell, held)
  end
  position = position + 3
`;

const takeRenew = `kind == "renew" then
  local cell, id, lease = accounts[ARGV[position + 1] + 0], ARGV[position + 2], ARGV[position + 3] + 0
  local ending = charges()
  if cell.isDue then ending.endLeases(cell) end
  local held = ending.reservationOf(cell, id)
  if held and not held.over and held.lease < lease then
    held.lease = lease
    ending.set(cell, id, held)
    keepUntil(cell, lease + day)
  end
  position = position + 4
`;

/** Lua: what is asked of accounts, and what happens to them. A window is its kind, its name or span or end, and its end. */
export const accountArms: Pick<CellLua, "checks" | "reads" | "takes"> = {
  checks: [checkAccount],
  reads: [readReserve, readSettle, readOne("release", 3), readOne("expire", 3), readOne("renew", 4)],
  takes: [takeReserve, takeSettle, takeRelease, takeExpire, takeRenew],
};
