import type { Calendar, CalendarUnit } from "../calendar.ts";
import type { ConditionEnvironment } from "../condition/frame.ts";
import type { Occasion } from "../occasion.ts";
import type { Owner } from "../policy/history-rule.ts";
import type { AccountWindow } from "../state/plan.ts";
import type { JsonObject } from "../tool-call.ts";
import { endOfOwner, keepFor, type SessionEnd } from "./session-end.ts";

/** One call at one moment. */
export interface OccasionFacts {
  readonly calendar: Calendar;
  readonly arguments: JsonObject;
  readonly environment: ConditionEnvironment;
  readonly occasion: Occasion;
}

/** At which moments a plan is the same for another call, but for what {@link repeatPlan} makes anew. */
export interface PlanValidity {
  /** Epoch milliseconds. */
  readonly from: number;
  /** Epoch milliseconds, exclusive; `from` where it is the plan of one call alone. */
  readonly until: number;
  /** Whether anything in it counts since a moment that moves on with the calls. */
  readonly moves: boolean;
  /** Whether calls of other contexts have the same, but for the names of the cells. */
  readonly shared: boolean;
}

/**
 * What a plan may depend on besides the policy, the context, the tool and what the call requires. It sees what is asked for,
 * so that a plan is used again only where it would come out the same.
 */
export class PlanOccasion {
  readonly #facts: OccasionFacts & { readonly context: SessionEnd };
  #until = Number.POSITIVE_INFINITY;
  #moves = false;
  #shared = true;

  constructor(facts: OccasionFacts & { readonly context: SessionEnd }) {
    this.#facts = facts;
  }

  /** The plan is then this call's alone. */
  get arguments(): JsonObject {
    this.#until = this.#facts.occasion.now;
    return this.#facts.arguments;
  }

  /** The plan is then this call's alone. */
  get environment(): ConditionEnvironment {
    this.#until = this.#facts.occasion.now;
    return this.#facts.environment;
  }

  /** For the members of a reservation of those names, and nothing else: they are made anew for each call. */
  get reservation(): { readonly evaluationId: string; readonly leaseUntil: number } {
    const { evaluationId, leaseUntil } = this.#facts.occasion;
    return { evaluationId, leaseUntil };
  }

  /** The moment since which something counts, for a check's or an effect's member of that name. 0: ever. */
  since(within: number | undefined): number {
    if (within === undefined) return 0;
    this.#moves = true;
    const since = this.#facts.occasion.now - within;
    // A moment at or before the first is ever: it does not move on with the calls.
    if (since <= 0) this.#until = this.#facts.occasion.now;
    return since;
  }

  /**
   * How long a cell of an owner's is kept, for an effect's member of that name: see {@link keepFor}. Where the plan is used
   * again later, it is kept for as long from then on, which is no shorter.
   */
  keep(within: number | undefined, owner: Owner): number {
    return keepFor(within, this.endOf(owner), this.#facts.occasion.now);
  }

  /** See {@link endOfOwner}. Where it comes, the plan is then this context's alone. */
  endOf(owner: Owner): number | undefined {
    const ends = endOfOwner(owner, this.#facts.context);
    if (ends !== undefined) this.#shared = false;
    return ends;
  }

  /** The window of the calendar at this moment. */
  window(unit: CalendarUnit): AccountWindow {
    const { name, ends } = this.#facts.calendar.window(unit, this.#facts.occasion.now);
    this.#until = Math.min(this.#until, ends);
    return { kind: "calendar", name, ends };
  }

  get validity(): PlanValidity {
    return { from: this.#facts.occasion.now, until: this.#until, moves: this.#moves, shared: this.#shared };
  }
}
