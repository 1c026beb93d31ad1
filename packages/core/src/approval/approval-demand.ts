import { canonicalJson } from "../canonical-json.ts";
import type { CompiledCondition } from "../condition/compile-condition.ts";
import { cellName } from "../plan/owner-key.ts";
import { ruleContent } from "../plan/rule-content.ts";
import type { HistoryRule } from "../policy/history-rule.ts";
import type { ScopeRule } from "../policy/scope-rule.ts";

/**
 * What demands an approval, as injective text. An approval satisfies one demand.
 *
 * INVARIANT (A1, A4): all that the rule says is part of it, so that a rule that is rewritten demands anew.
 */
export type ApprovalDemand = string;

/** The demand that an allow makes for one of the required scopes. */
export function grantDemand({ holder, effect, pattern, terms }: ScopeRule, scope: string): ApprovalDemand {
  const { condition, message, hint, obligations = [] } = terms ?? {};
  const duties = obligations.map(({ id, type, properties }) => canonicalJson([id, type, properties ?? null]));
  return cellName("grant", holder, effect, pattern, some(condition), some(message), some(hint), duties, scope);
}

/** The demand that a rule over history makes. */
export function ruleDemand(rule: Exclude<HistoryRule<CompiledCondition>, { kind: "before" }>): ApprovalDemand {
  return cellName("rule", rule.effect, ...ruleContent(rule), some(rule.message), some(rule.hint));
}

function some(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}
