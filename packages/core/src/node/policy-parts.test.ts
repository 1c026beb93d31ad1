import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { CompiledTexts } from "../policy/compiled-texts.ts";
import { parseModel } from "../policy/parse-policy.ts";
import type { PolicyModel, RuleModel } from "../policy/policy-model.ts";
import { joinModel, splitModel } from "./policy-parts.ts";

const article = readFileSync(join(import.meta.dirname, "../policy/fixtures/seed-policy.yaml"), "utf8");
const model = parseModel(
  `${article}
users: [{ user: u1, issuer: i, deny: [tool:a] }]
agents: [{ tier: api, allow: ["tool:**"] }]
`,
  {},
  new CompiledTexts(),
);

/** As another thread sees it. */
function sent(whole: PolicyModel): { readonly joined: PolicyModel; readonly largest: number } {
  const parts = [...splitModel(whole)].map((part) => structuredClone(part));
  const joining = joinModel(parts);
  for (;;) {
    const step = joining.next();
    if (step.done !== true) continue;
    const sizes = parts.map((part) => (part.part === "scopes" ? part.patterns.length : 1));
    return { joined: step.value, largest: Math.max(...sizes) };
  }
}

it("a model is the same after it was sent in parts", () => {
  expect(sent(model).joined).toEqual(model);
});

it("any rules arrive in their order, whatever they say, a few in each part", () => {
  const terms = {
    condition: "args.a < 1",
    message: "m",
    hint: undefined,
    approval: true,
    obligations: [],
    failsOpen: false,
  };
  const rule = fc.record<RuleModel>({
    effect: fc.constantFrom("allow", "deny"),
    pattern: fc.constantFrom("tool:a", "tool:b:*", "tool:**"),
    line: fc.nat(),
    terms: fc.constantFrom(undefined, undefined, undefined, terms),
  });
  fc.assert(
    fc.property(fc.array(fc.array(rule, { maxLength: 200 })), (lists) => {
      const holders = lists.map((rules, index) => ({
        kind: "role" as const,
        name: `r${index}`,
        issuer: undefined,
        rules,
      }));
      const { joined, largest } = sent({ ...model, holders });
      expect(joined.holders).toEqual(holders);
      expect(largest).toBeLessThanOrEqual(50);
    }),
  );
});

it.each([undefined, []])("a file without tools and one with an empty list stay apart: %j", (tools) => {
  expect(sent({ ...model, tools }).joined.tools).toEqual(tools);
});
