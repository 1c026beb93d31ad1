/** A service that tests need. */
export interface NeededService {
  /** For people: `Redis`. */
  readonly name: string;
  /** What to do to have it. */
  readonly advice: string;
  /** Rejects where it cannot be reached. */
  readonly reach: () => Promise<void>;
}

/**
 * Whether the tests that need a service can run: `describe.skipIf(!(await serviceIsThere(redis)))`. Where it is missing
 * it says so loudly; in CI, where nothing may be left out, it rejects.
 */
export async function serviceIsThere({ name, advice, reach }: NeededService): Promise<boolean> {
  try {
    await reach();
    return true;
  } catch (error) {
    const message = `${name} cannot be reached, so its tests do not run. ${advice} (${String(error)})`;
    if (process.env["CI"] === "true") throw new Error(message, { cause: error });
    process.stderr.write(`\n*** ${message}\n\n`);
    return false;
  }
}
