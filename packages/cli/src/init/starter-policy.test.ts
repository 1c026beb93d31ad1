import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthorizer, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OfferedTool, readToolList } from "./offered-tool.ts";
import { ScopeNaming } from "./scope-of-tool.ts";
import { writeStarterPolicy } from "./starter-policy.ts";

const fixture: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/tools.json"), "utf8"));

/** What a person does with the file: everything that is offered in a comment becomes part of it. */
function uncommented(text: string): string {
  const [head = "", roles = ""] = text.split("\npolicies:\n");
  return `${head}\npolicies:\n${roles.replace(/^( *)# (?=allow:| {2}- |agents:|budgets:| {4}allow:)/gm, "$1")}`;
}

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom("\n", "\r", "#", "'", '"', ":", "-", "\\", "\u001b", "\u202e", "\ud800", "é", "a"),
  }),
  fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,128}$/),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "null",
    "true",
    "0x10",
    "1e3",
    "~",
    "---",
    "a",
    "A",
    "a_b",
    "aB",
    "",
    "::",
  ),
);
const tool: fc.Arbitrary<OfferedTool> = fc.record({
  name: hostile,
  description: fc.option(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 900 })), { nil: undefined }),
  properties: fc.option(fc.array(hostile, { maxLength: 8 }), { nil: undefined }),
  saysReadOnly: fc.boolean(),
});

