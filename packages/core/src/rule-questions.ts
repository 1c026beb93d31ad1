import type { AuthorizerOptions } from "./authorizer.ts";
import type { ContextReader, KnownContext } from "./call-context.ts";
import type { CallState } from "./call-state.ts";
import type { ConditionEnvironment } from "./condition/frame.ts";
import type { CostFunctions } from "./cost-function.ts";
import { environmentOf } from "./judge-call.ts";
import { type MicroUnits, noMoney } from "./money.ts";
import { ceilingsOf, grantors, holderOf } from "./permit.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import { planRelease } from "./plan/plan-release.ts";
import { hasRunawaySign, type RefusalCause } from "./plan/refusal-cause.ts";
import type { Policy } from "./policy/policy.ts";
import type { ScopeRule } from "./policy/scope-rule.ts";
import { policyFor } from "./policy-choice.ts";
import { type CallReading, readCall } from "./read-call.ts";
import { isResolveFault, type Requirement, resolveCall } from "./resolve-call.ts";
import { possibleLabels } from "./result-labels.ts";
import { Rulings } from "./rulings.ts";
import { scopeMatches } from "./scope.ts";
import type { CallContext, JsonObject, ToolCall } from "./tool-call.ts";

/** What {@link RuleQuestions} works with. */
export interface RuleQuestionsOptions {
  readonly policy: AuthorizerOptions["policy"];
  readonly state: CallState;
  readonly costs: CostFunctions;
  readonly contexts: ContextReader;
  /** Epoch milliseconds. Throws where the clock does not give a time. */
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
}

/** A call of which everything is known that a rule of the policy asks about. */
interface Question {
  readonly policy: Policy;
  readonly reading: CallReading;
  readonly context: KnownContext;
  readonly arguments: JsonObject;
  readonly environment: ConditionEnvironment;
  readonly requirement: PossibleRequirement;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What a call requires, at most. `cost`: `undefined` where it is not known. */
type PossibleRequirement = Omit<Requirement, "cost"> & { readonly cost: MicroUnits | undefined };

/** What rules are asked about: a call with whatever it may give, or what it has given. */
export type QuestionedPart = "call" | "result";

/** Whether certain rules refuse a call that is refused for something else already. */
export class RuleQuestions {
  readonly #options: RuleQuestionsOptions;
  /** Its own: calls are planned here with more labels than they have. */
  readonly #rulings: Rulings;

  constructor(options: RuleQuestionsOptions) {
    this.#options = options;
    this.#rulings = new Rulings(options.costs);
  }

  /**
   * Takes nothing. Never fails.
   *
   * INVARIANT (D3): what cannot be found out about a rule is a refusal by it. A rule of the policy says nothing of a call of
   * nobody knows whom, of a tool that the policy does not know, or without a policy.
   */
  async isRefusedBy(
    rules: ReadonlySet<string>,
    call: ToolCall,
    source: CallContext | undefined,
    part: QuestionedPart = "call",
  ): Promise<boolean> {
    const { policy: choice, contexts, onFault } = this.#options;
    try {
      const reading = readCall(call, source, contexts);
      const { context, arguments: args } = reading;
      const policy = policyFor(choice, context?.tenant);
      if (policy === undefined || context === undefined || args === undefined) return false;
      const now = this.#options.now();
      const environment = environmentOf(context, args, now);
      const request = { policy, tool: reading.tool, arguments: args, context, environment, costs: this.#options.costs };
      const resolved = resolveCall(request);
      const requirement = isResolveFault(resolved) ? everythingOf(policy, reading.tool) : resolved;
      if (requirement === undefined) return false;
      const question = { policy, reading, context, arguments: args, environment, requirement, now };
      if (part === "result") return await this.#isRefusedByState(rules, question, this.#planResult(question));
      if (isDeniedBy(rules, question) || mayExceed(rules, question)) return true;
      return await this.#isRefusedByState(rules, question, this.#planCall(question));
    } catch (fault) {
      onFault(fault);
      return true;
    }
  }

  async #isRefusedByState(rules: ReadonlySet<string>, question: Question, plan: CallPlan): Promise<boolean> {
    const { reading, now } = question;
    const asked = onlyChecks(plan, (cause) => isNamed(cause, rules));
    if (asked.causes.length === 0) return false;
    return (
      (await this.#options.state.release(asked, { reading, ruling: this.#rulings.of(question.policy), now })) !==
      undefined
    );
  }

  /** INVARIANT (D3): what a call will give is not known, so that it may deserve each label that a classifier may find. */
  #planCall(question: Question): CallPlan {
    const { reading, requirement, now } = question;
    const { cost = noMoney } = requirement;
    const labels = [...new Set([...requirement.labels, ...possibleLabels(requirement.classifiers)])];
    const ruling = this.#rulings.of(question.policy);
    const occasion = { evaluationId: "", now, leaseUntil: now + 1 };
    const { calendar, planner, callers } = ruling;
    const call = { ...question, calendar, tool: reading.tool, occasion };
    return planner.plan(call, { ...requirement, labels, cost }, callers.of(question.context));
  }

