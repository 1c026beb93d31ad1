import type { KnownContext } from "../call-context.ts";
import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { HistoryRule } from "../policy/history-rule.ts";
import type { JsonObject } from "../tool-call.ts";
import { argumentAt, valueText } from "./argument-text.ts";
import { cellName } from "./owner-key.ts";
import type { CallPlan } from "./plan-builder.ts";
import { ruleContent } from "./rule-content.ts";

/** Whose session a rule is lifted for. */
export type ExemptSession = Pick<KnownContext, "issuer" | "subject" | "session">;

/**
 * The names of the marks by which somebody has lifted a rule for a call: one for each value of the argument that it is
 * lifted by, all of them needed. `undefined` where nobody can.
 */
export function exemptionsOf(
  rule: HistoryRule<CompiledCondition>,
  context: KnownContext,
  args: JsonObject,
): readonly string[] | undefined {
  if (rule.kind === "before" || rule.declassify === undefined) return undefined;
  if (rule.declassify.length === 0) return [exemptionName(rule, context, undefined)];
  const value = argumentAt(args, rule.declassify);
  if (value === undefined) return undefined;
  const values = Array.isArray(value) ? value : [value];
  if (values.length === 0) return undefined;
  return [...new Set(values.map((each) => exemptionName(rule, context, valueText(each))))];
}

/**
 * The name of the mark that lifts a rule for a session and a value.
 *
 * INVARIANT (S5): what the rule says is part of the name, so that a rule that is rewritten under the same id is not lifted.
 */
export function exemptionName(
  rule: Exclude<HistoryRule<CompiledCondition>, { kind: "before" }>,
  { issuer, subject, session }: ExemptSession,
  value: string | undefined,
): string {
  const owner = ["session", issuer, subject, session];
  return cellName("declassified", owner, ...ruleContent(rule), value === undefined ? [] : [value]);
}

/** By which marks, and for how long after they were set, a rule is lifted. */
export interface Exemption {
  readonly names: readonly string[];
  /** Milliseconds. */
  readonly lifetime: number;
}

/**
 * The same plan where a rule asks, in place of its checks, for the marks by which it was lifted. They stand where its first
 * check stood: what is refused for several reasons is refused for the same one as ever.
 */
export function exempt(plan: CallPlan, rule: HistoryRule<CompiledCondition>, { names, lifetime }: Exemption): CallPlan {
  const { plan: before, causes } = plan;
  const lifted = causes.map((cause) => cause.kind === "rule" && cause.rule === rule);
  const first = lifted.indexOf(true);
  const since = before.now - lifetime;
  const marked = names.map((_name, index) => ({ kind: "marked", key: before.keys.length + index, since }) as const);
  const asked = marked.map(() => ({ kind: "rule", rule }) as const);
  return {
    ...plan,
    plan: {
      ...before,
      keys: [...before.keys, ...names],
      checks: before.checks.flatMap((check, index) => (index === first ? marked : lifted[index] ? [] : [check])),
    },
    causes: causes.flatMap((cause, index) => (index === first ? asked : lifted[index] ? [] : [cause])),
  };
}
