/** Lua: what happens to accounts. */
export const accountEffectsLua = `
function readEffect.reserve(effect)
  effect.cell = cellOf(readAccount)
  readWindow(effect)
  effect.id, effect.amount, effect.lease, effect.expiry = nextText(), nextNumber(), nextNumber(), nextText()
  requireMoney(effect.amount)
  sum(sum(effect.cell.committed, effect.cell.reserved), effect.amount)
end

function readEffect.settle(effect)
  effect.cell = cellOf(readAccount)
  effect.id, effect.amount = nextText(), nextNumber()
  requireMoney(effect.amount)
  sum(effect.cell.committed, effect.amount)
end

function readEffect.release(effect)
  effect.cell, effect.id = cellOf(readAccount), nextText()
end
readEffect.expire = readEffect.release

function readEffect.renew(effect)
  effect.cell, effect.id, effect.lease = cellOf(readAccount), nextText(), nextNumber()
end

function take.reserve(effect)
  local cell = effect.cell
  if reservationOf(cell, effect.id) then return end
  endLeases(cell)
  if not cell.exists then cell.span = 0 end
  enter(cell, effect)
  cell.latest = math.max(cell.latest, now)
  setReservation(cell, effect.id, {
    at = cell.latest, amount = effect.amount, lease = effect.lease, expiry = effect.expiry, over = false,
    window = cell.window,
  })
  cell.reserved = sum(cell.reserved, effect.amount)
  cell.exists = true
  -- No reservation and no charge of it can be asked for after this moment.
  extendHorizon(cell)
  keepUntil(cell, effect.lease + day)
  if cell.window ~= "" then keepUntil(cell, cell.ends) end
  if effect.window == "l" and effect.expiry == "c" then enterLifetime(cell, effect) end
end

function take.renew(effect)
  local cell, id = effect.cell, effect.id
  endLeases(cell)
  local held = reservationOf(cell, id)
  if not held or held.over or held.lease >= effect.lease then return end
  held.lease = effect.lease
  setReservation(cell, id, held)
  keepUntil(cell, effect.lease + day)
end

function take.settle(effect)
  local cell, id, amount = effect.cell, effect.id, effect.amount
  local held = reservationOf(cell, id)
  if not held then return end
  setReservation(cell, id, false)
  if not held.over then
    free(cell, held)
    commit(cell, held, amount)
  elseif held.expiry == "c" then
    -- INVARIANT (B1): what a call cost is recorded in full, however late it is known.
    uncharge(cell, held)
    commit(cell, held, amount)
  end
end

function take.release(effect)
  local cell, id = effect.cell, effect.id
  local held = reservationOf(cell, id)
  if not held then return end
  setReservation(cell, id, false)
  if not held.over then free(cell, held) end
end

function take.expire(effect)
  local cell, id = effect.cell, effect.id
  local held = reservationOf(cell, id)
  if not held or held.over then return end
  setReservation(cell, id, false)
  finish(cell, held)
end
`;
