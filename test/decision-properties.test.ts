import { type Decision, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askDecisionPoint, withoutId } from "./generators/ask-decision-point.ts";
import { always, asMap, mapEntries, propertyRuns } from "./generators/decision-property.ts";
import type { Entry, PolicyDocument } from "./generators/policy-document.ts";
import { printPolicy } from "./generators/print-policy.ts";
import { anyRequest } from "./generators/request-arbitrary.ts";
import { hostileVocabulary } from "./generators/vocabulary.ts";

const isDenied = (decision: Decision) => !decision.allowed && decision.code !== "approval_required";
const unknownCondition: NonNullable<Entry["when"]> = {
  kind: "==",
  left: { kind: "attribute", path: ["args", "never", "there"] },
  right: { kind: "literal", value: 1 },
};

describe("D1: what nothing allows is denied", () => {
  it.each(["", "{}", "policies: []", "version: 1", "policies: [{ role: rep }]", "agents: []", "users: []"])(
    "by a policy that allows nothing, such as %j",
    async (text) => {
      const policy = parsePolicy(text);
      const property = fc.asyncProperty(anyRequest(hostileVocabulary), async (request) => {
        expect(await askDecisionPoint(policy, request)).toMatchObject({ allowed: false });
      });
      await fc.assert(property, { numRuns: propertyRuns / 5 });
    },
  );

  it("by any policy from which the allows of roles and users were taken", () =>
    always(async (policy, request) => {
      const bare = { ...mapEntries(policy, ({ deny }) => ({ allow: [], deny })), agents: policy.agents };
      expect(await askDecisionPoint(bare, request)).toMatchObject({ allowed: false });
      return (await askDecisionPoint(policy, request)).allowed;
    }));
});

describe("D2: rules are a set", () => {
  it("neither their order nor their number changes the decision or the rules that are named", () =>
    always(async (policy, request, numbers) => {
      const shuffle = <T>(list: readonly T[] = []): T[] =>
        list
          .map((value) => [Number(numbers.next().value), value] as const)
          .sort(([left], [right]) => left - right)
          .map(([, value]) => value);
      const again = <T>(list: readonly T[] = []) => shuffle([...list, ...list.slice(0, 2)]);
      const other = mapEntries(policy, ({ allow, deny }) => ({ allow: again(allow), deny: again(deny) }));
      const { policies, users, agents } = other;
      const mixed = { ...other, policies: shuffle(policies), users: shuffle(users), agents: agents && shuffle(agents) };
      const before = await askDecisionPoint(policy, request);
      expect(determined(await askDecisionPoint(mixed, request))).toEqual(determined(before));
      return before.rule !== undefined;
    }));
});

/** What was decided and by which rules, as sets where the order says nothing. */
function determined(decision: Decision) {
  const { allowed, rule } = decision;
  if (!decision.allowed) return { allowed, rule, code: decision.code };
  const duties = new Set(decision.obligations.map(({ id, type }) => `${id} ${type}`));
  return { allowed, rule, duties, degraded: new Set(decision.degraded) };
}

/** Without rules on arguments, which would give a file with a condition on an unknown one no way in. */
function freely(policy: PolicyDocument): PolicyDocument {
  const tools = Object.entries(policy.tools ?? {}).map(([name, tool]) => [name, { ...tool, arguments: undefined }]);
  return { ...policy, tools: policy.tools && Object.fromEntries(tools) };
}

describe("D3: unknown is not false", () => {
  it("a further deny whose condition cannot be evaluated denies, whoever holds it", () =>
    always(async (document, request) => {
      const policy = freely(document);
      const before = await askDecisionPoint(policy, request);
      const doubtful = { scope: "**", when: unknownCondition };
      for (const role of new Set(request.subject.roles)) {
        const widened = policy.policies?.map((entry) =>
          entry.role === role ? { ...entry, deny: [...(entry.deny ?? []), doubtful] } : entry,
        );
        const known = policy.policies?.some((entry) => entry.role === role) ?? false;
        if (known) expect(isDenied(await askDecisionPoint({ ...policy, policies: widened }, request))).toBe(true);
      }
      const ceiling = { agent: request.actor.id, allow: ["**"], deny: [doubtful] };
      const others = (policy.agents ?? []).filter((entry) => !("agent" in entry) || entry.agent !== request.actor.id);
      expect(isDenied(await askDecisionPoint({ ...policy, agents: [...others, ceiling] }, request))).toBe(true);
      const user = { user: request.subject.id, deny: [doubtful] };
      const users = (policy.users ?? []).filter((entry) => entry.user !== request.subject.id);
      expect(isDenied(await askDecisionPoint({ ...policy, users: [...users, user] }, request))).toBe(true);
      return before.allowed;
    }));

  it("an allow whose condition cannot be evaluated allows nothing", () =>
    always(async (document, request) => {
      const policy = freely(document);
      const doubt = (entry: string | Entry) => ({ ...asMap(entry), when: unknownCondition });
      const doubtful = mapEntries(policy, ({ allow = [], deny }) => ({ allow: allow.map(doubt), deny }));
      expect(isDenied(await askDecisionPoint(doubtful, request))).toBe(true);
      return (await askDecisionPoint(policy, request)).allowed;
    }));

  it("a deny that fails open changes no decision, and every permit that passed it over says so", () =>
    always(async (document, request) => {
      const policy = freely(document);
      const before = await askDecisionPoint(policy, request);
      const opens: Entry = { scope: "**", when: unknownCondition, fail: "open" };
      const role = request.subject.roles.find((name) => policy.policies?.some((entry) => entry.role === name));
      const widened = policy.policies?.map((entry) =>
        entry.role === role
          ? { ...entry, allow: ["**", ...(entry.allow ?? [])], deny: [...(entry.deny ?? []), opens] }
          : entry,
      );
      const after = await askDecisionPoint({ ...policy, policies: widened }, request);
      if (before.allowed) expect(after.allowed).toBe(true);
      if (after.allowed && role !== undefined) expect(after.degraded).toContain(`role:${role} deny **`);
      return after.allowed && role !== undefined;
    }));
});

describe("D5: the same question has the same answer", () => {
  it("from two decision points, and from one asked twice", () =>
    always(async (policy, request) => {
      const first = await askDecisionPoint(policy, request);
      const compiled = parsePolicy(printPolicy(policy));
      for (const again of [await askDecisionPoint(compiled, request), await askDecisionPoint(compiled, request)])
        expect(withoutId(again)).toEqual(withoutId(first));
      return true;
    }));
});
