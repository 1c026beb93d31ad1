import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scopeFault, scopeMatches, scopePatternFault } from "./scope.ts";

describe("the grammar of scopes", () => {
  it.each([
    ["tool:crm:read", undefined, undefined],
    ["a", undefined, undefined],
    ["tool:a.b-c_d/e:F9", undefined, undefined],
    ["", "empty", "empty"],
    [":", "empty_segment", "empty_segment"],
    ["tool:", "empty_segment", "empty_segment"],
    ["tool::read", "empty_segment", "empty_segment"],
    ["tool:crm read", "character", "character"],
    ["tool:crm\n", "character", "character"],
    ["tool:сrm", "character", "character"],
    ["tool:*", "wildcard", undefined],
    ["tool:**", "wildcard", undefined],
    ["*:crm:*", "wildcard", undefined],
    ["tool:**:read", "wildcard", "wildcard"],
    ["tool:cr*", "wildcard", "wildcard"],
    ["tool:***", "wildcard", "wildcard"],
    ["a".repeat(256), undefined, undefined],
    ["a".repeat(257), "too_long", "too_long"],
    [Array(16).fill("a").join(":"), undefined, undefined],
    [Array(17).fill("a").join(":"), "too_many_segments", "too_many_segments"],
  ])("%s", (text, literal, pattern) => {
    expect(scopeFault(text)).toBe(literal);
    expect(scopePatternFault(text)).toBe(pattern);
  });
});

describe("a pattern matches nothing that it does not say", () => {
  it.each([
    ["tool:crm:read", "tool:crm:read", true],
    ["tool:crm:read", "tool:crm", false],
    ["tool:crm", "tool:crm:read", false],
    ["tool:crm:*", "tool:crm:read", true],
    ["tool:crm:*", "tool:crm:read:all", false],
    ["tool:crm:*", "tool:crm", false],
    ["tool:**", "tool:crm:read:all", true],
    ["tool:**", "tool:crm", true],
    ["tool:**", "tool", false],
    ["tool:*:read", "tool:crm:read", true],
    ["tool:*:read", "tool:crm:write", false],
    ["*:**", "tool:crm", true],
    ["**", "tool", true],
    ["tool:crm:read", "tool:crm:Read", false],
    ["tool:crm.read", "tool:crmxread", false],
  ])("%s on %s: %s", (pattern, scope, matches) => {
    expect(scopeMatches(pattern, scope)).toBe(matches);
  });

  it("equals the definition by recursion", () => {
    const naive = (pattern: readonly string[], scope: readonly string[]): boolean => {
      const [head, ...rest] = pattern;
      if (head === undefined) return scope.length === 0;
      if (head === "**" && rest.length === 0) return scope.length >= 1;
      return scope.length > 0 && (head === "*" || head === scope[0]) && naive(rest, scope.slice(1));
    };
    const segment = fc.constantFrom("a", "b");
    const pattern = fc.tuple(
      fc.array(fc.oneof(segment, fc.constant("*")), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(pattern, fc.array(segment, { minLength: 1, maxLength: 5 }), ([wanted, open], scope) => {
        const full = open ? [...wanted, "**"] : wanted;
        expect(scopeMatches(full.join(":"), scope.join(":"))).toBe(naive(full, scope));
      }),
      { numRuns: 5_000 },
    );
  });
});
