import { compileCondition } from "../../condition/compile-condition.ts";
import { ConditionError } from "../../condition/condition-error.ts";
import type { JsonObject } from "../../tool-call.ts";
import { argumentSchema } from "../tool-schemas.ts";
import type { LintPass } from "./lint-pass.ts";
import type { LintedHolder, LintedPolicy, LintedRule } from "./linted-policy.ts";
import { PatternCover } from "./pattern-cover.ts";

/** Finds conditions of grants that fit some of the tools that the grant covers, but not all. */
export const mistypedConditions: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const tools = describedTools(policy);
    let compiled = 0;
    for (const [rule, described] of toolsOfRules(policy.holders, tools)) {
      compiled += described.length;
      if (compiled > maximumCompiled || policy.isFull("mistyped_for_some")) return;
      const text = rule.terms?.condition ?? "";
      const faults = described.flatMap(({ name, schema }) => {
        const fault = faultOf(text, schema);
        return fault === undefined ? [] : [{ name, fault }];
      });
      const [first] = faults;
      if (first === undefined) continue;
      const names = faults.map(({ name }) => name).join(", ");
      const message = `this can never be evaluated for ${names}: ${first.fault.message}`;
      const help = "split the entry, so that each condition asks only what its tools take";
      policy.warnWithin([...rule.path, "when"], first.fault, { code: "mistyped_for_some", message, help });
    }
  },
};

/** How many conditions are compiled at most, each once for every tool that it may be asked for. */
const maximumCompiled = 100_000;

/** A tool of which it is known what arguments it takes. */
interface DescribedTool {
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
  readonly schema: JsonObject;
}

function describedTools({ tools, reading }: LintedPolicy): DescribedTool[] {
  return tools.flatMap((tool) => {
    const schema = argumentSchema(reading.toolSchemas, tool);
    if (schema === undefined) return [];
    return [{ name: tool.name, scopes: new Set(tool.choices.flatMap(({ use }) => use)), schema }];
  });
}

/** Of each rule with a condition, the tools that can require a scope of its pattern. */
function toolsOfRules(
  holders: readonly LintedHolder[],
  tools: readonly DescribedTool[],
): ReadonlyMap<LintedRule, readonly DescribedTool[]> {
  const rules = holders.flatMap(({ allows, denies }) => [...allows, ...denies]);
  const conditional = rules.filter(({ applies }) => applies === "sometimes");
  const cover = new PatternCover(conditional);
  const found = new Map<string, Set<DescribedTool>>();
  for (const tool of tools) {
    for (const scope of tool.scopes) {
      for (const { pattern } of cover.matching(scope)) {
        found.set(pattern, (found.get(pattern) ?? new Set()).add(tool));
      }
    }
  }
  return new Map(conditional.map((rule) => [rule, [...(found.get(rule.pattern) ?? [])]]));
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
