/**
 * Lua: accounts. Three keys: a hash with the sums, the reservations (`r` and the evaluation id) and what was charged in
 * each slot of a rolling window (`s` and its end); a sorted set of leases; a sorted set of slots.
 *
 * Everything is worked out on a table and written by `flushAccount` at the end.
 */
export const accountLua = `
local quarter = day / 4

local function readAccount(index)
  local state = redis.call("HGET", KEYS[index], "=")
  local cell = {
    index = index, exists = false, committed = 0, reserved = 0, latest = -math.huge, span = 0, ends = 0,
    horizon = -math.huge, eternal = false, window = "", open = {}, touched = {}, slots = {}, touchedSlots = {},
    flush = flushAccount, due = redis.call("ZRANGEBYSCORE", KEYS[index + 1], "-inf", digits(now)),
  }
  if not state then return cell end
  local committed, reserved, latest, span, ends, horizon, eternal, window =
    string.match(state, "^(%d+) (%d+) (%-?%d+) (%d+) (%-?%d+) (%-?%d+) ([01]) (%x*)$")
  if not committed then error({ err = "AMBIT_DAMAGED an account is not as it was written" }) end
  cell.exists, cell.committed, cell.reserved = true, tonumber(committed), tonumber(reserved)
  cell.latest, cell.span, cell.ends, cell.horizon = tonumber(latest), tonumber(span), tonumber(ends), tonumber(horizon)
  cell.eternal, cell.window = eternal == "1", window
  cell.wasEternal = cell.eternal
  return cell
end

local function reservationOf(cell, id)
  local known = cell.open[id]
  if known ~= nil then return known end
  known = redis.call("HGET", KEYS[cell.index], "r" .. id)
  if known then
    local at, amount, lease, expiry, over, window = string.match(known, "^(%-?%d+) (%d+) (%-?%d+) ([cr])([01]) (%x*)$")
    if not at then error({ err = "AMBIT_DAMAGED a reservation is not as it was written" }) end
    known = {
      at = tonumber(at), amount = tonumber(amount), lease = tonumber(lease), expiry = expiry, over = over == "1",
      window = window,
    }
  end
  cell.open[id] = known
  return known
end

local function setReservation(cell, id, held)
  cell.open[id], cell.touched[id], cell.changed = held, true, true
end

local function slotEnd(cell, at)
  local slot = math.max(1, math.floor(cell.span / 1000))
  return digits(math.ceil(at / slot) * slot + 0)
end

local function slotAmount(cell, slot)
  local known = cell.slots[slot]
  if known ~= nil then return known end
  -- Asked so that a key of another type is an error before the first write.
  redis.call("ZSCORE", KEYS[cell.index + 2], slot)
  local amount = redis.call("HGET", KEYS[cell.index], "s" .. slot)
  known = amount and tonumber(amount)
  cell.slots[slot] = known
  return known
end

local function setSlot(cell, slot, amount)
  cell.slots[slot], cell.touchedSlots[slot], cell.changed = amount, true, true
end

-- In steps of a quarter of a day, so that most calls need not say anew for how long the keys are kept.
local function keepUntil(cell, moment)
  local horizon = math.ceil(moment / quarter) * quarter
  if horizon > cell.horizon then cell.horizon, cell.entered = horizon, true end
end

local function free(cell, held)
  if held.window == cell.window then cell.reserved = subtract(cell.reserved, held.amount) end
end

-- What is charged for a lifetime is kept until its end, which is where a window's is; with none, or from before there were
-- any (0), for ever.
local function keepLifetime(cell, ends)
  if ends == 0 or ends >= most then
    cell.eternal = true
  else
    keepUntil(cell, ends)
  end
end

local function enterLifetime(cell, effect)
  -- The charges of another kind of window count on.
  if cell.window ~= "" or cell.span > 0 then return keepLifetime(cell, effect.ends) end
  cell.ends = math.max(cell.ends, effect.ends)
  if effect.amount > 0 then keepLifetime(cell, cell.ends) end
end

-- INVARIANT (B7): a charge belongs to the window of its reservation; that of an earlier window is over.
local function commit(cell, held, amount)
  if held.window ~= cell.window or amount == 0 then return end
  cell.committed = sum(cell.committed, amount)
  if cell.span == 0 then
    if cell.window == "" then keepLifetime(cell, cell.ends) end
    return
  end
  local slot = slotEnd(cell, held.at)
  setSlot(cell, slot, sum(slotAmount(cell, slot) or 0, amount))
end

local function uncharge(cell, held)
  if held.window ~= cell.window then return end
  if cell.span > 0 then
    local slot = slotEnd(cell, held.at)
    local charged = slotAmount(cell, slot)
    if not charged or charged < held.amount then return end
    setSlot(cell, slot, charged - held.amount)
  end
  cell.committed = subtract(cell.committed, held.amount)
end

local function finish(cell, held)
  free(cell, held)
  if held.expiry == "c" then commit(cell, held, held.amount) end
end

-- Ends the reservations whose lease has ended; each stays for a day, so that a late settlement corrects the charge.
local function endLeases(cell)
  for _, id in ipairs(cell.due) do
    local held = reservationOf(cell, id)
    if not held then
      setReservation(cell, id, false)
    elseif not held.over then
      finish(cell, held)
      held.over = true
      setReservation(cell, id, held)
    elseif now >= held.lease + day then
      setReservation(cell, id, false)
    end
  end
end

-- A charge counts up to a slot longer than the span.
local function extendHorizon(cell)
  local slot = math.max(1, math.floor(cell.span / 1000))
  keepUntil(cell, cell.latest + slot + cell.span)
end

-- Makes it an account of the last milliseconds, and drops the charges that no longer count.
local function roll(cell, span)
  local begins = cell.span == 0
  if cell.span ~= span then
    cell.span, cell.changed = span, true
    if cell.exists then extendHorizon(cell) end
  end
  -- INVARIANT (B12): what was spent in another kind of window counts on, from the latest reservation.
  if begins and cell.committed > 0 then setSlot(cell, slotEnd(cell, cell.latest), cell.committed) end
  local limit = math.max(now, cell.latest) - span
  if limit == -math.huge then return end
  for _, slot in ipairs(redis.call("ZRANGEBYSCORE", KEYS[cell.index + 2], "-inf", digits(limit))) do
    slotAmount(cell, slot)
    cell.touchedSlots[slot], cell.changed = true, true
  end
  local before = cell.committed
  for slot, amount in pairs(cell.slots) do
    if amount and tonumber(slot) <= limit then
      cell.committed = subtract(cell.committed, amount)
      setSlot(cell, slot, false)
    end
  end
  -- INVARIANT (B8): what has left has left, also for a clock that moves back: no late correction is taken from another charge.
  if cell.committed ~= before then cell.latest = math.max(cell.latest, now) end
end

-- When an amount will fit, if nothing else is charged; 0 where it never does.
local function freeAt(cell, span, amount, limit)
  if amount < 0 then return 0 end
  for _, slot in ipairs(redis.call("ZRANGE", KEYS[cell.index + 2], 0, -1)) do slotAmount(cell, slot) end
  local slots = {}
  for slot, charged in pairs(cell.slots) do
    if charged then slots[#slots + 1] = tonumber(slot) end
  end
  table.sort(slots)
  local spent = cell.committed + cell.reserved + amount
  for _, slot in ipairs(slots) do
    spent = spent - cell.slots[digits(slot)]
    if spent <= limit then return slot + span end
  end
  return 0
end

-- The kind of a window, and what it says besides.
local function readWindow(into)
  into.window = nextText()
  if into.window == "c" then
    into.name, into.ends = nextText(), nextNumber()
  elseif into.window == "r" then
    into.span = nextNumber()
  else
    into.ends = nextNumber()
  end
  return into
end

function checks.account()
  local cell = cellOf(readAccount)
  local check = readWindow({})
  check.amount, check.limit = nextNumber(), nextNumber()
  endLeases(cell)
  local spent = 0
  if check.window == "r" then roll(cell, check.span) end
  if check.window ~= "c" or not isLater(check.name, cell.window) then spent = sum(cell.committed, cell.reserved) end
  local total = spent + check.amount
  local held = check.amount >= 0 and total <= most and total <= check.limit
  if held or check.window ~= "r" then return held, spent, 0 end
  return held, spent, freeAt(cell, check.span, check.amount, check.limit)
end

-- INVARIANT (B8): a clock that moved back charges the latest window that was seen; it never reopens an earlier one.
local function enter(cell, effect)
  if effect.window == "r" then
    roll(cell, effect.span)
  elseif effect.window == "c" and isLater(effect.name, cell.window) then
    cell.window, cell.ends = effect.name, effect.ends
    if cell.eternal then cell.entered = true end
    cell.committed, cell.reserved, cell.span, cell.eternal = 0, 0, 0, false
    for _, slot in ipairs(redis.call("ZRANGE", KEYS[cell.index + 2], 0, -1)) do setSlot(cell, slot, false) end
    for slot in pairs(cell.slots) do setSlot(cell, slot, false) end
  end
end
`;
