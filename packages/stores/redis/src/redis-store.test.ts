import { describe, expect, it } from "vitest";
import { cellKeys, codeUnits, exactText, partitionTag, recordKey } from "./cell-keys.ts";
import { readAnswer } from "./read-answer.ts";
import { type RedisClient, storeClientOptions, storeClusterOptions } from "./redis-client.ts";
import { createRedisStore } from "./redis-store.ts";
import { translateError } from "./translate-error.ts";

const never = () => Promise.reject(new Error("it is not connected"));
const client = (options: object, isCluster = false): RedisClient => ({
  isCluster,
  options,
  evalsha: never,
  eval: never,
  hmget: never,
  info: never,
  wait: never,
  on: () => undefined,
});

describe("createRedisStore refuses what would count calls twice or not at all", () => {
  it.each<[string, RedisClient, string]>([
    ["a client that resends", client({ ...storeClientOptions, autoResendUnfulfilledCommands: true }), "autoResend"],
    ["a client that queues", client({ ...storeClientOptions, enableOfflineQueue: true }), "enableOfflineQueue"],
    ["a client that retries", client({ ...storeClientOptions, maxRetriesPerRequest: 20 }), "maxRetriesPerRequest"],
    ["a client that batches", client({ ...storeClientOptions, enableAutoPipelining: true }), "enableAutoPipelining"],
    ["a client that renames keys", client({ ...storeClientOptions, keyPrefix: "x:" }), "keyPrefix"],
    ["a cluster that resends", client({ ...storeClusterOptions, retryDelayOnFailover: 100 }, true), "retryDelay"],
    ["a cluster that reads replicas", client({ ...storeClusterOptions, scaleReads: "slave" }, true), "scaleReads"],
    ["a cluster of clients that retry", client({ ...storeClusterOptions, redisOptions: {} }, true), "maxRetries"],
  ])("%s", (_what, refused, option) => {
    expect(() => createRedisStore({ client: refused })).toThrow(
      expect.objectContaining({ name: "TypeError", message: expect.stringContaining(option) }),
    );
  });

  it.each([
    [{ prefix: "a{b}" }, "no braces"],
    [{ wait: { replicas: 0, timeout: 100 } }, "wait.replicas"],
    [{ wait: { replicas: 1, timeout: 3_000 } }, "wait.timeout"],
  ])("%j", (options, message) => {
    expect(() => createRedisStore({ client: client(storeClientOptions), ...options })).toThrow(message);
  });

  it("waiting with a cluster", () => {
    const cluster = client(storeClusterOptions, true);
    expect(() => createRedisStore({ client: cluster, wait: { replicas: 1, timeout: 100 } })).toThrow("one connection");
  });
});

describe("B9: keys", () => {
  it("never hold a tenant's own text, which could end the tag", () => {
    for (const partition of ["", "}", "{x}", "\ud800", "acme"]) {
      expect(recordKey("p:", partitionTag(partition))).toMatch(/^p:\{[0-9a-f]{64}\}$/);
    }
    expect(partitionTag("\ud800")).not.toBe(partitionTag("\ufffd"));
  });

  it("are distinct for distinct names and kinds, also where UTF-8 is not", () => {
    const names = ["", ":", "!", "a", "A", "\ud800", "\udfff", "\ufffd", "d800", "!d800", "é", "e\u0301"];
    const kinds = ["account", "counter", "mark", "streak", "trail", "switch"] as const;
    const keys = names.flatMap((name) => kinds.flatMap((kind) => cellKeys("r", kind, name)));
    const bytes = keys.map((key) => Buffer.from(key, "utf8").toString("hex"));
    expect(new Set(bytes).size).toBe(names.length * (kinds.length + 2));
    expect(exactText("\ud800")).toBe("!d800");
  });

  it("B8: names of windows compare in hexadecimal as they do in JavaScript", () => {
    const names = ["", "2026-01-01", "2026-01-02", "2026-01", "\u{10000}", "\uffff", "\ue000", "z", "é"];
    for (const left of names) for (const right of names) expect(codeUnits(left) > codeUnits(right)).toBe(left > right);
  });
});

describe("an answer", () => {
  it.each<[unknown, object]>([
    ["absent", { kind: "absent" }],
    ["held 7 5 0", { kind: "result", step: 7, result: { held: true, epoch: "e", observed: [{ value: 5, at: 0 }] } }],
    ["0 7 9007199254740991 -1", { kind: "result", step: 7, result: { held: false, failed: 0 } }],
  ])("%s is read", (reply, expected) => {
    expect(readAnswer(reply, { epoch: "e", checks: 1 })).toMatchObject(expected);
  });

  it.each([
    null,
    undefined,
    1,
    [],
    "",
    "held",
    "held 7",
    "held 7 5",
    "held 7 5 0 1 0",
    "held 7 1e+14 0",
    "held x 5 0",
    "1 7 5 0",
    "1 7 5 0 5 0",
    "-1 7",
    "HELD 7 5 0",
  ])("D3: %j is none", (reply) => {
    expect(() => readAnswer(reply, { epoch: "e", checks: 1 })).toThrow(
      expect.objectContaining({ name: "StateStoreError", code: "state_unavailable" }),
    );
  });
});

describe("a fault", () => {
  it.each([
    ["OOM command not allowed", "state_capacity", "holds as much"],
    ["AMBIT_CAPACITY the tenant", "state_capacity", "holds as much"],
    ["AMBIT_ARITHMETIC an account's sum", "state_arithmetic", "not exact"],
    ["READONLY You can't write", "state_unavailable", "connect to the master"],
    ["MOVED 1 127.0.0.1:1", "state_unavailable", "give a Cluster client"],
    ["WRONGTYPE Operation", "state_unavailable", "something else has written"],
    ["constructor", "state_unavailable", "did not take the plan: constructor"],
    ["", "state_unavailable", "did not take"],
  ])("%s becomes %s", (message, code, text) => {
    const fault = new Error(message);
    expect(translateError(fault)).toMatchObject({ code, message: expect.stringContaining(text), cause: fault });
  });

  it("that is no error is one all the same", () => {
    expect(translateError("gone")).toMatchObject({ name: "StateStoreError", code: "state_unavailable" });
  });
});
