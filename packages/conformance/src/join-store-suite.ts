import { type ExcusedCase, joinSuite, type SuiteTest } from "./join-suite.ts";
import type { StoreHarness } from "./store-case.ts";
import { storeCases } from "./store-cases.ts";

/**
 * All cases for one store: `for (const { name, run } of joinStoreSuite(harness, [])) it(name, run)`.
 *
 * A case that needs what the harness is not capable of fails unless it is excused, so that nothing is left out in
 * silence. An excused case is run all the same and fails once it passes, so that no excuse outlives its reason.
 */
export function joinStoreSuite(harness: StoreHarness, excused: readonly ExcusedCase[]): readonly SuiteTest[] {
  return joinSuite(storeCases, harness, excused);
}
