import type { Deny, UsedApproval } from "./decision.ts";

/** The run of one permitted call, as its tool sees it. */
export interface Execution {
  /** Names the decision by which the tool runs. */
  readonly evaluationId: string;
  /** The approvals under which it runs. Empty where nothing had to be approved. */
  readonly approvals: readonly UsedApproval[];
  /**
   * Says what the call really costs, more or less than was reserved: decimal text, or a number of at most six decimals.
   * The last report before the call ends is charged, also where the tool then fails. Anything else throws a `SettleError`,
   * and unless an amount is reported after that, no less than the reservation is charged. After the end of the call it
   * does nothing but tell `onFault`.
   */
  readonly reportCost: (amount: string | number) => void;
  /**
   * `reportCost` with what a function gives; `undefined` reports nothing. What it throws, or gives that is no amount, is
   * told to `onFault` and not thrown; no less than the reservation is then charged. Never throws.
   */
  readonly reportCostOf: (compute: () => string | number | undefined) => void;
  /**
   * Says that the tool does not fail but stops before its end, such as one that pauses until a person has answered and is
   * then called anew. If it throws after that, the call ends as `aborted`: charged, and neither a failure nor a success.
   */
  readonly reportAbort: () => void;
  /**
   * To be asked before anything that the tool gives is shown to anybody while it still runs, as a generator is: all labels
   * that its classifiers could find are then attached. A denial: nothing of it may be shown. Never rejects.
   */
  readonly releaseEarly: () => Promise<Deny | undefined>;
}
