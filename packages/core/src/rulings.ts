import { type Calendar, createCalendar } from "./calendar.ts";
import type { CostFunctions } from "./cost-function.ts";
import type { Ruling } from "./judge-call.ts";
import { KnownCallers } from "./known-callers.ts";
import { PermissionMemory } from "./permission-memory.ts";
import { CallPlanner } from "./plan/call-planner.ts";
import type { Policy } from "./policy/policy.ts";

/** What is known of the calls of each policy, for as long as somebody has the policy. */
export class Rulings {
  readonly #costs: CostFunctions;
  readonly #rulings = new WeakMap<Policy, Ruling>();
  /** Made once a time zone. */
  readonly #calendars = new Map<string, Calendar>();

  constructor(costs: CostFunctions) {
    this.#costs = costs;
  }

  of(policy: Policy): Ruling {
    const known = this.#rulings.get(policy);
    if (known !== undefined) return known;
    const { timezone } = policy;
    const calendar = this.#calendars.get(timezone) ?? createCalendar(timezone);
    this.#calendars.set(timezone, calendar);
    const callers = new KnownCallers(policy);
    const memory = { callers, permissions: new PermissionMemory(), planner: new CallPlanner(callers) };
    const ruling = { policy, calendar, costs: this.#costs, ...memory };
    this.#rulings.set(policy, ruling);
    return ruling;
  }
}
