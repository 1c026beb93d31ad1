import type { SuiteCase } from "../join-suite.ts";
import type { AdapterCapability, AdapterDriver } from "./adapter-driver.ts";
import { AdapterTrial, type TrialPolicy } from "./adapter-trial.ts";

/** One promise that every adapter keeps. */
export type AdapterCase = SuiteCase<AdapterDriver, AdapterCapability>;

/** What an {@link adapterCase} says of itself. */
export interface AdapterCaseHead {
  readonly id: string;
  readonly title: string;
  /** Default: nothing. */
  readonly needs?: readonly AdapterCapability[];
  readonly policy: TrialPolicy;
}

/** A case that does what it likes with a trial, at the end of which every permit must have ended. */
export function adapterCase(
  { id, title, needs = [], policy }: AdapterCaseHead,
  attempt: (trial: AdapterTrial) => Promise<void>,
): AdapterCase {
  return {
    id,
    title,
    needs,
    run: async (driver) => {
      const trial = new AdapterTrial(driver, policy);
      await attempt(trial);
      trial.expectAllEnded();
    },
  };
}
