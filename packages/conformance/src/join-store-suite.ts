import { type Capability, ConformanceError, type StoreCase, type StoreHarness } from "./store-case.ts";
import { storeCases } from "./store-cases.ts";

/** A case that a store is known not to pass, and why. */
export interface ExcusedCase {
  readonly id: string;
  readonly reason: string;
}

/** One case, ready to be run by a test runner. */
export interface SuiteTest {
  /** The title of the case, with its id and the reason where it is excused. */
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * All cases for one store: `for (const { name, run } of joinStoreSuite(harness, [])) it(name, run)`.
 *
 * A case that needs what the harness is not capable of fails unless it is excused, so that nothing is left out in
 * silence. An excused case is run all the same and fails once it passes, so that no excuse outlives its reason.
 */
export function joinStoreSuite(harness: StoreHarness, excused: readonly ExcusedCase[]): readonly SuiteTest[] {
  const tests = storeCases.map((storeCase) => suiteTest(storeCase, harness, excused));
  const unknown = excused.filter(({ id }) => !storeCases.some((storeCase) => storeCase.id === id));
  return [...tests, ...unknown.map(({ id }) => staleExcuse(id))];
}

function suiteTest(storeCase: StoreCase, harness: StoreHarness, excused: readonly ExcusedCase[]): SuiteTest {
  const { id, title } = storeCase;
  const excuse = excused.find((entry) => entry.id === id);
  if (excuse === undefined) return { name: `${id}: ${title}`, run: () => runCase(storeCase, harness) };
  return {
    name: `${id}: ${title} (excused: ${excuse.reason})`,
    run: async () => {
      if (await fails(storeCase, harness)) return;
      throw new ConformanceError(`${id} is excused, but it passes: remove the excuse "${excuse.reason}"`);
    },
  };
}

async function runCase(storeCase: StoreCase, harness: StoreHarness): Promise<void> {
  const missing = storeCase.needs.filter((capability: Capability) => !harness.capabilities.includes(capability));
  if (missing.length > 0) {
    throw new ConformanceError(
      `${storeCase.id} needs a harness capable of ${missing.join(", ")}: offer it, or excuse the case with a reason`,
    );
  }
  await storeCase.run(harness);
}

async function fails(storeCase: StoreCase, harness: StoreHarness): Promise<boolean> {
  try {
    await runCase(storeCase, harness);
    return false;
  } catch {
    return true;
  }
}

function staleExcuse(id: string): SuiteTest {
  return {
    name: `${id}: excused, but there is no such case`,
    run: () => Promise.reject(new ConformanceError(`there is no case ${id}: remove its excuse`)),
  };
}
