import { describe, expect, it } from "vitest";
import { type RedisClient, storeClientOptions } from "./redis-client.ts";
import { WriteTogether } from "./write-together.ts";

const never = () => Promise.reject(new Error("it is not connected"));

/** A client whose stream notes when it holds back what is written and when it sends it. */
function noting(): { readonly client: RedisClient; readonly noted: string[] } {
  const noted: string[] = [];
  const stream = { cork: () => void noted.push("held"), uncork: () => void noted.push("sent") };
  const client = { isCluster: false, options: storeClientOptions, evalsha: never, eval: never, hmget: never };
  return { client: { ...client, info: never, wait: never, on: () => undefined, stream }, noted };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("plans that are written", () => {
  it("alone are sent at once, one after another", async () => {
    const { client, noted } = noting();
    const together = new WriteTogether(client);
    for (let count = 0; count < 2; count += 1) {
      together.begin();
      await turn();
      together.end();
    }
    expect(noted).toEqual([]);
  });

  it("in one turn are sent in one write at its end, also those that follow from what it settled", async () => {
    const { client, noted } = noting();
    const together = new WriteTogether(client);
    together.begin();
    together.begin();
    await Promise.resolve();
    await Promise.resolve();
    together.begin();
    expect(noted).toEqual(["held"]);
    await turn();
    expect(noted).toEqual(["held", "sent"]);
    together.begin();
    await turn();
    expect(noted).toEqual(["held", "sent", "held", "sent"]);
  });

  it("by a client of several servers are sent as ever", async () => {
    const together = new WriteTogether({ ...noting().client, stream: undefined });
    together.begin();
    expect(() => together.begin()).not.toThrow();
    await turn();
  });
});
