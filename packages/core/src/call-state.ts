import type { Admitted } from "./admission.ts";
import type { KnownContext } from "./call-context.ts";
import type { CompiledCondition } from "./condition/compile-condition.ts";
import type { Ruling } from "./judge-call.ts";
import { andThen, isLater, type NowOrLater, orElse } from "./now-or-later.ts";
import { exempt, exemptionsOf } from "./plan/exemption.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import { type Closing, planClosing, planUndoing } from "./plan/plan-closing.ts";
import { type OverrunBudget, planOverrun, withinExact } from "./plan/plan-overrun.ts";
import { planRenewal } from "./plan/plan-renewal.ts";
import { planDenial, planSuspension } from "./plan/plan-runaway.ts";
import { describeCause } from "./plan/refusal-cause.ts";
import { UnavailableError } from "./platform.ts";
import type { HistoryRule } from "./policy/history-rule.ts";
import type { CallReading } from "./read-call.ts";
import type { Refusal } from "./refusal.ts";
import { emptyPlan, type Plan } from "./state/plan.ts";
import type { ApplyResult } from "./state/state-store.ts";
import type { StateClient } from "./state-client.ts";
import type { StateEvents } from "./state-events.ts";
import { type StoreAnswer, type Suspensions, suspended } from "./suspension.ts";

/** What {@link CallState} works with. */
export interface CallStateOptions {
  readonly client: StateClient;
  readonly suspensions: Suspensions;
  readonly onFault: (fault: unknown) => void;
  readonly events: StateEvents;
}

/** The call that asks. */
export interface StateOccasion {
  readonly reading: Pick<CallReading, "context" | "arguments">;
  readonly ruling: Ruling | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A call's plan, and what was passed over before it. */
export interface PlannedCall {
  readonly plan: CallPlan;
  readonly degraded: readonly string[];
}

/** What was taken for a call, and what it was expected to cost. */
type Spent = Pick<Admitted, "plan" | "context" | "cost">;

/** What became of a plan: why it does not hold, or what was taken and what was passed over. */
export type Application = { readonly refusal: Refusal } | (TakenCall & { readonly refusal?: undefined });

/** A call whose plan holds. */
export interface TakenCall extends PlannedCall {
  /** Ids of the rules over history that would have refused it, had nobody lifted them. */
  readonly lifted: readonly string[];
}

/** A plan as it was last tried, and what became of it. */
interface Attempt {
  readonly taken: TakenCall;
  readonly result: ApplyResult;
}

const none: readonly string[] = Object.freeze([]);

/** What state says of calls, and what it is told of them. */
export class CallState {
  readonly #options: CallStateOptions;

  constructor(options: CallStateOptions) {
    this.#options = options;
  }

  /** Takes the plan of a call, whole or not at all. Fails where the state cannot answer and the policy does not open. */
  take(planned: PlannedCall, occasion: StateOccasion): NowOrLater<Application> {
    const { suspensions } = this.#options;
    const { context } = occasion.reading;
    // INVARIANT (R7): what somebody has stopped stays stopped, also while the store cannot be told or does not answer.
    if (context === undefined || suspensions.holds(context, occasion.now)) return { refusal: suspended };
    const { begun } = suspensions;
    try {
      const attempt = this.#try({ plan: planned.plan, degraded: planned.degraded, lifted: none }, occasion);
      const application = isLater(attempt)
        ? this.#learnLater(attempt, occasion, begun)
        : this.#learned(attempt, occasion, begun);
      return isLater(application) ? this.#takeLater(planned, occasion, application) : application;
    } catch (error) {
      return this.#withoutState(error, planned, occasion);
    }
  }

  async #takeLater(
    planned: PlannedCall,
    occasion: StateOccasion,
    application: PromiseLike<Application>,
  ): Promise<Application> {
    try {
      return await application;
    } catch (error) {
      return this.#withoutState(error, planned, occasion);
    }
  }

