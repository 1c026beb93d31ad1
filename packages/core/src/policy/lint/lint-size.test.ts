import { afterEach, expect, it, vi } from "vitest";
import { checkPolicy } from "../check-policy.ts";
import { PatternIndex } from "../pattern-index.ts";
import { PatternCover } from "./pattern-cover.ts";
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

/** How often patterns are put away and looked up while a text is checked, and how much is found in all look-ups. */
function steps(text: string): number {
  const calls = [
    vi.spyOn(PatternIndex.prototype, "add"),
    vi.spyOn(PatternIndex.prototype, "exact"),
    vi.spyOn(PatternIndex.prototype, "reduceWildcards"),
    vi.spyOn(PatternOverlap.prototype, "meets"),
  ];
  const matching = vi.spyOn(PatternCover.prototype, "matching");
  checkPolicy(text);
  const found = matching.mock.results.map(({ value }) => (Array.isArray(value) ? value.length : 0));
  const count = [...calls.map((spy) => spy.mock.calls.length), ...found].reduce((sum, number) => sum + number, 0);
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
