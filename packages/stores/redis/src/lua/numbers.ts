/** Lua: amounts and moments, which are whole numbers that a double holds exactly. */
export const numbersLua = `
local most = 9007199254740991
local day = 86400000
-- A clock may step back by up to this and still find what was there.
local margin = 2 * day

-- tostring(1e14) is "1e+14".
local function digits(number)
  return string.format("%.0f", number)
end

-- INVARIANT (B1): an error, which is raised before the first write, for every sum that a double would round.
local function sum(left, right)
  local total = left + right
  if total > most then error({ err = "AMBIT_ARITHMETIC an account's sum is too large to be exact" }) end
  return total
end

local function subtract(from, amount)
  if amount > from then error({ err = "AMBIT_ARITHMETIC an account would fall below zero" }) end
  return from - amount
end

local function requireMoney(amount)
  if amount < 0 then error({ err = "AMBIT_ARITHMETIC an amount is not a whole number of millionths" }) end
end

-- Byte by byte: Lua's own comparison follows the server's locale.
local function isLater(name, other)
  if name == other then return false end
  for index = 1, math.min(#name, #other) do
    local left, right = string.byte(name, index), string.byte(other, index)
    if left ~= right then return left > right end
  end
  return #name > #other
end

-- A command with many arguments, a hundred at a time: Lua's stack has an end.
local function inBatches(command, key, items)
  for first = 1, #items, 100 do
    redis.call(command, key, unpack(items, first, math.min(first + 99, #items)))
  end
end
`;
