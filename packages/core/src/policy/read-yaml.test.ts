import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { policyLimits } from "./policy-limits.ts";
import { PolicySource } from "./policy-source.ts";
import { readYaml } from "./read-yaml.ts";

const options = {
  version: "1.2",
  schema: "core",
  merge: false,
  stringKeys: true,
  uniqueKeys: true,
  prettyErrors: false,
} as const;

function read(text: string) {
  const source = new PolicySource(text, "policy");
  const data = readYaml(source, policyLimits.bytes);
  return { source, data, codes: source.diagnostics.map(({ code }) => code) };
}

const piece = fc.constantFrom(
  ..."a b 1 ~ true : - ? [ ] { } , | > ' \" # & * ! % --- ... \t".split(" "),
  " ",
  "  ",
  "\n",
  "\n",
  "\r\n",
  "\n  ",
  ": ",
  "- ",
  "a: ",
  "b: ",
  "a: 1\n",
);

it("any text is read as the library reads it, or refused; what the library refuses is refused", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      const { data, codes } = read(text);
      const document = parseDocument(text, options);
      if (document.errors.length > 0) expect(codes).not.toEqual([]);
      if (codes.length > 0) return;
      accepted += 1;
      expect(data ?? null).toEqual(document.toJS() ?? null);
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

describe("reading ends early", () => {
  it.each([
    ["commas", `a: [${",".repeat(1_000_000)}`, "syntax"],
    ["brackets that nothing opened", "]".repeat(1_000_000), "syntax"],
    ["directives", "%a\n".repeat(300_000), "unsupported_yaml"],
    ["aliases", `a: [${"*a,".repeat(10_000)}]`, "unsupported_yaml"],
    ["keys that stand twice", "a: 1\n".repeat(10_000), "duplicate_key"],
  ])("with a hundred diagnostics, however many %s there are", (_name, text, code) => {
    const { codes } = read(text);
    expect(codes).toHaveLength(100);
    expect(new Set(codes)).toEqual(new Set([code]));
  });

  it.each([
    [
      "maps in maps",
      (depth: number) => Array.from({ length: depth }, (_, index) => `${" ".repeat(index)}a:`).join("\n"),
    ],
    ["lists in lists", (depth: number) => "- ".repeat(depth)],
    ["brackets in brackets", (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`],
    ["pairs in lists", (depth: number) => `${"[a: ".repeat(depth / 2)}${"]".repeat(depth / 2)}`],
  ])("where %s are deeper than allowed", (_name, nested) => {
    expect(read(nested(policyLimits.depth - 2)).codes).toEqual([]);
    for (const depth of [policyLimits.depth + 2, 2_000]) expect(read(nested(depth)).codes).toEqual(["too_deep"]);
  });

  it("at an alias of aliases, which is not expanded", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`);
    expect(new Set(read(`a: &a-1 [x]\n${lines.join("\n")}`).codes)).toEqual(new Set(["unsupported_yaml"]));
  });
});

describe("places in a large map", () => {
  const text = Array.from({ length: 1_000 }, (_, index) => `key${index}: { inner: ${index} }\n`).join("");

  it("are those of its keys and values", () => {
    const { source } = read(text);
    for (const index of [0, 11, 500, 999]) {
      expect(source.lineOf([`key${index}`, "inner"])).toBe(index + 1);
      expect(source.written([`key${index}`, "inner"])).toBe(String(index));
      expect(source.has([`key${index}`])).toBe(true);
    }
    expect(source.has(["key1000"])).toBe(false);
    expect(source.has(["toString"])).toBe(false);
    source.reportKey([], "key700", { code: "unknown_key", message: "unknown" });
    expect(source.diagnostics).toMatchObject([{ line: 701, column: 1, length: 6 }]);
  });
});
