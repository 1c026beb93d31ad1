import { compileArguments } from "../arguments/compile-arguments.ts";
import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { CompiledTexts } from "./compiled-texts.ts";
import { HistoryIndex } from "./history-index.ts";
import type { HistoryRule } from "./history-rule.ts";
import { freezeObligation } from "./obligation.ts";
import type { Policy, ScopeChoice, ToolRule, UserRules } from "./policy.ts";
import type { ChoiceModel, HistoryRuleModel, HolderModel, PolicyModel, RuleModel, ToolModel } from "./policy-model.ts";
import { indexNeighbours, ScopeDirectory } from "./scope-directory.ts";
import { ScopeIndex } from "./scope-index.ts";
import { type RuleTerms, ScopeRule } from "./scope-rule.ts";
import type { ScopeRules } from "./scope-rules.ts";

/**
 * Makes the policy of a checked model. Yields often, so that a caller who has other things to do can spread the work;
 * the policy takes effect nowhere before it is whole.
 */
export function* buildPolicy(model: PolicyModel, texts: CompiledTexts): Generator<void, Policy, void> {
  const tools = model.tools && (yield* buildTools(model.tools, texts));
  const roles = new Map<string, ScopeRules>();
  const users = new Map<string, UserIndexes>();
  const agents = new Map<string, ScopeRules>();
  const tiers = new Map<string, ScopeRules>();
  for (const holder of model.holders) {
    const rules = yield* buildRules(holder, texts);
    switch (holder.kind) {
      case "role":
        roles.set(holder.name, rules);
        break;
      case "user":
        addUser(users, holder, rules);
        break;
      case "agent":
        agents.set(holder.name, rules);
        break;
      case "tier":
        tiers.set(holder.name, rules);
    }
  }
  const { digest, source, tenant, timezone, approvals, budgets, limits, runaway, suggests, opens } = model;
  return Object.freeze({
    digest,
    source,
    tenant,
    timezone,
    tools,
    roles,
    users,
    ceilings: model.hasCeilings ? { agents, tiers } : undefined,
    approvals,
    budgets,
    history: new HistoryIndex(yield* buildHistory(model.rules, texts)),
    limits,
    runaway,
    suggests,
    opens,
    directory: new ScopeDirectory(roles, suggests ? yield* indexNeighbours(scopesIn(model)) : new Map()),
  });
}

/** How much is done between two pauses, in rules without terms: a condition may have to be compiled. */
const workBetweenPauses = 50;
const workOfTerms = 25;

function* buildRules(holder: HolderModel, texts: CompiledTexts): Generator<void, ScopeIndex, void> {
  const index = new ScopeIndex();
  const name =
    holder.issuer === undefined ? `${holder.kind}:${holder.name}` : `${holder.kind}:${holder.name} of ${holder.issuer}`;
  let work = 0;
  for (const rule of holder.rules) {
    index.add(new ScopeRule(name, rule, termsOf(rule, texts)));
    work += rule.terms === undefined ? 1 : workOfTerms;
    if (work < workBetweenPauses) continue;
    yield;
    work = 0;
  }
  return index;
}

function termsOf({ terms }: RuleModel, texts: CompiledTexts): RuleTerms | undefined {
  if (terms === undefined) return undefined;
  // INVARIANT (D7): permits show the duties, and whoever is shown one cannot change the policy by it.
  for (const obligation of terms.obligations) freezeObligation(obligation);
  return { ...terms, when: terms.condition === undefined ? undefined : texts.condition(terms.condition) };
}

function* buildHistory(
  models: readonly HistoryRuleModel[],
  texts: CompiledTexts,
): Generator<void, HistoryRule<CompiledCondition>[], void> {
  const rules: HistoryRule<CompiledCondition>[] = [];
  for (const rule of models) {
    rules.push({ ...rule, when: rule.when === undefined ? undefined : texts.condition(rule.when) });
    yield;
  }
  return rules;
}

/** The rules of one user while they are built. */
interface UserIndexes extends UserRules {
  anyIssuer: ScopeIndex | undefined;
  readonly byIssuer: Map<string, ScopeIndex>;
}

/** What an issuer's user is granted is what the entries with and without the issuer grant together. */
function addUser(users: Map<string, UserIndexes>, { name, issuer }: HolderModel, rules: ScopeIndex): void {
  const known: UserIndexes = users.get(name) ?? { anyIssuer: undefined, byIssuer: new Map() };
  users.set(name, known);
  if (issuer === undefined) {
    known.anyIssuer = rules;
    for (const index of known.byIssuer.values()) addRules(index, rules);
  } else {
    if (known.anyIssuer !== undefined) addRules(rules, known.anyIssuer);
    known.byIssuer.set(issuer, rules);
  }
}

function addRules(index: ScopeIndex, rules: ScopeIndex): void {
  for (const rule of rules.all()) index.add(rule);
}

function* buildTools(models: readonly ToolModel[], texts: CompiledTexts): Generator<void, Map<string, ToolRule>, void> {
  const tools = new Map<string, ToolRule>();
  for (const model of models) {
    tools.set(model.name, buildTool(model, texts));
    yield;
  }
  return tools;
}

function buildTool(model: ToolModel, texts: CompiledTexts): ToolRule {
  const build = ({ condition, use, line }: ChoiceModel): ScopeChoice => {
    const when = condition === undefined ? undefined : texts.condition(condition);
    // INVARIANT (D7): decisions and records show these lists, and whoever is shown one cannot change the policy by it.
    return { when, condition, use: Object.freeze(use), line };
  };
  return {
    choices: model.choices.map(build),
    labels: model.labels.map(build),
    classifiers: model.classifiers,
    arguments: model.arguments === undefined ? undefined : argumentRule(model),
    cost: typeof model.cost === "string" ? texts.amount(model.cost) : model.cost,
  };
}

function argumentRule({ name, arguments: document }: ToolModel): ToolRule["arguments"] {
  if (document === undefined) return undefined;
  const compiled = compileArguments(document);
  if ("rule" in compiled) return compiled.rule;
  throw new TypeError(`the checked arguments of ${name} do not compile`);
}

/** Every scope or pattern that the model names. */
function* scopesIn({ tools, holders }: PolicyModel): Generator<string> {
  for (const { choices } of tools ?? []) for (const { use } of choices) yield* use;
  for (const { kind, rules } of holders) {
    if (kind === "agent" || kind === "tier") continue;
    for (const { effect, pattern } of rules) if (effect === "allow") yield pattern;
  }
}
