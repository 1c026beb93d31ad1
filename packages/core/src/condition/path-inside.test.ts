import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathInside } from "./path-inside.ts";

describe("whether a path lies inside a directory", () => {
  it.each([
    ["/srv/data", "/srv/data", true],
    ["/srv/data/", "/srv/data", true],
    ["/srv/data/a/b.txt", "/srv/data/", true],
    ["/srv/data2/a", "/srv/data", false],
    ["/srv/data/../secret", "/srv/data", false],
    ["/srv/data/a/../../data/b", "/srv/data", true],
    ["/srv/data/./a", "/srv/data", true],
    ["/srv///data//a", "/srv/data", true],
    ["///srv/data/a", "/srv/data", true],
    ["/srv/data/日本。txt", "/srv/data", true],
    ["/srv/data/ﬁn", "/srv/data", true],
    ["/../../srv/data/a", "/srv/data", true],
    ["/srv", "/srv/data", false],
    ["/", "/", true],
    ["/anything", "/", true],
    ["/SRV/data/a", "/srv/data", false],
    ["/srv/data/...", "/srv/data", true],
    ["/srv/data/..a", "/srv/data", true],
    ["/srv/été/a", "/srv/été", true],
  ])("%s in %s is %s", (path, directory, answer) => {
    expect(pathInside(path, directory)).toBe(answer);
  });

  it.each([
    ["a relative path", "srv/data"],
    ["a path from home", "~/data"],
    ["an empty path", ""],
    ["a backslash", "/srv/data\\..\\..\\secret"],
    ["two slashes at the start", "//srv/data/a"],
    ["full-width dots", "/srv/data/．．/secret"],
    ["a two-dot leader", "/srv/data/‥/secret"],
    ["small full stops", "/srv/data/﹒﹒/secret"],
    ["a full-width slash", "/srv/data／../secret"],
    ["a division slash", "/srv/data/..\u2215secret"],
    ["a fraction slash", "/srv/data/..\u2044secret"],
    ["a full-width backslash", "/srv/data/..＼secret"],
    ["a full-width percent sign", "/srv/data/％2e％2e/secret"],
    ["a line separator", "/srv/data/a\u2028b"],
    ["a UNC path", "\\\\srv\\data"],
    ["a device path", "\\\\?\\C:\\data"],
    ["an escaped slash", "/srv/data/..%2fsecret"],
    ["a double escape", "/srv/data/%252e%252e/secret"],
    ["an escaped dot", "/srv/data/%2e%2e/secret"],
    ["a percent sign", "/srv/data/100%"],
    ["a NUL", "/srv/data/a\0.txt"],
    ["a line break", "/srv/data/a\nb"],
    ["a zero-width joiner", "/srv/data/.\u200D./x"],
    ["a decomposed letter", "/srv/data/e\u0301"],
    ["half of a surrogate pair", "/srv/data/\ud800"],
    ["a drive", "C:/srv/data"],
    ["a URL", "file:///srv/data"],
    ["more than 4,096 characters", `/${"a".repeat(4096)}`],
  ])("%s is unknown", (_, path) => {
    expect(pathInside(path, "/srv/data")).toBeUndefined();
    expect(pathInside("/srv/data", path)).toBeUndefined();
  });

  it("agrees with the platform's own normalization", () => {
    const segment = fc.constantFrom("srv", "data", "..", ".", "", "a");
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 10 }), (segments) => {
        const path = `/${segments.join("/")}`;
        fc.pre(!/^\/\/(?!\/)/.test(path));
        const known = `${posix.resolve(path)}/`.startsWith("/srv/data/");
        expect(pathInside(path, "/srv/data")).toBe(known);
      }),
      { numRuns: 2000 },
    );
  });
});
