import type { LintedPolicy } from "./linted-policy.ts";

/** One kind of thing that is looked for in a whole policy. What it costs is linear, or nearly so, in the number of entries. */
export interface LintPass {
  /**
   * `entries`: what it says of some entries holds whatever else stands in the file. `absence`: it says what is missing,
   * and so says nothing while part of the file cannot be read.
   */
  readonly concludesFrom: "entries" | "absence";
  readonly run: (policy: LintedPolicy) => void;
}
