import { type ExcusedCase, joinSuite, type SuiteTest } from "../join-suite.ts";
import { adapterCases } from "./adapter-cases.ts";
import type { AdapterDriver } from "./adapter-driver.ts";

/**
 * All cases for one framework: `for (const { name, run } of joinAdapterSuite(driver, [])) it(name, run)`.
 *
 * A case that needs what the driver is not capable of fails unless it is excused, so that nothing is left out in silence.
 * An excused case is run all the same and fails once it passes, so that no excuse outlives its reason.
 */
export function joinAdapterSuite(driver: AdapterDriver, excused: readonly ExcusedCase[]): readonly SuiteTest[] {
  return joinSuite(adapterCases, driver, excused);
}
