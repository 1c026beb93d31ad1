import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { glob } from "./glob.ts";

describe("whether a text fits a pattern", () => {
  it.each([
    ["", "", true],
    ["a", "", false],
    ["*", "", true],
    ["*", "abc", true],
    ["*", "a/c", false],
    ["**", "a/b/c", true],
    ["a*c", "abbbc", true],
    ["a*c", "ab/c", false],
    ["a**c", "ab/c", true],
    ["*.txt", "notes.txt", true],
    ["*.txt", "notes.txt.exe", false],
    ["*.txt", ".txt", true],
    ["?.txt", "a.txt", true],
    ["?.txt", "/.txt", false],
    ["?", "😀", true],
    ["/srv/*/log", "/srv/a/log", true],
    ["/srv/*/log", "/srv/a/b/log", false],
    ["/srv/**/log", "/srv/a/b/log", true],
    ["/srv/**/log", "/srv/log", true],
    ["/srv/**/log", "/srv/alog", false],
    ["**/log", "log", true],
    ["**/log", "a/b/log", true],
    ["**/log", "catalog", false],
    ["/srv/**", "/srv/", true],
    ["/srv/**", "/srv", false],
    ["**a*b**c", "xxa-b/yyc", true],
    ["*a*a*b", "aaab", true],
    ["a.c", "abc", false],
    ["A", "a", false],
    ["(a|b)+$^", "(a|b)+$^", true],
    ["*", "..", true],
    ["/srv/**", "/srv/..a/...", true],
    ["/srv/**", "/srv/.hidden", true],
    ["*.acme.com", "evil.io/.acme.com", false],
  ])("%s fits %j: %s", (pattern, text, answer) => {
    expect(glob(pattern, text)).toBe(answer);
  });

  it.each([
    ["[ab]", "a"],
    ["{a,b}", "a"],
    ["a\\*", "a*"],
    ["***", "a"],
    ["a".repeat(129), "a"],
    ["*", "a".repeat(4097)],
    ["/srv/**", "/srv/../etc/passwd"],
    ["/srv/**", "/srv/a/.."],
    ["/srv/**", "/srv/./a"],
    ["**/*.txt", "../a.txt"],
    ["/srv/**", "/srv/..\\..\\etc"],
    ["/srv/**", "/srv/%2e%2E/etc"],
    ["/srv/**", "/srv/.%2e%2fetc"],
  ])("%s over %j is unknown", (pattern, text) => {
    expect(glob(pattern, text)).toBeUndefined();
  });

  it("agrees with a plain search through all splits", () => {
    const pattern = fc.array(fc.constantFrom("a", "b", "/", "*", "**", "?", "**/"), { maxLength: 7 });
    const text = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 8 }).map((characters) => characters.join(""));
    fc.assert(
      fc.property(pattern, text, (parts, subject) => {
        const joined = parts.join("");
        fc.pre(!joined.includes("***"));
        expect(glob(joined, subject)).toBe(search(joined, { begins: true, text: subject }));
      }),
      { numRuns: 20_000 },
    );
  });
});

/** The definition, word by word: exponential, and plainly right. */
function search(pattern: string, at: { begins: boolean; text: string }): boolean {
  const { begins, text } = at;
  const ends = Array.from({ length: text.length + 1 }, (_, length) => length);
  if (pattern === "") return text === "";
  if (begins && pattern.startsWith("**/")) {
    const rest = pattern.slice(3);
    if (search(rest, { begins: true, text })) return true;
  }
  if (pattern.startsWith("**")) {
    return ends.some((end) => search(pattern.slice(2), { begins: false, text: text.slice(end) }));
  }
  if (pattern.startsWith("*")) {
    const slash = text.includes("/") ? text.indexOf("/") : text.length;
    return ends.some((end) => end <= slash && search(pattern.slice(1), { begins: false, text: text.slice(end) }));
  }
  if (text === "") return false;
  if (pattern.startsWith("?") ? text.startsWith("/") : pattern.charAt(0) !== text.charAt(0)) return false;
  return search(pattern.slice(1), { begins: pattern.startsWith("/"), text: text.slice(1) });
}
