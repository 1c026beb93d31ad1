import type { MicroUnits } from "../../money.ts";
import { StateStoreError } from "../state-store.ts";

/** Whether it is an exact amount. */
export function isMoney(amount: MicroUnits): boolean {
  return Number.isSafeInteger(amount) && amount >= 0;
}

/** INVARIANT (B4): what is not an exact amount is never taken for one. */
export function requireMoney(amount: MicroUnits): void {
  if (!isMoney(amount)) throw new StateStoreError("state_arithmetic", "an amount is not a whole number of millionths");
}

/** Throws where the sum of two amounts would be inexact. */
export function sumExactly(left: MicroUnits, right: MicroUnits): MicroUnits {
  const total = left + right;
  if (total <= Number.MAX_SAFE_INTEGER) return keptMoney(total);
  throw new StateStoreError("state_arithmetic", "an account's sum is too large to be exact");
}

/** Throws where less than nothing would be left. */
export function subtractExactly(from: MicroUnits, amount: MicroUnits): MicroUnits {
  const rest = from - amount;
  if (rest >= 0) return keptMoney(rest);
  throw new StateStoreError("state_arithmetic", "an account would fall below zero");
}

/** A number that was an amount when it was kept, or was made of such. */
export function keptMoney(number: number | undefined): MicroUnits {
  return (number ?? 0) as MicroUnits; // Only amounts are kept where amounts are read.
}
