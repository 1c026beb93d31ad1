/** What identifies one evaluation and when it happened. */
export interface Occasion {
  readonly evaluationId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds: when a permit that nobody settles counts as abandoned. */
  readonly leaseUntil: number;
}
