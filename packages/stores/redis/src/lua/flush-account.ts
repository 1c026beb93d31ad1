/**
 * Lua: writes reservations and slots of an account, whatever has become of them: more than that one reservation is new.
 * Sets whether a lease, and whether a slot, may be in a sorted set that is new.
 */
const writeAll = `
      -- A hundred arguments at a time: Lua's stack has an end.
      local function inBatches(command, key, items)
        for first = 1, #items, 100 do call(command, key, unpack(items, first, math.min(first + 99, #items))) end
      end
      local fields, gone, leases, ended, kept, dropped = { "=", state }, {}, {}, {}, {}, {}
      charges().begin(cell)
      for id in next, cell.touched do
        local reservation = cell.open[id]
        if reservation then
          fields[#fields + 1] = "r" .. id
          fields[#fields + 1] = digits(reservation.at) .. " " .. digits(reservation.amount) .. " " .. digits(reservation.lease) .. " "
            .. reservation.expiry .. (reservation.over and "1 " or "0 ") .. reservation.window
          leases[#leases + 1] = digits(reservation.over and reservation.lease + day or reservation.lease)
          leases[#leases + 1] = id
        else
          gone[#gone + 1] = "r" .. id
          ended[#ended + 1] = id
        end
      end
      for slot in next, cell.touchedSlots or {} do
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
      inBatches("ZREM", KEYS[index + 1], ended)
      inBatches("ZADD", KEYS[index + 1], leases)
      inBatches("ZREM", KEYS[index + 2], dropped)
      inBatches("ZADD", KEYS[index + 2], kept)
      inBatches("HDEL", KEYS[index], gone)
      inBatches("HSET", KEYS[index], fields)
      held, charged = #leases > 0, #kept > 0
`;

/** Lua: writes what has become of accounts. */
export const flushAccountLua = `
for index, cell in next, accounts do
  if cell.exists and cell.changed then
    local state = digits(cell.committed) .. " " .. digits(cell.reserved) .. " " .. digits(cell.latest)
      .. (cell.terms or " " .. digits(cell.span) .. " " .. digits(cell.ends) .. " " .. digits(cell.horizon)
      .. (cell.eternal and " 1 " or " 0 ") .. cell.window)
    local held, charged = false, false
    if cell.touched or cell.touchedSlots then
      ${writeAll}
    elseif cell.fresh then
      local id, lease = ARGV[cell.fresh + 5], ARGV[cell.fresh + 7]
      call("ZADD", KEYS[index + 1], lease, id)
      call("HSET", KEYS[index], "=", state, "r" .. id, cell.freshText)
      -- A sorted set that was empty before is a new one; where something was reserved it was not.
      held = not cell.wasHeld
    else
      call("HSET", KEYS[index], "=", state)
    end
    if cell.eternal then
      if cell.entered then
        for place = index, index + 2 do call("PERSIST", KEYS[place]) end
      end
    elseif cell.entered or held or charged then
      local left = digits(max(cell.horizon - now, 0) + margin)
      if cell.entered then call("PEXPIRE", KEYS[index], left) end
      if cell.entered or held then call("PEXPIRE", KEYS[index + 1], left) end
      if cell.entered or charged then call("PEXPIRE", KEYS[index + 2], left) end
    end
  end
end
`;
