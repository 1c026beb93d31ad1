/**
 * Lua: what all cells stand on. A server makes all functions of a script anew for each run of it, and reaches locals
 * sooner than globals. Hence steps are done in place; of functions there are few, and those that most plans do not need
 * are made only when they are asked for.
 */
export const baseLua = `
local nowText = ARGV[3]
local now, position = nowText + 0, 6
local most, huge, day = 9007199254740991, math.huge, 86400000
-- A clock may step back by up to this and still find what was there.
local margin = 2 * day
local max, format = math.max, string.format

-- tostring(1e14) is "1e+14", and "%d" is half the work of "%.0f" but may have 32 bits only.
local function digits(number)
  if number == 0 then return "0" elseif number == now then return nowText end
  if number > 0 and number < 2147483648 then return format("%d", number) end
  return format("%.0f", number)
end
`;

const tooLarge = `error({ err = "AMBIT_ARITHMETIC an account's sum is too large to be exact" })`;

/** Lua: INVARIANT (B1): an error, which is raised before the first write, for every sum that a double would round. */
export const requireExact = (total: string): string => `if ${total} > most then ${tooLarge} end`;

/** Lua: the same for what is no amount of money. */
export const requireMoney = (amount: string): string =>
  `if ${amount} < 0 then error({ err = "AMBIT_ARITHMETIC an amount is not a whole number of millionths" }) end`;
