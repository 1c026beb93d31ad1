import { describe, expect, it } from "vitest";
import { type RedisClient, storeClientOptions } from "./redis-client.ts";
import { WriteTogether } from "./write-together.ts";

const never = () => Promise.reject(new Error("it is not connected"));

/** A client whose stream counts what it holds back and notes how much it sends at once. */
function noting() {
  const writes: number[] = [];
  let held: number | undefined;
  const stream = {
    cork: () => {
      held = 0;
    },
    uncork: () => {
      writes.push(held ?? Number.NaN);
      held = undefined;
    },
  };
  const calls = { evalsha: never, eval: never, hmget: never, info: never, wait: never, on: () => undefined };
  const client: RedisClient = { ...calls, isCluster: false, options: storeClientOptions, stream };
  const together = new WriteTogether(client);
  const write = () => {
    together.begin();
    if (held === undefined) writes.push(1);
    else held += 1;
  };
  return { client, together, write, writes };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("plans that are written", () => {
  it("alone are sent at once, one after another", async () => {
    const { together, write, writes } = noting();
    for (let count = 0; count < 2; count += 1) {
      write();
      expect(writes).toHaveLength(count + 1);
      await turn();
      together.end();
    }
    expect(writes).toEqual([1, 1]);
  });

  it("in one turn are sent in few writes, the first at once, and none waits for the next turn", async () => {
    const { write, writes } = noting();
    write();
    for (let count = 0; count < 20; count += 1) {
      write();
      await Promise.resolve();
    }
    expect(writes).toEqual([1, 1, 8, 8]);
    await turn();
    expect(writes).toEqual([1, 1, 8, 8, 3]);
    write();
    expect(writes).toEqual([1, 1, 8, 8, 3, 1]);
    await turn();
    expect(writes).toEqual([1, 1, 8, 8, 3, 1]);
  });

  it("by a client of several servers are sent as ever", async () => {
    const together = new WriteTogether({ ...noting().client, stream: undefined });
    for (let count = 0; count < 20; count += 1) expect(() => together.begin()).not.toThrow();
    await turn();
  });
});
