import fc from "fast-check";
import type {
  Budget,
  CallLimit,
  HistoryRule,
  Owner,
  PricedTool,
  Runaway,
  StatefulDocument,
} from "./stateful-document.ts";

const names = ["read", "write", "mail", "look", "pay"] as const;
const scopes = ["tool:crm:read", "tool:crm:write", "tool:mail:send", "tool:mail:read", "tool:pay"];
const labels = ["private-data", "untrusted-content", "external-communication"];
const seconds = 1_000;
const owner = fc.constantFrom<Owner>("session", "session", "user", "agent", "tenant");
const scope = fc.constantFrom(...scopes, "tool:crm:*", "tool:mail:**");
const named = fc.constantFrom(...scopes, "tool:crm:*", "tool:mail:**", ...labels.map((label) => `label:${label}`));
const span = fc.constantFrom(10 * seconds, 60 * seconds);

const tool: fc.Arbitrary<PricedTool> = fc.record({
  scope: fc.uniqueArray(fc.constantFrom(...scopes), { minLength: 1, maxLength: 2 }),
  labels: fc.uniqueArray(fc.constantFrom(...labels), { maxLength: 2 }),
  cost: fc.constantFrom("0", "0.3", "1", "1.000001", "2.5"),
});

function sometimes<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

function some(maxLength: number, minLength = 1) {
  return fc.uniqueArray(named, { minLength, maxLength });
}

const rule: fc.Arbitrary<Omit<HistoryRule, "id">> = fc.record({
  kind: fc.oneof<fc.Arbitrary<HistoryRule["kind"]>[]>(
    fc.record({ after: some(3), deny: some(2) }),
    fc.record({ after: some(2), on: some(2) }),
    fc.record({ together: some(3, 2), approval: fc.boolean() }),
    fc.record({ before: named, require: named }),
  ),
  within: fc.option(span, { nil: undefined }),
  per: fc.option(owner, { nil: undefined }),
  same: sometimes(fc.constant("k")),
  when: sometimes(fc.record({ above: fc.constantFrom(0, 1) })),
});

const limit: fc.Arbitrary<Omit<CallLimit, "id">> = fc.record({
  per: fc.uniqueArray(
    fc.oneof({ weight: 3, arbitrary: owner }, { weight: 1, arbitrary: fc.constant("tool" as const) }),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
  scope: sometimes(scope),
  tool: sometimes(fc.constantFrom(...names)),
  at: fc.oneof(
    fc.record({ max: fc.integer({ min: 1, max: 3 }), window: span }),
    fc.record({ concurrent: fc.integer({ min: 1, max: 2 }) }),
  ),
});

const budget: fc.Arbitrary<Omit<Budget, "id">> = fc.record({
  per: owner,
  scope: fc.option(scope, { nil: undefined }),
  limit: fc.constantFrom("2", "3.3", "4.000001", "6"),
  over: fc.oneof(
    fc.constantFrom("hour" as const, "day" as const, "week" as const, "month" as const, "lifetime" as const),
    fc.record({ rolling: fc.constantFrom(10 * seconds, 7_777 * seconds) }),
  ),
});

const runaway: fc.Arbitrary<Runaway> = fc.record({
  identical: fc.option(fc.record({ max: fc.integer({ min: 1, max: 3 }), window: span }), { nil: undefined }),
  failures: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
  denials: fc.option(fc.integer({ min: 2, max: 4 }), { nil: undefined }),
  cycles: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
  cooldown: fc.option(fc.constantFrom(5 * seconds, 60 * seconds), { nil: undefined }),
});

/** Policies in which state decides. */
export const anyStatefulPolicy: fc.Arbitrary<StatefulDocument> = fc.record({
  timezone: fc.constantFrom("America/New_York", "Australia/Lord_Howe", "UTC"),
  tools: fc
    .tuple(...names.map((name) => tool.map((each) => [name, each] as const)))
    .map((entries) => Object.fromEntries(entries)),
  forbidden: fc.oneof({ weight: 3, arbitrary: fc.constant("tool:none") }, fc.constantFrom(...scopes)),
  rules: numbered("rule", rule),
  trifecta: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  limits: numbered("limit", limit),
  budgets: numbered("budget", budget),
  runaway: fc.option(runaway, { nil: undefined, freq: 2 }),
});

/** None, often, so that what else is in the policy comes into its own. */
function numbered<Entry extends object>(kind: string, entry: fc.Arbitrary<Entry>) {
  return fc
    .oneof(
      { weight: 1, arbitrary: fc.constant<Entry[]>([]) },
      { weight: 2, arbitrary: fc.array(entry, { minLength: 1, maxLength: 3 }) },
    )
    .map((entries) => entries.map((each, place) => ({ ...each, id: `${kind}-${place}` })));
}

/** All spans of time that a policy names, in milliseconds. */
export function spansOf({ rules, limits, budgets, runaway }: StatefulDocument): readonly number[] {
  return [
    ...rules.map(({ within }) => within),
    ...limits.map(({ at }) => ("max" in at ? at.window : undefined)),
    ...budgets.map(({ over }) => (typeof over === "string" ? undefined : over.rolling)),
    runaway?.identical?.window,
    ...(runaway === undefined ? [] : [runaway.cooldown ?? 600 * seconds]),
  ].filter((each) => each !== undefined);
}

/** A policy as the text of a policy file. */
export function printStatefulPolicy(policy: StatefulDocument): string {
  const { timezone, tools, forbidden, runaway } = policy;
  return JSON.stringify({
    timezone,
    tools,
    policies: [{ role: "rep", allow: ["tool:**"], deny: [forbidden] }],
    rules: policy.rules.map(({ kind, within, same, when, ...rule }) => ({
      ...rule,
      ...("approval" in kind ? { together: kind.together } : kind),
      ...("on" in kind || ("approval" in kind && kind.approval) ? { require: "approval" } : {}),
      within: duration(within),
      same: same === undefined ? undefined : `args.${same}`,
      when: when === undefined ? undefined : `args.n > ${when.above}`,
    })),
    packs: policy.trifecta ? ["lethal-trifecta"] : [],
    limits: policy.limits.map(({ at, ...limit }) => ({
      ...limit,
      ...("max" in at ? { max: at.max, window: duration(at.window) } : at),
    })),
    budgets: policy.budgets.map(({ over, ...budget }) => ({
      ...budget,
      ...(typeof over === "string" ? { window: over } : { rolling: duration(over.rolling) }),
    })),
    runaway: runaway && {
      ...runaway,
      identical: runaway.identical && { max: runaway.identical.max, window: duration(runaway.identical.window) },
      cooldown: duration(runaway.cooldown),
    },
  });
}

function duration(span: number | undefined): string | undefined {
  return span === undefined ? undefined : `${span / seconds}s`;
}
