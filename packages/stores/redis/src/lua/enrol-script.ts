/**
 * Makes a partition's record where there is none, or takes what is left of an earlier life for the state from now on.
 * KEYS: the record. ARGV: the epoch.
 */
export const enrolScript = `#!lua
local epoch = redis.call("HGET", KEYS[1], "epoch")
if epoch == ARGV[1] then return "known" end
redis.call("HSET", KEYS[1], "epoch", ARGV[1])
redis.call("HSETNX", KEYS[1], "step", "0")
redis.call("HDEL", KEYS[1], "lost")
return "enrolled"
`;

/** Marks a partition as lost, so that every process learns of it. KEYS: the record. ARGV: the epoch. */
export const condemnScript = `#!lua
if redis.call("EXISTS", KEYS[1]) == 0 then
  redis.call("HSET", KEYS[1], "epoch", ARGV[1], "step", "0", "lost", "1")
end
return "lost"
`;

/** Notes that a partition has a record, as long as the epoch is still that. KEYS: the deployment's. ARGV: epoch, field. */
export const registerScript = `#!lua
if redis.call("HGET", KEYS[1], "epoch") ~= ARGV[1] then return "other" end
redis.call("HSET", KEYS[1], ARGV[2], ARGV[1])
return "registered"
`;
