import { noMoney } from "./money.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import type { OverrunBudget } from "./plan/plan-overrun.ts";
import type { BudgetRule } from "./policy/policy.ts";
import type { CallReading } from "./read-call.ts";
import type { Observation } from "./state/state-store.ts";
import type { StateEvent } from "./state-event.ts";

/** Who made the call that an event is about. */
type Caller = Pick<CallReading, "context">;
type SuspensionSign = Extract<StateEvent, { type: "session_suspended" }>["sign"];

/** What {@link StateEvents} works with. */
export interface StateEventsOptions {
  readonly onEvent: (event: StateEvent) => void;
  readonly onFault: (fault: unknown) => void;
}

/** Tells the application what happened to budgets and sessions. */
export class StateEvents {
  readonly #options: StateEventsOptions;

  constructor(options: StateEventsOptions) {
    this.#options = options;
  }

  /** A plan was taken: its checks saw what was spent before it. */
  tellAlerts({ causes }: CallPlan, observed: readonly Observation[], who: Caller): void {
    for (let index = 0; index < causes.length; index += 1) {
      const cause = causes[index];
      const before = observed[index]?.value;
      if (cause?.kind !== "budget" || cause.budget.alerts.length === 0) continue;
      if (before === undefined || cause.cost === noMoney) continue;
      this.#tellCrossed(cause.budget, { before, after: before + cause.cost }, who);
    }
  }

  /** A call cost more than was reserved. */
  tellOverrun(overrun: readonly OverrunBudget[], observed: readonly Observation[], who: Caller): void {
    for (const [index, { budget, excess, over }] of overrun.entries()) {
      const before = observed[index]?.value;
      if (before !== undefined && !over) this.#tellCrossed(budget, { before, after: before + excess }, who);
    }
  }

  /** A session has run away. */
  tellSuspended(sign: SuspensionSign, who: Caller): void {
    this.#tell({ type: "session_suspended", sign, ...namesOf(who) });
  }

  #tellCrossed(budget: BudgetRule, { before, after }: Spending, who: Caller): void {
    const { id, limit, alerts } = budget;
    const reached = (spent: number, share: number) => spent * 100 >= limit * share;
    for (const share of alerts) {
      if (reached(before, share) || !reached(after, share)) continue;
      this.#tell({ type: "budget_alert", budget: id, share, spent: after, limit, ...namesOf(who) });
    }
  }

  /** A listener that throws changes no decision. */
  #tell(event: StateEvent): void {
    try {
      this.#options.onEvent(event);
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }
}

/** What is spent of a budget, in millionths. */
interface Spending {
  readonly before: number;
  readonly after: number;
}

function namesOf({ context }: Caller) {
  const { tenant = "", issuer = "", subject = "", actor = "", session = "" } = context ?? {};
  return { tenant, issuer, subject, actor, session };
}
