/** Lua: the checks of a plan, read from ARGV. Each answers whether it holds, and what it saw: `value` and `at`. */
export const checkLua = `
local position = 6

local function nextText()
  position = position + 1
  return ARGV[position]
end

local function nextNumber()
  return tonumber(nextText())
end

local cells = {}

local function cellOf(index, read)
  local cell = cells[index]
  if not cell then
    cell = read(index)
    cells[index] = cell
  end
  return cell
end

-- The kind of a window, and what it says besides.
local function readWindow(into)
  into.window = nextText()
  if into.window == "c" then
    into.name, into.ends = nextText(), nextNumber()
  elseif into.window == "r" then
    into.span = nextNumber()
  end
  return into
end

local checks = {}

function checks.account()
  local cell = cellOf(nextNumber(), readAccount)
  local check = readWindow({})
  check.amount, check.limit = nextNumber(), nextNumber()
  return checkAccount(cell, check)
end

function checks.count()
  local cell = cellOf(nextNumber(), readCounter)
  local span = nextNumber()
  return checkCounter(cell, span, nextNumber())
end

local function readMark()
  local cell = cellOf(nextNumber(), readNumber)
  return cell, isSince(cell, nextNumber())
end

function checks.marked()
  local cell, marked = readMark()
  return marked, marked and 1 or 0, cell.value or 0
end

function checks.unmarked()
  local cell, marked = readMark()
  return not marked, marked and 1 or 0, cell.value or 0
end

function checks.incomplete()
  local since, length, count = nextNumber(), nextNumber(), 0
  for _ = 1, length do
    if isSince(cellOf(nextNumber(), readNumber), since) then count = count + 1 end
  end
  return count < length, count, 0
end

function checks.streak()
  local length = cellOf(nextNumber(), readNumber).value or 0
  return length < nextNumber(), length, 0
end

function checks.acyclic()
  local trail = cellOf(nextNumber(), readTrail).entries
  local entry = nextText()
  local period = cyclePeriod(trail, entry, nextNumber())
  return period == 0, period, 0
end

function checks.unspent()
  local spent = cellOf(nextNumber(), readNumber).value
  return not spent, spent and 1 or 0, 0
end

function checks.off()
  local until_ = cellOf(nextNumber(), readNumber).value or 0
  local thrown = until_ > now
  return not thrown, thrown and 1 or 0, thrown and until_ or 0
end
`;