  async #learnLater(attempt: PromiseLike<Attempt>, occasion: StateOccasion, begun: number): Promise<Application> {
    return await this.#learned(await attempt, occasion, begun);
  }

  #learned(attempt: Attempt, occasion: StateOccasion, begun: number): NowOrLater<Application> {
    const { context } = occasion.reading;
    const stopped = stoppedOwner(attempt.taken.plan, attempt.result);
    if (context !== undefined) this.#options.suspensions.learn(context, { stopped, begun });
    return this.#applied(attempt, occasion);
  }

  /** The policy's own words: without the store, calls run without their budgets and limits, and every record says so. */
  #withoutState(error: unknown, { plan, degraded }: PlannedCall, { ruling, reading, now }: StateOccasion): Application {
    const { suspensions, onFault } = this.#options;
    if (!(error instanceof UnavailableError) || !mayOpen(ruling, plan)) throw error;
    if (reading.context === undefined || suspensions.remembers(reading.context, now)) return { refusal: suspended };
    onFault(error);
    return { plan: nothingTaken(now), degraded: [...degraded, "state"], lifted: none };
  }

  /** Why a plan without effects does not hold. Fails where the state cannot answer. */
  foresee(plan: CallPlan, occasion: StateOccasion): NowOrLater<Refusal | undefined> {
    const { context } = occasion.reading;
    if (context === undefined || this.#options.suspensions.holds(context, occasion.now)) return suspended;
    return this.release(plan, occasion);
  }

  /** Asks whether what a tool gave may be released, and remembers what it is. Fails where the state cannot answer. */
  release(plan: CallPlan, occasion: StateOccasion): NowOrLater<Refusal | undefined> {
    if (plan.plan.checks.length === 0 && plan.plan.effects.length === 0) return undefined;
    return andThen(this.#try({ plan, degraded: none, lifted: none }, occasion), ({ taken, result }) =>
      result.held === true ? undefined : this.#refusal(taken.plan, result, occasion),
    );
  }

  /**
   * Applies a plan; where a rule over history refuses it that somebody may have lifted, once more without the rule. Each
   * attempt is one atomic step with all the other checks.
   */
  #try(taken: TakenCall, occasion: StateOccasion): NowOrLater<Attempt> {
    const answer = this.#options.client.apply(taken.plan.plan);
    return isLater(answer) ? this.#tryLater(taken, answer, occasion) : this.#tried({ taken, result: answer }, occasion);
  }

  async #tryLater(taken: TakenCall, answer: PromiseLike<ApplyResult>, occasion: StateOccasion): Promise<Attempt> {
    return await this.#tried({ taken, result: await answer }, occasion);
  }

  #tried(attempt: Attempt, occasion: StateOccasion): NowOrLater<Attempt> {
    const { taken, result } = attempt;
    if (result.held === true) return attempt;
    const { plan, lifted } = taken;
    const cause = plan.causes[result.failed];
    if (cause?.kind !== "rule" || lifted.includes(cause.rule.id)) return attempt;
    const names = exemptionsFor(cause.rule, occasion);
    if (names === undefined) return attempt;
    const lifetime = occasion.ruling?.policy.approvals.lifetime ?? 0;
    const exempted = exempt(plan, cause.rule, { names, lifetime });
    return this.#try({ ...taken, plan: exempted, lifted: [...lifted, cause.rule.id] }, occasion);
  }

  #applied({ taken, result }: Attempt, occasion: StateOccasion): NowOrLater<Application> {
    if (result.held !== true) return andThen(this.#refusal(taken.plan, result, occasion), refusedBy);
    this.#options.events.tellAlerts(taken.plan, result.observed, occasion.reading);
    return taken;
  }

  /** Gives back what was taken for a call that certainly never started. Never fails. */
  giveBack(plan: CallPlan): NowOrLater<void> {
    return this.#options.client.attempt(planUndoing(plan.plan));
  }

  /** Tells how a call ended. Fails where the store does not take it. */
  close({ plan, context, cost }: Spent, closing: Closing, now: number): NowOrLater<void> {
    const { client } = this.#options;
    const ending = planClosing(plan, closing, now);
    const overrun = closing.cost <= cost ? [] : planOverrun(plan, closing, now);
    return overrun.length === 0 ? client.write(ending) : this.#closeOverrun(ending, overrun, context);
  }

  async #closeOverrun(ending: Plan, overrun: readonly OverrunBudget[], context: KnownContext): Promise<void> {
    const watching = { ...ending, checks: overrun.map(({ check }) => check) };
    const { client, events } = this.#options;
    events.tellOverrun(overrun, await client.writeWatching(watching, withinExact), { context });
  }

  /** Holds until a moment what was taken for a call that still runs, as far as that is possible. Never fails. */
  renew(plan: CallPlan, leaseUntil: number, now: number): NowOrLater<void> {
    return this.#options.client.attempt(planRenewal(plan, leaseUntil, now));
  }

  /** Denials in a row are a sign that a session runs away. Never fails. */
  rememberDenial({ ruling, reading: { context }, now }: StateOccasion): NowOrLater<void> {
    const plan = context && ruling && planDenial(ruling.policy.runaway, context, now);
    return plan && this.#options.client.attempt(plan);
  }

  #refusal(
    plan: CallPlan,
    result: Extract<ApplyResult, { held: false }>,
    occasion: StateOccasion,
  ): NowOrLater<Refusal> {
    const cause = plan.causes[result.failed];
    const observed = result.observed[result.failed];
    if (cause === undefined || observed === undefined) {
      throw new UnavailableError("the state store did not say which check failed");
    }
    const { ruling, reading, now } = occasion;
    const refusal = describeCause(cause, observed, now);
    if (cause.kind !== "runaway" || ruling === undefined || reading.context === undefined) return refusal;
    return andThen(this.#suspend(ruling, reading.context, now), () => {
      this.#options.events.tellSuspended(cause.sign, reading);
      return refusal;
    });
  }

  /** INVARIANT (R7): it holds here at once, also where the store cannot be told, or does not answer any more. */
  #suspend({ policy: { runaway } }: Ruling, context: KnownContext, now: number): NowOrLater<void> {
    const { client, suspensions, onFault } = this.#options;
    const { tenant, issuer, subject: user, session: id } = context;
    const target = { kind: "session", tenant, issuer, user, id } as const;
    suspensions.suspend(target, now + runaway.cooldown);
    return orElse(
      () => andThen(client.write(planSuspension(runaway, context, now)), () => suspensions.told(target)),
      onFault,
    );
  }
}

