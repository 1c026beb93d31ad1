import { ConformanceError } from "./conformance-error.ts";

/** One promise that everything which joins a suite keeps. */
export interface SuiteCase<Harness, Capability extends string> {
  /** Never changes, so that it can be excused by it: `account-limit-reached`. */
  readonly id: string;
  /** What the harness must be capable of. */
  readonly needs: readonly Capability[];
  /** The promise in plain words, with the invariant that it belongs to. */
  readonly title: string;
  /** Tries the promise, and leaves nothing behind. Rejects with a {@link ConformanceError} where it is not kept. */
  readonly run: (harness: Harness) => Promise<void>;
}

/** A case that is known not to pass, and why. */
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

interface CapableHarness<Capability extends string> {
  readonly capabilities: readonly Capability[];
}

/**
 * All cases for one harness.
 *
 * A case that needs what the harness is not capable of fails unless it is excused, so that nothing is left out in
 * silence. An excused case is run all the same and fails once it passes, so that no excuse outlives its reason.
 */
export function joinSuite<Harness extends CapableHarness<Capability>, Capability extends string>(
  cases: readonly SuiteCase<Harness, Capability>[],
  harness: Harness,
  excused: readonly ExcusedCase[],
): readonly SuiteTest[] {
  const tests = cases.map((suiteCase) => suiteTest(suiteCase, harness, excused));
  const unknown = excused.filter(({ id }) => !cases.some((suiteCase) => suiteCase.id === id));
  return [...tests, ...unknown.map(({ id }) => staleExcuse(id))];
}

function suiteTest<Harness extends CapableHarness<Capability>, Capability extends string>(
  suiteCase: SuiteCase<Harness, Capability>,
  harness: Harness,
  excused: readonly ExcusedCase[],
): SuiteTest {
  const { id, title } = suiteCase;
  const excuse = excused.find((entry) => entry.id === id);
  const run = () => runCase(suiteCase, harness);
  if (excuse === undefined) return { name: `${id}: ${title}`, run };
  return {
    name: `${id}: ${title} (excused: ${excuse.reason})`,
    run: async () => {
      if (await fails(run)) return;
      throw new ConformanceError(`${id} is excused, but it passes: remove the excuse "${excuse.reason}"`);
    },
  };
}

async function runCase<Harness extends CapableHarness<Capability>, Capability extends string>(
  { id, needs, run }: SuiteCase<Harness, Capability>,
  harness: Harness,
): Promise<void> {
  const missing = needs.filter((capability) => !harness.capabilities.includes(capability));
  if (missing.length > 0) {
    throw new ConformanceError(
      `${id} needs a harness capable of ${missing.join(", ")}: offer it, or excuse the case with a reason`,
    );
  }
  await run(harness);
}

async function fails(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
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
