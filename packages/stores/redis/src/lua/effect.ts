/**
 * Lua: the effects of a plan. Each is read from ARGV, and whatever could make it impossible is found, before any of them
 * happens; each happens on a cell's table; then all cells are written.
 */
export const effectLua = `
local readEffect = {}

function readEffect.reserve(effect)
  effect.cell = cellOf(nextNumber(), readAccount)
  readWindow(effect)
  effect.id, effect.amount, effect.lease, effect.expiry = nextText(), nextNumber(), nextNumber(), nextText()
  requireMoney(effect.amount)
  sum(sum(effect.cell.committed, effect.cell.reserved), effect.amount)
end

function readEffect.settle(effect)
  effect.cell = cellOf(nextNumber(), readAccount)
  effect.id, effect.amount = nextText(), nextNumber()
  requireMoney(effect.amount)
  sum(effect.cell.committed, effect.amount)
end

function readEffect.release(effect)
  effect.cell, effect.id = cellOf(nextNumber(), readAccount), nextText()
end
readEffect.expire = readEffect.release

function readEffect.count(effect)
  effect.cell, effect.span = cellOf(nextNumber(), readCounter), nextNumber()
end

function readEffect.mark(effect)
  effect.cell, effect.keep = cellOf(nextNumber(), readNumber), nextNumber()
  local after = nextNumber()
  if after > 0 then effect.after, effect.since = cellOf(after, readNumber), nextNumber() end
end

function readEffect.spend(effect)
  effect.cell, effect.keep = cellOf(nextNumber(), readNumber), nextNumber()
end

function readEffect.unmark(effect)
  effect.cell = cellOf(nextNumber(), readNumber)
end
readEffect.grow = readEffect.unmark
readEffect["break"] = readEffect.unmark
readEffect.reset = readEffect.unmark

function readEffect.follow(effect)
  effect.cell, effect.entry = cellOf(nextNumber(), readTrail), nextText()
end

function readEffect.throw(effect)
  effect.cell, effect.moment = cellOf(nextNumber(), readNumber), nextNumber()
end

local take = {}

function take.reserve(effect) reserve(effect.cell, effect) end
function take.settle(effect) settle(effect.cell, effect.id, effect.amount) end
function take.release(effect) release(effect.cell, effect.id) end
function take.expire(effect) expire(effect.cell, effect.id) end
function take.count(effect) addEntry(effect.cell, effect.span) end
function take.mark(effect)
  if not effect.after or isSince(effect.after, effect.since) then setMark(effect.cell, effect.keep) end
end
function take.spend(effect) setMark(effect.cell, effect.keep) end
function take.unmark(effect) clear(effect.cell) end
function take.grow(effect) setNumber(effect.cell, (effect.cell.value or 0) + 1) end
take["break"] = take.unmark
function take.follow(effect) follow(effect.cell, effect.entry) end
function take.throw(effect) throwSwitch(effect.cell, effect.moment) end
take.reset = take.unmark
`;
