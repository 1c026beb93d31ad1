import type { Observation } from "../state-store.ts";

/** How many small numbers have an observation that all checks share. */
const small = 64;
const shared: readonly Observation[] = Array.from({ length: small }, (_, value) => Object.freeze({ value, at: 0 }));

/** What a check saw where there was nothing. */
export const nothing: Observation = Object.freeze({ value: 0, at: 0 });

/** What a check saw, without a moment. */
export function observe(value: number): Observation {
  return value < small ? (shared[value] ?? { value, at: 0 }) : { value, at: 0 };
}
