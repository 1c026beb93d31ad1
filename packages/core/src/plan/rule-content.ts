import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { HistoryRule, Trigger } from "../policy/history-rule.ts";
import type { OwnerKey } from "./owner-key.ts";

/**
 * What a rule over history says, save its words, as the members of a name: two rules with the same members are one rule, also
 * where the policy was loaded anew.
 */
export function ruleContent(
  rule: Exclude<HistoryRule<CompiledCondition>, { kind: "before" }>,
): readonly (string | OwnerKey)[] {
  const [triggers, targets] = rule.kind === "after" ? [rule.after, rule.targets] : [rule.members, []];
  return [
    rule.id,
    rule.kind,
    rule.per,
    String(rule.within ?? ""),
    rule.same,
    rule.condition ?? "",
    triggers.map(textOf),
    targets.map(textOf),
    rule.declassify ?? [],
  ];
}

function textOf({ kind, text }: Trigger): string {
  return `${kind}:${text}`;
}
