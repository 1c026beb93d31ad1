import type { StateStore } from "@ambit/core";

/**
 * What a harness may be able to do besides opening a store.
 *
 * `cap`: open it with a limit on its cells. `reopen`: a second handle on the same state, as another process has it.
 * `pause`: make the backend stop answering, and answer again. `lose`: lose the state, as a flush or a fresh disk does.
 */
export type Capability = "cap" | "reopen" | "pause" | "lose";

/** One store under test, and what can be done to it. A harness offers what it can; the cases say what they need. */
export interface TestedStore {
  readonly store: StateStore;
  /** Another handle on the same state; closed by `close` too. */
  readonly reopen?: (() => Promise<StateStore>) | undefined;
  /** Makes the backend stop answering. */
  readonly pause?: (() => Promise<void>) | undefined;
  /** Lets it answer again. */
  readonly resume?: (() => Promise<void>) | undefined;
  /** Loses everything that the store holds, behind its back; gives a handle on what is there now. */
  readonly lose?: (() => Promise<StateStore>) | undefined;
  readonly close: () => Promise<void>;
}

/** How a case opens its store. */
export interface OpenOptions {
  /** The most cells in all. Asked for only where the harness is capable of `cap`. */
  readonly maximumCells?: number | undefined;
}

/** How a store joins the suite. */
export interface StoreHarness {
  readonly capabilities: readonly Capability[];
  /** Opens a store that is empty and that nothing else uses. */
  open(options: OpenOptions): Promise<TestedStore>;
}

/** One promise that every store keeps. */
export interface StoreCase {
  /** Never changes, so that it can be excused by it: `account-limit-reached`. */
  readonly id: string;
  /** What the harness must be capable of. */
  readonly needs: readonly Capability[];
  /** The promise in plain words, with the invariant that it belongs to. */
  readonly title: string;
  /** Opens a store, tries the promise and closes it. Rejects with a {@link ConformanceError} where it is not kept. */
  readonly run: (harness: StoreHarness) => Promise<void>;
}

/** A store did not do what a case expects of it. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
}
