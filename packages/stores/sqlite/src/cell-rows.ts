/** A counter as it is stored. */
export interface CounterRow {
  readonly id: number;
  readonly span: number;
  readonly entries: Uint8Array;
  readonly due: number | null;
}

/** A streak as it is stored. */
export interface StreakRow {
  readonly length: number;
  readonly due: number | null;
}

/** A trail as it is stored. */
export interface TrailRow {
  readonly id: number;
  readonly entries: string;
  readonly due: number | null;
}

/** A mark or a token as it is stored. */
export interface MarkRow {
  readonly at: number;
  readonly due: number | null;
}
