import { addMoney, type MicroUnits, StateStoreError } from "@ambit/core";

/** No money. */
export const none = 0 as MicroUnits; // Zero is an amount.

/** Whether it is an amount at all. */
export function isMoney(amount: MicroUnits): boolean {
  return Number.isSafeInteger(amount) && amount >= 0;
}

/** INVARIANT (B4): what is not an exact amount is never taken for one. */
export function requireMoney(amount: MicroUnits): void {
  if (!isMoney(amount)) throw new StateStoreError("state_arithmetic", "an amount is not a whole number of millionths");
}

/** Throws where the sum would not be exact. */
export function sum(left: MicroUnits, right: MicroUnits): MicroUnits {
  const total = addMoney(left, right);
  if (total === undefined) throw new StateStoreError("state_arithmetic", "an account's sum is too large to be exact");
  return total;
}

/** Throws where nothing that is an amount would be left. */
export function subtract(from: MicroUnits, amount: MicroUnits): MicroUnits {
  if (amount > from) throw new StateStoreError("state_arithmetic", "an account would fall below zero");
  return (from - amount) as MicroUnits; // The difference of two amounts, and not below zero.
}
