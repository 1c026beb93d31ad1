import { requireExact } from "./base.ts";

/** Lua: windows that are not those of the latest call: later ones, and what was charged in each slot of a rolling one. */
export const slotsLua = `
local slotFunctions
local function slots()
  if slotFunctions then return slotFunctions end

  -- Byte by byte: Lua's own comparison follows the server's locale.
  local function isLater(name, other)
    for index = 1, math.min(#name, #other) do
      local left, right = string.byte(name, index), string.byte(other, index)
      if left ~= right then return left > right end
    end
    return #name > #other
  end

  local function slotEnd(cell, at)
    local length = max(1, math.floor(cell.span / 1000))
    return digits(math.ceil(at / length) * length)
  end

  local function begin(cell)
    if not cell.slots then cell.slots = {} end
  end

  local function touch(cell, slot)
    if not cell.touchedSlots then cell.touchedSlots = {} end
    cell.touchedSlots[slot], cell.changed = true, true
  end

  local function amountOf(cell, slot)
    local known = cell.slots[slot]
    if known ~= nil then return known end
    -- Asked so that a key of another type is an error before the first write.
    call("ZSCORE", KEYS[cell.index + 2], slot)
    local amount = call("HGET", KEYS[cell.index], "s" .. slot)
    known = amount and amount + 0
    cell.slots[slot] = known
    return known
  end

  local function set(cell, slot, amount)
    cell.slots[slot], cell.rolled = amount, nil
    touch(cell, slot)
  end

  local function add(cell, at, amount)
    begin(cell)
    local slot = slotEnd(cell, at)
    local total = (amountOf(cell, slot) or 0) + amount
    ${requireExact("total")}
    set(cell, slot, total)
  end

  -- Takes back what was charged; false where it no longer counts.
  local function remove(cell, at, amount)
    begin(cell)
    local slot = slotEnd(cell, at)
    local charged = amountOf(cell, slot)
    if not charged or charged < amount then return false end
    set(cell, slot, charged - amount)
    return true
  end

  -- Begins with nothing committed and nothing reserved.
  local function enterWindow(cell, name, ends)
    begin(cell)
    if cell.eternal then cell.entered = true end
    cell.window, cell.ends, cell.committed, cell.reserved, cell.span, cell.eternal = name, ends, 0, 0, 0, false
    cell.terms = nil
    for _, slot in ipairs(call("ZRANGE", KEYS[cell.index + 2], 0, -1)) do set(cell, slot, false) end
    for slot in pairs(cell.slots) do set(cell, slot, false) end
  end

  local function dropUntil(cell, limit)
    for _, slot in ipairs(call("ZRANGEBYSCORE", KEYS[cell.index + 2], "-inf", digits(limit))) do
      amountOf(cell, slot)
      touch(cell, slot)
    end
    local before = cell.committed
    for slot, amount in pairs(cell.slots) do
      if amount and tonumber(slot) <= limit then
        if amount > cell.committed then error({ err = "AMBIT_ARITHMETIC an account would fall below zero" }) end
        cell.committed = cell.committed - amount
        set(cell, slot, false)
      end
    end
    -- INVARIANT (B8): what has left has left, also for a clock that moves back: no late correction is taken from another charge.
    if cell.committed ~= before then cell.latest = max(cell.latest, now) end
    cell.rolled = limit
  end

  -- Makes it an account of the last milliseconds, and drops the charges that no longer count.
  local function roll(cell, span)
    begin(cell)
    local begins = cell.span == 0
    if cell.span ~= span then
      cell.span, cell.changed, cell.rolled, cell.terms = span, true, nil, nil
      -- A charge counts up to a slot longer than the span.
      if cell.exists then keepUntil(cell, cell.latest + max(1, math.floor(span / 1000)) + span) end
    end
    -- INVARIANT (B12): what was spent in another kind of window counts on, from the latest reservation.
    if begins and cell.committed > 0 then set(cell, slotEnd(cell, cell.latest), cell.committed) end
    local limit = max(now, cell.latest) - span
    if limit ~= -huge and limit ~= cell.rolled then dropUntil(cell, limit) end
  end

  -- When an amount will fit, if nothing else is charged; 0 where it never does.
  local function freeAt(cell, span, amount, limit)
    if amount < 0 then return 0 end
    for _, slot in ipairs(call("ZRANGE", KEYS[cell.index + 2], 0, -1)) do amountOf(cell, slot) end
    local ends = {}
    for slot, charged in pairs(cell.slots) do
      if charged then ends[#ends + 1] = tonumber(slot) end
    end
    table.sort(ends)
    local spent = cell.committed + cell.reserved + amount
    for _, slot in ipairs(ends) do
      spent = spent - cell.slots[digits(slot)]
      if spent <= limit then return slot + span end
    end
    return 0
  end

  slotFunctions = { isLater = isLater, add = add, remove = remove, enterWindow = enterWindow, roll = roll, freeAt = freeAt }
  return slotFunctions
end
`;