  #planResult(question: Question): CallPlan {
    const { reading, requirement, now } = question;
    const { calendar } = this.#rulings.of(question.policy);
    const labels = possibleLabels(requirement.classifiers).filter((label) => !requirement.labels.includes(label));
    const occasion = { evaluationId: "", now, leaseUntil: now + 1 };
    return planRelease({
      ...question,
      tool: reading.tool,
      calendar,
      occasion,
      labels,
      succeeded: false,
      released: false,
    });
  }
}

/** What a call requires at most of which it cannot be said what it requires. `undefined`: the policy does not know the tool. */
function everythingOf({ tools }: Policy, tool: string): PossibleRequirement | undefined {
  const rule = tools?.get(tool);
  if (rule === undefined) return undefined;
  const scopes = [...new Set(rule.choices.flatMap(({ use }) => use))];
  const labels = [...new Set(rule.labels.flatMap(({ use }) => use))];
  const cost = typeof rule.cost === "number" ? rule.cost : undefined;
  return { scopes, labels, classifiers: rule.classifiers, cost, named: true };
}

/** INVARIANT (B4): a cost that is not known may exceed any of the budgets that it would be charged to. */
function mayExceed(rules: ReadonlySet<string>, { policy, requirement: { scopes, cost } }: Question): boolean {
  if (cost !== undefined) return false;
  return policy.budgets.some(
    ({ id, scope }) =>
      rules.has(id) && (scope === undefined || scopes.some((required) => scopeMatches(scope, required))),
  );
}

/** Whether one of the rules denies a scope, to the user, to a role, to the agent or to its tier. */
function isDeniedBy(rules: ReadonlySet<string>, { policy, context, environment, requirement }: Question): boolean {
  const holder = holderOf(context);
  const holders = [...grantors({ policy, holder }), ...(ceilingsOf({ policy, holder }) ?? [])];
  const denies = ({ id, effect, terms }: ScopeRule) => {
    if (effect !== "deny" || !rules.has(id)) return false;
    const answer = terms?.when === undefined ? true : terms.when.evaluate(environment);
    return answer === true || (answer !== false && terms?.failsOpen !== true);
  };
  return holders.some((holds) => requirement.scopes.some((scope) => holds.matching(scope).some(denies)));
}

function isNamed(cause: RefusalCause, rules: ReadonlySet<string>): boolean {
  switch (cause.kind) {
    case "rule":
      return rules.has(cause.rule.id);
    case "limit":
      return rules.has(cause.limit.id);
    case "budget":
      return rules.has(cause.budget.id);
    case "approval":
      return rules.has(cause.refusal.rule);
    case "switch":
      return cause.owner === "session" && hasRunawaySign(rules);
    case "runaway":
      return false;
  }
}

/** The plan that only asks, and asks only for some of what it is for. */
function onlyChecks({ plan, causes }: CallPlan, counts: (cause: RefusalCause) => boolean): CallPlan {
  return {
    plan: { ...plan, checks: plan.checks.filter((_check, index) => isCounted(causes[index])), effects: [] },
    causes: causes.filter(isCounted),
    whenSucceeded: [],
    whenFailed: [],
  };

  function isCounted(cause: RefusalCause | undefined): boolean {
    return cause !== undefined && counts(cause);
  }
}
