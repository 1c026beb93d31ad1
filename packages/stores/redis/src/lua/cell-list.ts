/**
 * Lua: where a tenant may have only so many cells, a list of them: a sorted set of keys by the moment after which nothing
 * can be asked of the cell. The keys themselves go by their own expiry.
 *
 * @param list - Calls `list(index, score)` for each cell that is to be written; without a score it is to be removed.
 */
export const cellListLua = (list: string): string => `
if effects > 0 then
  local cells, cap = KEYS[#KEYS], ARGV[#ARGV] + 0
  local written, removed = {}, {}
  local function list(index, score)
    if score then
      written[#written + 1] = score
      written[#written + 1] = KEYS[index]
    else
      removed[#removed + 1] = KEYS[index]
    end
  end
  ${list}

  local function fits()
    local added = 0
    for place = 2, #written, 2 do
      if not call("ZSCORE", cells, written[place]) then added = added + 1 end
    end
    return added == 0 or call("ZCARD", cells) + added <= cap
  end
  -- INVARIANT (S1, R1): at the cap what is new is refused; forgetting what is known would turn a deny into an allow.
  if not fits() then
    call("ZREMRANGEBYSCORE", cells, "-inf", digits(now - margin))
    if not fits() then error({ err = "AMBIT_CAPACITY the tenant has as many cells as it may" }) end
  end
  for _, key in ipairs(removed) do call("ZREM", cells, key) end
  for place = 1, #written, 2 do call("ZADD", cells, written[place], written[place + 1]) end
end
`;
