/** A time as people read it. */
export function readableTime(nanoseconds: number): string {
  if (nanoseconds < 100) return `${nanoseconds.toFixed(1)} ns`;
  if (nanoseconds < 1_000) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1_000_000) return `${(nanoseconds / 1_000).toFixed(2)} us`;
  if (nanoseconds < 1_000_000_000) return `${(nanoseconds / 1_000_000).toFixed(2)} ms`;
  return `${(nanoseconds / 1_000_000_000).toFixed(2)} s`;
}

/** How many times as much. */
export function readableRatio(ratio: number): string {
  if (ratio >= 1_000) return `${Math.round(ratio).toLocaleString("en")}x`;
  return `${ratio.toFixed(ratio < 100 ? 2 : 0)}x`;
}

/** A time, and how many times the reference it is. */
export function readableComparison(nanoseconds: number, reference: number | undefined): string {
  const ratio = reference === undefined ? "" : readableRatio(nanoseconds / reference);
  return `${readableTime(nanoseconds)} ${ratio.padStart(7)}`.trimEnd();
}

/** A count with its thousands apart. */
export function readableCount(count: number): string {
  return count.toLocaleString("en");
}