describe("a starter policy", () => {
  it("is valid and allows nothing, whatever the tools are called and say of themselves", () => {
    fc.assert(
      fc.property(fc.array(tool, { maxLength: 30 }), hostile, (tools, origin) => {
        const { text, governed, ungovernable } = writeStarterPolicy({ tools, origin });
        const policy = parsePolicy(text);
        const valid = new Set(tools.map(({ name }) => name).filter((name) => !ungovernable.includes(name)));
        expect(new Set(policy.tools?.keys())).toEqual(valid);
        expect(governed).toBe(valid.size);
        expect([...policy.roles.values()].map(({ size }) => size)).toEqual([0]);
        expect(policy.ceilings).toBeUndefined();
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      }),
      { numRuns: 500 },
    );
  });

  it("stays valid when every line that it offers is uncommented, and then permits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tool, { maxLength: 30 }), async (tools) => {
        const policy = parsePolicy(uncommented(writeStarterPolicy({ tools, origin: "x", server: "crm" }).text));
        expect(policy.budgets).toHaveLength(1);
        expect(policy.ceilings?.agents.size).toBe(1);
        const authorizer = createAuthorizer({ policy });
        const subject = { id: "u", roles: ["user"], scopes: ["tool:**"] };
        const context = { subject, actor: { id: "my-agent" }, session: "s" };
        for (const [name, { choices }] of policy.tools ?? []) {
          expect(choices).toHaveLength(1);
          const { allowed } = await authorizer.authorize({ tool: name, arguments: {} }, context);
          expect(allowed).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ["10,000 tools", "crm_search_deals_", ["query"], 10_000, 0],
    ["more than a policy can hold", "x".repeat(110), ["query"], 10_000, 10_000],
  ])("with %s is valid, and says what did not fit", (_name, prefix, properties, count, atMostLeft) => {
    const description = "It searches deals. ".repeat(20);
    const tools = Array.from({ length: count }, (_, index) => {
      return { name: `${prefix}${index}`, description, properties, saysReadOnly: false };
    });
    const { text, governed, left } = writeStarterPolicy({ tools, origin: "x" });
    expect(parsePolicy(text).tools?.size).toBe(governed);
    expect(governed + left).toBe(count);
    expect(left).toBeLessThanOrEqual(atMostLeft);
    expect(left > 0).toBe(text.includes(`${left} more tools are left out`));
  });

  it("says what a server claims as claims, and what cannot be governed as that", () => {
    const { text } = writeStarterPolicy({ tools: readToolList(fixture), origin: "tools.json" });
    expect(text).toContain(`  # "Search the deals of the CRM."
  # The server says that it only reads. Annotations are claims, not grants.
  crm_search_deals:
    scope: tool:crm:search:deals
    arguments: [query, quarter, limit]
`);
    expect(text).toContain(
      '# Not governable: no policy can hold these names. Calls of these tools are denied:\n#   "send to slack"',
    );
    expect(text).toContain("    # allow:\n    #   - tool:crm:search:deals # says that it only reads\n");
    expect(text).toContain('    #   - "tool:crm:**"\n');
  });

  it("closes each tool to the arguments of its schema, and leaves open what the schema leaves open", () => {
    const { text } = writeStarterPolicy({ tools: readToolList(fixture), origin: "tools.json" });
    expect(text).toContain("    arguments: [title, from, x-zone]\n");
    expect(text).toContain("  ping:\n    scope: tool:ping\n    arguments: []\n");
    const tools = [
      { name: "open", description: undefined, properties: undefined, saysReadOnly: false },
      {
        name: "odd",
        description: undefined,
        properties: ["a b", 'q"', "\u200b", "__proto__", "ö", "a b"],
        saysReadOnly: false,
      },
      {
        name: "wide",
        description: undefined,
        properties: Array.from({ length: 300 }, (_, index) => `a${index}`),
        saysReadOnly: false,
      },
    ];
    const policy = parsePolicy(writeStarterPolicy({ tools, origin: "x" }).text);
    const schemas = ["open", "odd", "wide"].map((name) => policy.tools?.get(name)?.arguments?.schema);
    expect(schemas[0]).toBeUndefined();
    expect(Object.keys(schemas[1]?.["properties"] ?? {})).toEqual(["a b", 'q"', "ö"]);
    expect(Object.keys(schemas[2]?.["properties"] ?? {})).toHaveLength(256);
  });

  it("says that a name was offered twice, and that the first counts", () => {
    const tools = readToolList([
      { name: "a", description: "one" },
      { name: "a", description: "two" },
    ]);
    const { text, governed } = writeStarterPolicy({ tools, origin: "x" });
    expect(governed).toBe(1);
    expect(text).toContain('Nobody can tell which of them a call means:\n#   "a"');
    expect(text).not.toContain('"two"');
  });

  it("lets no description speak to an editor or a terminal", () => {
    const description = "yaml-language-server: $schema=https://evil.example\u001b[2J\nscope: x";
    const tools = [{ name: "a", description, properties: ["b\n  - role: root"], saysReadOnly: false }];
    const { text } = writeStarterPolicy({ tools, origin: "o\npolicies:" });
    expect(text).toContain('  # "yaml-language-server: $schema=https://evil.example\\u001b[2J"\n');
    expect(text).not.toMatch(/^ *# *yaml-language-server/m);
  });
});

describe("a scope is made of the words of the tool's name", () => {
  it.each([
    ["email_send_external", undefined, "tool:email:send:external"],
    ["emailSendExternal", undefined, "tool:email:send:external"],
    ["getHTTPData", undefined, "tool:get:httpdata"],
    ["files/read", undefined, "tool:files:read"],
    ["tool:crm:read", undefined, "tool:tool:crm:read"],
    ["search_deals", "crm", "tool:crm:search:deals"],
    ["crm_search_deals", "crm", "tool:crm:search:deals"],
    ["CRM-search", "crm", "tool:crm:search"],
    ["--", undefined, "tool:--"],
    ["::", undefined, "tool:.."],
    ["a_b_c_d_e_f_g_h_i_j_k_l_m_n_o_p_q", undefined, "tool:a:b:c:d:e:f:g:h:i:j:k:l:m:n:o_p_q"],
  ])("%s of %s is %s", (name, server, scope) => {
    expect(new ScopeNaming(server).next(name)).toBe(scope);
  });

  it("and no two tools get the same", () => {
    const naming = new ScopeNaming(undefined);
    expect(["a_b", "aB", "a.b", "a_b-2"].map((name) => naming.next(name))).toEqual([
      "tool:a:b",
      "tool:a:b-2",
      "tool:a:b-3",
      "tool:a:b:2",
    ]);
  });
});

describe("a list of tools is read", () => {
  const functions = [
    { type: "function", function: { name: "f", description: "d", parameters: { properties: { x: {} } } } },
  ];
  it.each<[string, unknown, readonly OfferedTool[]]>([
    [
      "as a bare list",
      [{ name: "f" }],
      [{ name: "f", description: undefined, properties: undefined, saysReadOnly: false }],
    ],
    [
      "as an answer on the wire",
      { jsonrpc: "2.0", result: { tools: [{ name: "f", annotations: { readOnlyHint: true } }] } },
      [{ name: "f", description: undefined, properties: undefined, saysReadOnly: true }],
    ],
    ["as OpenAI's functions", functions, [{ name: "f", description: "d", properties: ["x"], saysReadOnly: false }]],
    [
      "with a schema that closes nothing",
      [{ name: "f", inputSchema: { properties: {}, additionalProperties: {} } }],
      [{ name: "f", description: undefined, properties: undefined, saysReadOnly: false }],
    ],
    [
      "with a schema without arguments",
      [{ name: "f", inputSchema: { properties: {} } }],
      [{ name: "f", description: undefined, properties: [], saysReadOnly: false }],
    ],
    [
      "with members of the wrong type",
      [{ name: "f", description: 1, inputSchema: [], annotations: { readOnlyHint: "true" } }],
      [{ name: "f", description: undefined, properties: undefined, saysReadOnly: false }],
    ],
  ])("%s", (_name, data, tools) => {
    expect(readToolList(data)).toEqual(tools);
  });

  it.each<[unknown, string]>([
    [null, "this is no list of tools"],
    [{ tool: [] }, "this is no list of tools"],
    [[{ name: "a" }, { title: "b" }], "entry 2 of the list is no tool: it has no name"],
    [JSON.parse('[{ "__proto__": { "name": "a" } }]'), "entry 1 of the list is no tool"],
  ])("%j is refused: %s", (data, message) => {
    expect(() => readToolList(data)).toThrow(message);
  });
});
