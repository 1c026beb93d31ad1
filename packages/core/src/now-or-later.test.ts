import { describe, expect, it } from "vitest";
import { andThen, isLater, orElse } from "./now-or-later.ts";

const failure = new Error("it failed");
const fails = (): unknown => {
  throw failure;
};

// oxlint-disable-next-line unicorn/no-thenable -- A promise of another make is what is tried.
const method: string = "then";

describe("what is there at once goes on at once", () => {
  it.each([undefined, null, 0, "then", {}, JSON.parse('{"then":1}'), []])("%j is there", (value) => {
    expect(isLater(value)).toBe(false);
    expect(andThen(value, (known) => [known])).toEqual([value]);
  });

  it("what throws at once is answered at once", () => {
    expect(orElse(fails, (error) => [error])).toEqual([failure]);
    expect(() => orElse(fails, fails)).toThrow(failure);
  });
});

describe("what comes later goes on later", () => {
  it("a promise, or anything else with a method then", async () => {
    const take = (given: (value: number) => void) => given(2);
    const answer = { [method]: take } as unknown as PromiseLike<number>; // As `await` has it.
    expect(await andThen(answer, (known) => known + 1)).toBe(3);
    const called = Object.assign(() => 1, { [method]: take }) as unknown as PromiseLike<number>; // As a proxy of something remote is.
    expect(await andThen(called, (known) => known + 1)).toBe(3);
    expect(await andThen(Promise.resolve(2), async (known) => known + 1)).toBe(3);
  });

  it("what rejects, or throws after it was waited for, is answered like what throws at once", async () => {
    expect(
      await orElse<unknown>(
        () => Promise.reject(failure),
        (error) => [error],
      ),
    ).toEqual([failure]);
    expect(
      await orElse<unknown>(
        () => andThen(Promise.resolve(1), fails),
        (error) => [error],
      ),
    ).toEqual([failure]);
    await expect(andThen(Promise.reject(failure), () => 1)).rejects.toBe(failure);
  });
});
