/** Lua: amounts and names of windows. */
export const moneyLua = `
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
`;
