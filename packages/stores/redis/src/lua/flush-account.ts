/** Lua: writes what has become of an account. */
export const flushAccountLua = `
local function flushReservations(cell, fields, gone)
  local leases, ended = {}, {}
  for id in pairs(cell.touched) do
    local held = cell.open[id]
    if held then
      fields[#fields + 1] = "r" .. id
      fields[#fields + 1] = digits(held.at) .. " " .. digits(held.amount) .. " " .. digits(held.lease) .. " "
        .. held.expiry .. (held.over and "1 " or "0 ") .. held.window
      leases[#leases + 1] = digits(held.over and held.lease + day or held.lease)
      leases[#leases + 1] = id
    else
      gone[#gone + 1] = "r" .. id
      ended[#ended + 1] = id
    end
  end
  inBatches("ZREM", KEYS[cell.index + 1], ended)
  inBatches("ZADD", KEYS[cell.index + 1], leases)
  return #leases > 0
end

local function flushSlots(cell, fields, gone)
  local kept, dropped = {}, {}
  for slot in pairs(cell.touchedSlots) do
    local amount = cell.slots[slot]
    if amount then
      fields[#fields + 1] = "s" .. slot
      fields[#fields + 1] = digits(amount)
      kept[#kept + 1] = slot
      kept[#kept + 1] = slot
    else
      gone[#gone + 1] = "s" .. slot
      dropped[#dropped + 1] = slot
    end
  end
  inBatches("ZREM", KEYS[cell.index + 2], dropped)
  inBatches("ZADD", KEYS[cell.index + 2], kept)
  return #kept > 0
end

local function flushAccount(cell)
  if not (cell.exists and cell.changed) then return end
  local key = KEYS[cell.index]
  local fields = {
    "=",
    digits(cell.committed) .. " " .. digits(cell.reserved) .. " " .. digits(cell.latest) .. " " .. digits(cell.span)
      .. " " .. digits(cell.ends) .. " " .. digits(cell.horizon) .. (cell.eternal and " 1 " or " 0 ") .. cell.window,
  }
  local gone = {}
  local held = flushReservations(cell, fields, gone)
  local charged = flushSlots(cell, fields, gone)
  inBatches("HDEL", key, gone)
  inBatches("HSET", key, fields)
  if cell.eternal then
    if cell.wasEternal then return end
    for offset = 0, 2 do redis.call("PERSIST", KEYS[cell.index + offset]) end
    return
  end
  if not (cell.entered or held or charged) then return end
  local left = digits(math.max(cell.horizon - now, 0) + margin)
  if cell.entered then redis.call("PEXPIRE", key, left) end
  -- A sorted set that was empty in between is a new one.
  if cell.entered or held then redis.call("PEXPIRE", KEYS[cell.index + 1], left) end
  if cell.entered or charged then redis.call("PEXPIRE", KEYS[cell.index + 2], left) end
end
`;
