import { afterEach, expect, it, vi } from "vitest";
import { checkPolicy } from "../check-policy.ts";
import { PatternIndex } from "../pattern-index.ts";
import { PatternOverlap } from "./pattern-overlap.ts";

const list = (size: number, entry: (index: number) => string) =>
  Array.from({ length: size }, (_, i) => entry(i)).join();

const shapes: Readonly<Record<string, (size: number) => string>> = {
  "literal scopes under a pattern": (n) => `policies: [{ role: r, allow: ["**", ${list(n, (i) => `s${i}`)}] }]`,
  "one scope again and again": (n) => `policies: [{ role: r, allow: [${list(n, () => "a")}], deny: [b] }]`,
  "open patterns": (n) => `policies: [{ role: r, allow: [${list(n, (i) => `"s${i}:**"`)}], deny: ["*:a"] }]`,
  "crossing patterns with different demands": (n) =>
    `policies: [{ role: r, allow: ["**", ${list(n, (i) => `"s${i}:*",{scope: "*:s${i}:*", approval: true}`)}] }]`,
  "roles and ceilings": (n) =>
    `policies: [${list(n, (i) => `{role: r${i}, allow: [s${i}]}`)}]\nagents: [${list(n, (i) => `{agent: b${i}, allow: ["**"]}`)}]`,
  "tools and roles that are denied them": (n) =>
    `tools: {${list(n, (i) => `t${i}: {scope: s${i}}`)}}\npolicies: [${list(n, (i) => `{role: r${i}, allow: ["*"], deny: [s${i}]}`)}]`,
};

/** How often patterns are put away and looked up while a text is checked, and how much was found in all look-ups. */
function steps(text: string): number {
  let count = 0;
  const { add, exact, reduceWildcards } = PatternIndex.prototype;
  const { meets } = PatternOverlap.prototype;
  vi.spyOn(PatternIndex.prototype, "add").mockImplementation(function (this: PatternIndex<unknown>, ...args) {
    count += 1;
    return add.apply(this, args);
  });
  vi.spyOn(PatternIndex.prototype, "exact").mockImplementation(function (this: PatternIndex<unknown>, scope) {
    count += 1;
    return exact.call(this, scope);
  });
  vi.spyOn(PatternIndex.prototype, "reduceWildcards").mockImplementation(function <Found>(
    this: PatternIndex<unknown>,
    scope: string,
    found: Found,
    choose: (found: Found, value: unknown) => Found,
  ): Found {
    return reduceWildcards.call(this, scope, found, (before, value) => {
      count += 1;
      // The type of what is found is the caller's, which the wrapped method only passes on.
      return choose(before as Found, value);
    }) as Found;
  });
  vi.spyOn(PatternOverlap.prototype, "meets").mockImplementation(function (this: PatternOverlap, pattern) {
    count += 1;
    return meets.call(this, pattern);
  });
  checkPolicy(text);
  vi.restoreAllMocks();
  return count;
}

afterEach(() => vi.restoreAllMocks());

it.each(Object.entries(shapes))("ten times as many entries take ten times as many steps: %s", (_shape, textOf) => {
  const few = steps(textOf(200));
  expect(few).toBeGreaterThan(200);
  expect(steps(textOf(2_000))).toBeLessThan(few * 12);
});

it("of very many findings of one code a hundred are said, and all others besides", () => {
  const text = `policies: [{ role: r, allow: [${list(5_000, () => "a")}], deny: [] }]\nfail: open`;
  const codes = checkPolicy(text).map(({ code }) => code);
  expect(codes.filter((code) => code === "redundant")).toHaveLength(100);
  expect(codes.at(-1)).toBe("fails_open");
});
