import type { StateStore } from "@ambit/core";
import type { SuiteCase } from "./join-suite.ts";

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

/** One promise that every store keeps. It opens a store, tries the promise and closes it. */
export type StoreCase = SuiteCase<StoreHarness, Capability>;
