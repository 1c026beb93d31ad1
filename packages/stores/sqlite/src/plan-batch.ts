import { type ApplyResult, type Observation, type Plan, StateStoreError } from "@ambit/core";
import { PlanRun } from "./plan-run.ts";
import { reclaim } from "./reclaim.ts";
import type { Statements } from "./statements.ts";
import { storeError } from "./store-error.ts";

/** How many cells there may be. */
export interface CellLimits {
  readonly maximumCells: number;
  readonly maximumCellsPerTenant: number;
}

/** How many cells of each kind are dropped from time to time, and how many at the cap. */
const drops = { usual: 64, atTheCap: 1_000 } as const;

/** Applies plans within one transaction that its caller begins and commits. */
export class PlanBatch {
  readonly #statements: Statements;
  readonly #limits: CellLimits;
  readonly #epoch: string;

  constructor(statements: Statements, limits: CellLimits) {
    this.#statements = statements;
    this.#limits = limits;
    this.#epoch = String(statements.readEpoch.get()?.["epoch"]);
  }

  /** Takes one plan as a whole, or gives back why it could not be taken and leaves nothing of it. */
  apply(plan: Plan): ApplyResult | StateStoreError {
    const first = this.#attempt(plan);
    if (!(first instanceof StateStoreError) || first.code !== "state_capacity") return first;
    return reclaim(this.#statements, plan.now, drops.atTheCap) > 0 ? this.#attempt(plan) : first;
  }

  /** Drops some of what nobody can ask about any more. */
  tidy(now: number): void {
    reclaim(this.#statements, now, drops.usual);
  }

  #attempt(plan: Plan): ApplyResult | StateStoreError {
    const { enter, leave, undo } = this.#statements;
    enter.run();
    try {
      const result = this.#take(plan);
      leave.run();
      return result;
    } catch (error) {
      undo.run();
      leave.run();
      return storeError(error);
    }
  }

  #take(plan: Plan): ApplyResult {
    const run = new PlanRun(this.#statements, plan);
    const observed: Observation[] = [];
    for (const [index, check] of plan.checks.entries()) {
      const { held, value, at } = run.check(check);
      observed.push({ value, at });
      if (!held) return { held: false, epoch: this.#epoch, failed: index, observed };
    }
    for (const effect of plan.effects) run.take(effect);
    this.#count(run);
    return { held: true, epoch: this.#epoch, observed };
  }

  #count({ added, tenant }: PlanRun): void {
    if (added === 0) return;
    const all = Number(this.#statements.addCells.get(added)?.["cells"]);
    const own = Number(this.#statements.addTenantCells.get(added, tenant)?.["cells"]);
    if (added < 0 || (all <= this.#limits.maximumCells && own <= this.#limits.maximumCellsPerTenant)) return;
    // INVARIANT (S1, R1): at the cap what is new is refused; forgetting what is known would turn a deny into an allow.
    throw new StateStoreError("state_capacity", "the SQLite store holds as much as it may");
  }
}
