import { requireExact } from "./base.ts";

/** Lua: how reservations end. Made only where one does. */
export const chargesLua = `
local chargeFunctions
local function charges()
  if chargeFunctions then return chargeFunctions end

  local function read(text)
    local at, amount, lease, expiry, over, window = string.match(text, "^(%-?%d+) (%d+) (%-?%d+) ([cr])([01]) (%x*)$")
    if not at then error({ err = "AMBIT_DAMAGED a reservation is not as it was written" }) end
    return { at = at + 0, amount = amount + 0, lease = lease + 0, expiry = expiry, over = over == "1", window = window }
  end

  local function begin(cell)
    if not cell.open then cell.open, cell.touched = {}, {} end
    if cell.fresh then
      local id = ARGV[cell.fresh + 5]
      cell.fresh, cell.open[id], cell.touched[id] = nil, read(cell.freshText), true
    end
  end

  local function reservationOf(cell, id)
    begin(cell)
    local known = cell.open[id]
    if known == nil then
      local text = call("HGET", KEYS[cell.index], "r" .. id)
      known = text and read(text)
      cell.open[id] = known
    end
    return known
  end

  local function set(cell, id, held)
    cell.open[id], cell.touched[id], cell.changed = held, true, true
  end

  local function uncommit(cell, amount)
    if amount > cell.committed then error({ err = "AMBIT_ARITHMETIC an account would fall below zero" }) end
    cell.committed = cell.committed - amount
  end

  local function free(cell, held)
    if held.window ~= cell.window then return end
    if held.amount > cell.reserved then error({ err = "AMBIT_ARITHMETIC an account would fall below zero" }) end
    cell.reserved = cell.reserved - held.amount
  end

  -- What is charged for a lifetime is kept until its end, which is where a window's is; with none, or from before there
  -- were any (0), for ever.
  local function keepLifetime(cell, ends)
    if ends ~= 0 and ends < most then
      keepUntil(cell, ends)
    elseif not cell.eternal then
      cell.eternal, cell.entered, cell.terms = true, true, nil
    end
  end

  -- INVARIANT (B7): a charge belongs to the window of its reservation; that of an earlier window is over.
  local function commit(cell, held, amount)
    if held.window ~= cell.window or amount == 0 then return end
    cell.committed = cell.committed + amount
    ${requireExact("cell.committed")}
    if cell.span > 0 then
      slots().add(cell, held.at, amount)
    elseif cell.window == "" then
      keepLifetime(cell, cell.ends)
    end
  end

  -- INVARIANT (B1): what a call cost is recorded in full, however late it is known.
  local function correct(cell, held, amount)
    if held.window == cell.window and (cell.span == 0 or slots().remove(cell, held.at, held.amount)) then
      uncommit(cell, held.amount)
    end
    commit(cell, held, amount)
  end

  local function finish(cell, held)
    free(cell, held)
    if held.expiry == "c" then commit(cell, held, held.amount) end
  end

  -- Ends the reservations whose lease has ended; each stays for a day, so that a late settlement corrects the charge.
  local function endLeases(cell)
    if not cell.due then cell.due = call("ZRANGEBYSCORE", KEYS[cell.index + 1], "-inf", nowText) end
    for _, id in ipairs(cell.due) do
      local held = reservationOf(cell, id)
      if not held then
        set(cell, id, false)
      elseif not held.over then
        finish(cell, held)
        held.over = true
        set(cell, id, held)
      elseif now >= held.lease + day then
        set(cell, id, false)
      end
    end
  end

  chargeFunctions = {
    begin = begin, reservationOf = reservationOf, set = set, free = free, keepLifetime = keepLifetime, commit = commit,
    correct = correct, finish = finish, endLeases = endLeases,
  }
  return chargeFunctions
end
`;
