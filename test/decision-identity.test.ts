import { type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askDecisionPoint, splitRequest, withoutId } from "./generators/ask-decision-point.ts";
import { isLoadable, propertyRuns } from "./generators/decision-property.ts";
import { anyPolicy } from "./generators/policy-arbitrary.ts";
import { printPolicy } from "./generators/print-policy.ts";
import { anyRequest } from "./generators/request-arbitrary.ts";
import { hostileVocabulary } from "./generators/vocabulary.ts";
import { withInherited } from "./generators/with-inherited.ts";

const runs = propertyRuns * 5;
const context: CallContext = {
  subject: { id: "u", roles: ["a"], scopes: ["**"] },
  actor: { id: "bot" },
  session: "s",
};

describe("D8: a tool is its name, byte for byte", () => {
  const listed = parsePolicy(
    "{ tools: { crm_Search: { scope: tool:crm } }, policies: [{ role: a, allow: [tool:crm] }] }",
  );
  const implied = parsePolicy("policies: [{ role: a, allow: [tool:crm_Search] }]");
  const position = fc.nat("crm_Search".length);
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.constantFrom("*", "**", ":", "\u0000", "\u200b", "\u0441", "\uFF41", "\n", " "),
  );
  const alike = fc
    .tuple(position, position, piece)
    .map(([from, to, text]) => "crm_Search".slice(0, from) + text + "crm_Search".slice(to));
  const cased = fc.mixedCase(fc.constant("crm_Search"));
  const names = fc.oneof(
    alike,
    cased,
    fc.constantFrom("**", "*", "crm_Search\u0000", "tool:crm_Search", "x:crm_Search", "cr\u006D\u0307_Search"),
    fc.string(),
  );

  it.each([
    ["listed", listed],
    ["implied by its scope", implied],
  ])("no other name is let through for the one that is %s", async (_name, policy) => {
    const authorizer = createAuthorizer({ policy });
    expect(await authorizer.authorize({ tool: "crm_Search", arguments: {} }, context)).toMatchObject({ allowed: true });
    const others = names.filter((name) => name !== "crm_Search");
    const property = fc.asyncProperty(others, async (tool) => {
      expect(await authorizer.authorize({ tool, arguments: {} }, context)).toMatchObject({ allowed: false });
    });
    await fc.assert(property, { numRuns: runs });
  });

  it("a name outside the grammar is matched by no pattern", async () => {
    const authorizer = createAuthorizer({ policy: parsePolicy('policies: [{ role: a, allow: ["**"] }]') });
    const grammar = /^[A-Za-z0-9_./-]+(:[A-Za-z0-9_./-]+)*$/;
    const property = fc.asyncProperty(names, async (tool) => {
      const allowed = grammar.test(tool) && tool.length <= 128 && tool.split(":").length < 16;
      expect(await authorizer.authorize({ tool, arguments: {} }, context)).toMatchObject({ allowed });
    });
    await fc.assert(property, { numRuns: runs });
  });
});

describe("D9: nothing inherited counts", () => {
  const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
  const names = () => prototypes.map((prototype) => Reflect.ownKeys(prototype));

  it("no request changes a prototype, and none is decided by inherited names", async () => {
    const before = names();
    const property = fc.asyncProperty(anyRequest(hostileVocabulary), fc.jsonValue(), async (request, extra) => {
      const members: object = { __proto__: { polluted: true }, constructor: { prototype: { polluted: true } } };
      const poisoned = JSON.parse(
        JSON.stringify({ ...request.arguments, extra, members }).replaceAll("members", "__proto__"),
      );
      const { context: who } = splitRequest(request);
      const authorizer = createAuthorizer({ policy: parsePolicy("tools: { crm: { scope: tool:crm } }") });
      expect(await authorizer.authorize({ tool: request.tool, arguments: poisoned }, who)).toMatchObject({
        allowed: false,
      });
    });
    await fc.assert(property, { numRuns: runs });
    expect(names()).toEqual(before);
    expect("polluted" in {}).toBe(false);
  });

  it("members that somebody put on Object.prototype change no decision", async () => {
    const samples = fc.sample(
      fc.tuple(anyPolicy(hostileVocabulary).filter(isLoadable), anyRequest(hostileVocabulary)),
      runs / 10,
    );
    for (const [document, request] of samples) {
      const policy = parsePolicy(printPolicy(document));
      const before = await askDecisionPoint(policy, request);
      const members = {
        allowed: true,
        approval: true,
        demand: "x",
        approvals: [{}],
        allow: ["**"],
        effect: "allow",
        truth: true,
      };
      const after = await withInherited(members, () => askDecisionPoint(policy, request));
      expect(withoutId(after)).toEqual(withoutId(before));
    }
  });

  it.each([
    ["crm", { scope: "tool:crm" }, '{ tools: {}, policies: [{ role: a, allow: ["**"] }] }'],
    ["flag", true, 'policies: [{ role: a, allow: [{ scope: "**", when: args.flag }] }]'],
  ])("a %s that is only inherited is not there", async (name, value, text) => {
    const authorizer = createAuthorizer({ policy: parsePolicy(text) });
    const call = { tool: "crm", arguments: {} };
    expect(await authorizer.authorize(call, context)).toMatchObject({ allowed: false });
    expect(await withInherited({ [name]: value }, () => authorizer.authorize(call, context))).toMatchObject({
      allowed: false,
    });
  });
});

describe("D10: nothing is converted to be compared", () => {
  const values = [1, 0, "1", "", "true", true, false, ["1"], [1], [], { "1": true }, null];
  const literals = ["1", '"1"', "true", '""'];
  const kindOf = (value: unknown) => (Array.isArray(value) ? "list" : value === null ? "null" : typeof value);
  const literalKind: Record<string, string> = { "1": "number", '"1"': "string", true: "boolean", '""': "string" };
  const cases = literals.flatMap((literal) =>
    ["==", "!=", "<", "<=", ">", ">="].flatMap((operator) =>
      values
        .filter((value) => kindOf(value) !== literalKind[literal])
        .map((value) => [value, operator, literal] as const),
    ),
  );

  it.each(cases)("%j %s %s allows nothing, and denies what it would deny", async (value, operator, literal) => {
    const when = JSON.stringify(`args.x ${operator} ${literal}`);
    const call = { tool: "crm", arguments: { x: value } };
    const allow = createAuthorizer({
      policy: parsePolicy(`policies: [{ role: a, allow: [{ scope: tool:crm, when: ${when} }] }]`),
    });
    expect(await allow.authorize(call, context)).toMatchObject({ allowed: false, code: "condition_failed" });
    const deny = createAuthorizer({
      policy: parsePolicy(`policies: [{ role: a, allow: ["**"], deny: [{ scope: tool:crm, when: ${when} }] }]`),
    });
    expect(await deny.authorize(call, context)).toMatchObject({ allowed: false, code: "condition_failed" });
  });

  it("texts are ordered by their code points, not by the units that hold them", async () => {
    const policy = parsePolicy(
      `policies: [{ role: a, allow: ["**"], deny: [{ scope: "**", when: 'args.x >= "\uFF41"' }] }]`,
    );
    const decision = await createAuthorizer({ policy }).authorize(
      { tool: "crm", arguments: { x: "\u{1F600}" } },
      context,
    );
    expect(decision).toMatchObject({ allowed: false, code: "forbidden" });
  });
});
