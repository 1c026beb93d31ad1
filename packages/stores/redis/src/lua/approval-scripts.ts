import { Script } from "../script.ts";

/** Lua: in the hash, a row is the length of its version, the version, and the row as JSON. */
const rowLua = `#!lua
local function parts(written)
  local length, first = string.match(written, "^(%d+):()")
  if not length then error({ err = "AMBIT_DAMAGED a request for approval is not as it was written" }) end
  local last = first + tonumber(length) - 1
  return string.sub(written, first, last), string.sub(written, last + 1)
end
`;

/**
 * Lua: KEYS are a hash of the rows, a sorted set of their names, one of the moments at which they expire, and one of those
 * of the row's owner. All go by themselves two days after the last row has expired.
 */
const writeLua = `${rowLua}
local margin = 172800000

local function keepFor(milliseconds)
  for _, key in ipairs(KEYS) do
    if redis.call("PTTL", key) < milliseconds then redis.call("PEXPIRE", key, string.format("%.0f", milliseconds)) end
  end
end

local function write(name, version, expires, text)
  redis.call("HSET", KEYS[1], name, #version .. ":" .. version .. text)
  redis.call("ZADD", KEYS[2], 0, name)
  redis.call("ZADD", KEYS[3], expires, name)
  redis.call("ZADD", KEYS[4], expires, name)
end

local function drop(name)
  redis.call("HDEL", KEYS[1], name)
  redis.call("ZREM", KEYS[2], name)
  redis.call("ZREM", KEYS[3], name)
  redis.call("ZREM", KEYS[4], name)
end
`;

/** ARGV: the name, the version, when it expires, the text, the limits of owner and partition, the moment. */
export const insertApproval = new Script(`${writeLua}
local name, now = ARGV[1], ARGV[7]
-- No more in one call, so that none is kept waiting for what a flood has left; the rest goes with the next.
for _, expired in ipairs(redis.call("ZRANGEBYSCORE", KEYS[3], "-inf", now, "LIMIT", 0, 1000)) do drop(expired) end
local expires = redis.call("ZSCORE", KEYS[3], name)
if expires and tonumber(expires) > tonumber(now) then return "exists" end
local live = "(" .. now
if redis.call("ZCOUNT", KEYS[3], live, "+inf") >= tonumber(ARGV[6]) then return "full" end
if redis.call("ZCOUNT", KEYS[4], live, "+inf") >= tonumber(ARGV[5]) then return "full" end
redis.call("ZREMRANGEBYSCORE", KEYS[4], "-inf", now)
write(name, ARGV[2], ARGV[3], ARGV[4])
keepFor(math.max(tonumber(ARGV[3]) - tonumber(now), 0) + margin)
return "inserted"
`);

/** ARGV: the name, the version, when it expires, the text, the version that is expected. */
export const replaceApproval = new Script(`${writeLua}
local written = redis.call("HGET", KEYS[1], ARGV[1])
if not written or parts(written) ~= ARGV[5] then return 0 end
local longer = tonumber(ARGV[3]) - tonumber(redis.call("ZSCORE", KEYS[3], ARGV[1]))
if longer > 0 then keepFor(redis.call("PTTL", KEYS[1]) + longer) end
write(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
return 1
`);

/** ARGV: the name. */
export const readApproval = new Script(`${rowLua}
local written = redis.call("HGET", KEYS[1], ARGV[1])
if not written then return false end
local _, text = parts(written)
return text
`);

/** ARGV: the name after which, and how many. */
export const listApprovals = new Script(`${rowLua}
local rows = {}
for _, name in ipairs(redis.call("ZRANGEBYLEX", KEYS[2], "(" .. ARGV[1], "+", "LIMIT", 0, ARGV[2])) do
  local written = redis.call("HGET", KEYS[1], name)
  if written then
    local _, text = parts(written)
    rows[#rows + 1] = text
  end
end
return rows
`);
