/**
 * Lua: where a tenant may have only so many cells, a list of them: a sorted set of keys by the moment after which nothing
 * can be asked of the cell. The keys themselves go by their own expiry.
 */
export const cellListLua = `
local function isWritten(cell)
  if cell.open then return cell.exists and cell.changed end
  if cell.entries then return #cell.added > 0 end
  return cell.changed
end

local function isRemoved(cell)
  return not (cell.open or cell.text or cell.entries or cell.value)
end

local function expendableAt(cell)
  if cell.open then return cell.eternal and "+inf" or digits(cell.horizon) end
  if cell.text then return digits(cell.latest + cell.span) end
  if cell.left == math.huge then return "+inf" end
  return digits(now + cell.left - margin)
end

local function addedTo(list)
  local added = 0
  for _, cell in pairs(cells) do
    if isWritten(cell) and not isRemoved(cell) and not redis.call("ZSCORE", list, KEYS[cell.index]) then
      added = added + 1
    end
  end
  return added
end

-- INVARIANT (S1, R1): at the cap what is new is refused; forgetting what is known would turn a deny into an allow.
local function makeRoom(list, cap)
  local function fits()
    local added = addedTo(list)
    return added == 0 or redis.call("ZCARD", list) + added <= cap
  end
  if fits() then return end
  redis.call("ZREMRANGEBYSCORE", list, "-inf", digits(now - margin))
  if not fits() then error({ err = "AMBIT_CAPACITY the tenant has as many cells as it may" }) end
end

local function enlist(list)
  for _, cell in pairs(cells) do
    if isWritten(cell) then
      local key = KEYS[cell.index]
      if isRemoved(cell) then redis.call("ZREM", list, key) else redis.call("ZADD", list, expendableAt(cell), key) end
    end
  end
end

local function keepList(list, cap)
  makeRoom(list, cap)
  enlist(list)
end
`;
