import { createMemoryApprovals, type MemoryApprovals } from "../../approval/memory-approvals.ts";
import { randomId } from "../../platform.ts";
import type { Plan } from "../plan.ts";
import { type ApplyResult, type Observation, type StateStore, StateStoreError } from "../state-store.ts";
import { countHeld } from "./check-cells.ts";
import { MemoryCells } from "./memory-cells.ts";
import { MemorySweep } from "./memory-sweep.ts";
import { countAdded, prepareEffects, takeEffects } from "./take-effects.ts";

/** Settings of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  /** The most cells that are kept in all. At the cap a new one is refused; none that matters is ever forgotten. Default: 1,000,000. */
  readonly maximumCells?: number | undefined;
  /**
   * The most cells of one tenant, so that none fills the store for all. Default: all of `maximumCells` while there is no
   * other tenant, nine tenths of it beside others. Several can still fill it together, and one that was alone may have
   * filled it before: set it where tenants do not trust each other.
   */
  readonly maximumCellsPerTenant?: number | undefined;
  /** Names this life of the state. Default: a text of its own for each store. */
  readonly epoch?: string | undefined;
}

/** A store that answers at once. */
export interface MemoryStore extends StateStore {
  apply(plan: Plan): ApplyResult;
  readonly approvals: MemoryApprovals;
  /** How many cells are kept. */
  readonly size: number;
}

/**
 * How many cells are looked at for some that can be dropped: one with each so many plans, for a look fetches what no call asks
 * for; so many for each cell that is added, so that a round over all of them ends before they have doubled; and how many
 * at the cap.
 */
const looks = { plans: 8, added: 2, atTheCap: 1_000 } as const;

/**
 * State in this process's memory, for one process and for tests: it is lost with the process.
 *
 * A plan is taken in one synchronous step, so no other call comes between its checks and its effects.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { maximumCells = 1_000_000, maximumCellsPerTenant, epoch = randomId() } = options;
  const cells = new MemoryCells(randomId());
  const sweep = new MemorySweep(cells);
  let plans = 0;

  function apply(plan: Plan): ApplyResult {
    const observed: Observation[] = [];
    cells.begin(plan);
    const failed = countHeld(cells, plan, observed);
    if (failed < plan.checks.length) return { held: false, epoch, failed, observed };
    // INVARIANT (B5): whatever could throw does so before the first effect.
    if (prepareEffects(cells, plan)) makeRoom(plan);
    const before = cells.size;
    takeEffects(cells, plan);
    plans += 1;
    const added = Math.max(cells.size - before, 0);
    const wanted = looks.added * added + (plans % looks.plans === 0 ? 1 : 0);
    if (wanted > 0) sweep.drop(plan.now, wanted);
    return { held: true, epoch, observed };
  }

  function makeRoom(plan: Plan): void {
    const added = countAdded(cells, plan);
    if (added === 0 || hasRoom(added)) return;
    sweep.drop(plan.now, looks.atTheCap);
    if (hasRoom(countAdded(cells, plan))) return;
    // INVARIANT (S1, R1): at the cap what is new is refused; forgetting what is known would turn a deny into an allow.
    throw new StateStoreError("state_capacity", "the memory store holds as much as it may");
  }

  function hasRoom(added: number): boolean {
    const own = cells.tenant.size;
    if (cells.size + added > maximumCells) return false;
    if (maximumCellsPerTenant !== undefined) return own + added <= maximumCellsPerTenant;
    return own === cells.size || own + added <= Math.ceil(maximumCells * 0.9);
  }

  return {
    apply,
    approvals: createMemoryApprovals(),
    get size() {
      return cells.size;
    },
  };
}
