import { compileCondition } from "../../condition/compile-condition.ts";
import { ConditionError } from "../../condition/condition-error.ts";
import type { JsonObject } from "../../tool-call.ts";
import { PatternIndex } from "../pattern-index.ts";
import type { ToolModel } from "../policy-model.ts";
import { argumentSchema } from "../read-tools.ts";
import type { LintPass } from "./lint-pass.ts";
import type { LintedPolicy, LintedRule } from "./linted-policy.ts";

/** Finds conditions of grants that fit some of the tools that the grant covers, but not all. */
export const mistypedConditions: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    for (const [rule, tools] of toolsOfRules(policy)) {
      if (policy.isFull("mistyped_for_some")) return;
      const text = rule.terms?.condition ?? "";
      const faults = [...tools].flatMap((tool) => {
        const schema = argumentSchema(policy.reading, tool);
        const fault = schema === undefined ? undefined : faultOf(text, schema);
        return fault === undefined ? [] : [{ name: tool.name, fault }];
      });
      const [first] = faults;
      if (first === undefined) continue;
      const names = faults.map(({ name }) => name).join(", ");
      const message = `this can never be evaluated for ${names}: ${first.fault.message}`;
      const help = "split the entry, so that each condition asks only what its tools take";
      policy.reading.source.reportWithin([...rule.path, "when"], first.fault, {
        code: "mistyped_for_some",
        severity: "warning",
        message,
        help,
      });
    }
  },
};

/** Of each rule with a condition, the tools that can require a scope of its pattern. */
function toolsOfRules({ holders, tools }: LintedPolicy): ReadonlyMap<LintedRule, ReadonlySet<ToolModel>> {
  const index = new PatternIndex<LintedRule[]>((before, added) => {
    before?.push(...added);
    return before ?? added;
  });
  for (const { allows, denies } of holders) {
    for (const rule of [...allows, ...denies]) if (rule.applies === "sometimes") index.add(rule.pattern, [rule]);
  }
  const found = new Map<LintedRule, Set<ToolModel>>();
  for (const tool of tools) {
    for (const scope of new Set(tool.choices.flatMap(({ use }) => use))) {
      const exact = index.exact(scope);
      const rules = index.reduceWildcards(scope, [...(exact ?? [])], (before, more) => [...before, ...more]);
      for (const rule of rules) found.set(rule, (found.get(rule) ?? new Set()).add(tool));
    }
  }
  return found;
}

function faultOf(text: string, args: JsonObject): ConditionError | undefined {
  try {
    compileCondition(text, { args });
    return undefined;
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
}
