import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { definitionDigest, PinnedTools } from "./tool-pins.ts";

const definition = fc.record({
  name: fc.string(),
  description: fc.option(fc.string(), { nil: undefined }),
  inputSchema: fc.dictionary(fc.string(), fc.jsonValue()),
  annotations: fc.dictionary(fc.string(), fc.boolean()),
});

/** The same value, with the members of each object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, reversed(member)]);
  return Object.fromEntries(members.reverse());
}

function nested(depth: number): object {
  let schema = {};
  for (let level = 0; level < depth; level += 1) schema = { items: schema };
  return schema;
}

function pinned(tools: number) {
  const pins = new Map<string, string>();
  const known = new PinnedTools({ pins, nameOf: (name) => `mcp:crm/${name}`, onChange: undefined });
  const list = Array.from({ length: tools }, (_, index) => ({ name: `tool${index}` }));
  return { pins, known, list };
}

describe("the digest of a definition", () => {
  it("does not depend on the order of members, nor on what is no part of it", async () => {
    await fc.assert(
      fc.asyncProperty(definition, fc.jsonValue(), async (tool, _meta) => {
        const digest = await definitionDigest(tool);
        expect(digest).toMatch(/^[0-9a-f]{64}$/);
        expect(await definitionDigest({ ...(reversed(tool) as object), _meta })).toBe(digest);
      }),
    );
  });

  it("is another for another definition", async () => {
    await fc.assert(
      fc.asyncProperty(definition, definition, async (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect((await definitionDigest(one)) === (await definitionDigest(other))).toBe(same);
      }),
    );
  });

  it.each<[string, object, object]>([
    ["the name of a member", { maximum: 1 }, { minimum: 1 }],
    ["the kind of a value", { maximum: 1 }, { maximum: "1" }],
    ["a level", { items: { maximum: 1 } }, { items: {}, maximum: 1 }],
    ["the order of a list", { enum: ["a", "b"] }, { enum: ["b", "a"] }],
    ["where a text ends", { enum: ["a", "b"] }, { enum: ['a","b'] }],
  ])("is another where only %s differs", async (_what, one, other) => {
    const digests = [one, other].map((inputSchema) => definitionDigest({ name: "read", inputSchema }));
    expect(new Set(await Promise.all(digests)).size).toBe(2);
  });

  it.each([
    ["nested deeper than the stack", { name: "read", inputSchema: nested(100_000) }],
    ["that holds what is no JSON", { name: "read", inputSchema: { maximum: 1n } }],
  ])("R2: of one %s is none, so that it is never approved", async (_what, tool) => {
    expect(await definitionDigest(tool)).toBeUndefined();
    const { known, pins } = pinned(0);
    expect(await known.admit([tool], true)).toEqual([]);
    expect(pins.size).toBe(0);
  });
});

it("R1: of a server that lists without end no more than 10,000 tools are known, and the others denied", async () => {
  const { known, pins, list } = pinned(10_001);
  expect(await known.admit(list, true)).toHaveLength(10_000);
  expect(known.isApproved("mcp:crm/tool9999")).toBe(true);
  expect(known.isApproved("mcp:crm/tool10000")).toBe(false);
  expect(pins.size).toBe(10_000);
});

/** With the members of each object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return present.map(([name, member]) => JSON.stringify([name, sorted(member)])).sort();
}
