import { describe, expect, it } from "vitest";
import { askDecisionPoint } from "./generators/ask-decision-point.ts";
import { always, asMap, mapEntries } from "./generators/decision-property.ts";
import type { Entries, Entry, PolicyDocument, Request } from "./generators/policy-document.ts";

type Case = readonly [PolicyDocument, Request];
/** A case and one that says no to more. `pick` is any number from 0 on. */
type Narrowing = (policy: PolicyDocument, request: Request, pick: number) => readonly [Case, Case];

const without = <T>(list: readonly T[], pick: number) => list.filter((_, place) => place !== pick % list.length);

function narrowEntries(change: (entries: Entries, pick: number) => Entries): Narrowing {
  return (policy, request, pick) => [
    [policy, request],
    [mapEntries(policy, (entries) => change(entries, pick)), request],
  ];
}

function narrowSubject(change: (subject: Request["subject"], pick: number) => Request["subject"]): Narrowing {
  return (policy, request, pick) => {
    const deaf = withoutSubject(policy);
    return [
      [deaf, request],
      [deaf, { ...request, subject: change(request.subject, pick) }],
    ];
  };
}

/** A rule that asks for roles or scopes may say yes because one is not there, and a role's denies go with it. */
function withoutSubject(policy: PolicyDocument): PolicyDocument {
  const quiet = (entries: readonly (string | Entry)[] = []) =>
    entries
      .map(asMap)
      .map((entry) => (JSON.stringify(entry.when)?.includes("subject") ? { scope: entry.scope } : entry));
  const plain = mapEntries(policy, ({ allow, deny }) => ({ allow: quiet(allow), deny: quiet(deny) }));
  const policies = plain.policies?.map(({ role, allow }) => ({ role, allow }));
  return { ...plain, policies, tools: undefined };
}

/** An allow that may demand something is a requirement as well: without it, what could not be known may be permitted. */
function withKnownDemands(policy: PolicyDocument): PolicyDocument {
  const known = (entry: string | Entry): string | Entry => {
    if (typeof entry === "string" || (entry.approval !== true && entry.obligations === undefined)) return entry;
    return { ...entry, when: undefined };
  };
  return mapEntries(policy, ({ allow = [], deny }) => ({ allow: allow.map(known), deny }));
}

const narrowings: readonly [string, Narrowing][] = [
  ["a deny more", narrowEntries(({ allow, deny = [] }) => ({ allow, deny: [...deny, "tool:crm:*"] }))],
  ["an allow less", narrowEntries(({ allow = [], deny }, pick) => ({ allow: without(allow, pick), deny }))],
  [
    "one scope of the credential less",
    narrowSubject((subject, pick) => ({ ...subject, scopes: without(subject.scopes, pick) })),
  ],
  ["one role less", narrowSubject((subject, pick) => ({ ...subject, roles: without(subject.roles, pick) }))],
  [
    "a task that was given less",
    (policy, request, pick) => {
      const grant = request.grant ? without(request.grant, pick) : ["tool:crm:*"];
      return [
        [policy, request],
        [policy, { ...request, grant }],
      ];
    },
  ],
  [
    "a ceiling that is lower",
    (policy, request, pick) => {
      const lower = <T extends Entries>(entry: T): T => ({ ...entry, allow: without(entry.allow ?? [], pick) });
      const agents = policy.agents?.map(lower) ?? [{ agent: "bot", allow: ["tool:crm:*"] }];
      return [
        [policy, request],
        [{ ...policy, agents }, request],
      ];
    },
  ],
];

describe("D4: saying no to more permits nothing more", () => {
  it.each(narrowings)("%s takes permits away, and never turns a denial into one", async (_name, narrow) => {
    let fewer = 0;
    await always(async (policy, request, numbers) => {
      const cases = narrow(withKnownDemands(policy), request, Number(numbers.next().value));
      const [before, after] = await Promise.all(cases.map((each) => askDecisionPoint(...each)));
      if (before === undefined || after === undefined) return expect.unreachable();
      if (before.allowed && !after.allowed) fewer += 1;
      // Approval is an answer of its own: without the rule that asks for it another may grant.
      const denied = !before.allowed && before.code !== "approval_required";
      if (denied) expect(after.allowed, cases.map((each) => JSON.stringify(each)).join("\n")).toBe(false);
      return denied;
    });
    expect(fewer, "nothing was narrowed").toBeGreaterThan(0);
  });
});
