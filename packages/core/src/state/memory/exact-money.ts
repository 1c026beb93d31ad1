import { addMoney, type MicroUnits, subtractMoney } from "../../money.ts";
import { StateStoreError } from "../state-store.ts";

/** Whether it is an exact amount. */
export function isMoney(amount: MicroUnits): boolean {
  return Number.isSafeInteger(amount) && amount >= 0;
}

/** INVARIANT (B4): what is not an exact amount is never taken for one. */
export function requireMoney(amount: MicroUnits): void {
  if (!isMoney(amount)) throw new StateStoreError("state_arithmetic", "an amount is not a whole number of millionths");
}

/** Throws where the sum would be inexact. */
export function sumExactly(left: MicroUnits, right: MicroUnits): MicroUnits {
  const total = addMoney(left, right);
  if (total === undefined) throw new StateStoreError("state_arithmetic", "an account's sum is too large to be exact");
  return total;
}

/** Throws where less than nothing would be left. */
export function subtractExactly(from: MicroUnits, amount: MicroUnits): MicroUnits {
  const rest = subtractMoney(from, amount);
  if (rest === undefined) throw new StateStoreError("state_arithmetic", "an account would fall below zero");
  return rest;
}

/** A number that was an amount when it was kept. */
export function keptMoney(number: number | undefined): MicroUnits {
  return (number ?? 0) as MicroUnits; // Only amounts are kept where amounts are read.
}
