import type { HolderModel, PolicyModel, RuleModel, ToolModel } from "../policy/policy-model.ts";

/**
 * A piece of a policy model on its way from one thread to another, in the order of the model: what a message holds is
 * copied at one go, and whoever receives a large one could do nothing else meanwhile.
 */
export type PolicyPart =
  | { readonly part: "head"; readonly head: Omit<PolicyModel, "tools" | "holders">; readonly hasTools: boolean }
  | { readonly part: "tool"; readonly tool: ToolModel }
  | { readonly part: "holder"; readonly holder: Omit<HolderModel, "rules"> }
  | {
      readonly part: "scopes";
      readonly effect: RuleModel["effect"];
      readonly patterns: string[];
      readonly lines: number[];
    }
  | { readonly part: "rule"; readonly rule: RuleModel };

/** How many rules that say only a scope go into one message. */
const rulesInPart = 50;

/** Takes a model apart. */
export function* splitModel({ tools, holders, ...head }: PolicyModel): Generator<PolicyPart, void, void> {
  yield { part: "head", head, hasTools: tools !== undefined };
  for (const tool of tools ?? []) yield { part: "tool", tool };
  for (const { rules, ...holder } of holders) {
    yield { part: "holder", holder };
    yield* splitRules(rules);
  }
}

function* splitRules(rules: readonly RuleModel[]): Generator<PolicyPart, void, void> {
  let scopes = emptyScopes("allow");
  for (const rule of rules) {
    const fits = rule.terms === undefined && rule.effect === scopes.effect && scopes.lines.length < rulesInPart;
    if (!fits && scopes.lines.length > 0) {
      yield scopes;
      scopes = emptyScopes(rule.effect);
    }
    if (rule.terms !== undefined) {
      yield { part: "rule", rule };
      continue;
    }
    if (scopes.effect !== rule.effect) scopes = emptyScopes(rule.effect);
    scopes.patterns.push(rule.pattern);
    scopes.lines.push(rule.line);
  }
  if (scopes.lines.length > 0) yield scopes;
}

function emptyScopes(effect: RuleModel["effect"]): Extract<PolicyPart, { part: "scopes" }> {
  return { part: "scopes", effect, patterns: [], lines: [] };
}

/** Puts the parts of a model together. Yields after each, so that a caller who has other things to do can spread the work. */
export function* joinModel(parts: Iterable<PolicyPart>): Generator<void, PolicyModel, void> {
  let head: Extract<PolicyPart, { part: "head" }> | undefined;
  const tools: ToolModel[] = [];
  const holders: HolderModel[] = [];
  let rules: RuleModel[] = [];
  for (const part of parts) {
    switch (part.part) {
      case "head":
        head = part;
        break;
      case "tool":
        tools.push(part.tool);
        break;
      case "holder":
        rules = [];
        holders.push({ ...part.holder, rules });
        break;
      case "scopes":
        for (const [index, pattern] of part.patterns.entries()) {
          rules.push({ effect: part.effect, pattern, line: part.lines[index] ?? 0, terms: undefined });
        }
        break;
      case "rule":
        rules.push(part.rule);
    }
    yield;
  }
  if (head === undefined) throw new TypeError("a policy model came without its head");
  return { ...head.head, tools: head.hasTools ? tools : undefined, holders };
}