function refusedBy(refusal: Refusal): Application {
  return { refusal };
}

function exemptionsFor(
  rule: HistoryRule<CompiledCondition>,
  { reading }: StateOccasion,
): readonly string[] | undefined {
  if (reading.context === undefined || reading.arguments === undefined) return undefined;
  return exemptionsOf(rule, reading.context, reading.arguments);
}

function stoppedOwner({ causes }: CallPlan, result: ApplyResult): StoreAnswer["stopped"] {
  if (result.held === true) return undefined;
  const cause = causes[result.failed];
  return cause?.kind === "switch" ? { owner: cause.owner, until: result.observed[result.failed]?.at ?? 0 } : undefined;
}

/** The plan of a call that runs without its state. */
function nothingTaken(now: number): CallPlan {
  return { plan: emptyPlan(now), causes: [], whenSucceeded: [], whenFailed: [] };
}

/**
 * INVARIANT (D3): no call runs without what a rule over history asks of it, whatever the policy says, nor without what a
 * rule has to remember of it: what it forbids later would be allowed then. Nor (A6) under an approval that is not spent.
 */
function mayOpen(ruling: Ruling | undefined, { plan, causes, whenSucceeded }: CallPlan): boolean {
  if (ruling?.policy.opens !== true || causes.some(({ kind }) => kind === "rule")) return false;
  return [...plan.effects, ...whenSucceeded].every(({ kind }) => kind !== "mark" && kind !== "spend");
}
