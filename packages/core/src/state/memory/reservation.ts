import { type MicroUnits, noMoney } from "../../money.ts";

/** What is held against an account. */
export interface Reservation {
  evaluationId: string;
  /** Which of the account's calendar windows it belongs to. */
  window: number;
  at: number;
  amount: MicroUnits;
  leaseUntil: number;
  /** Whether it is charged where nobody ends it; else it is given back. */
  charges: boolean;
  /** Whether its lease has ended. It stays for a while, so that a late settlement corrects the charge. */
  expired: boolean;
}

/** One to be written into. */
export function emptyReservation(): Reservation {
  return { evaluationId: "", window: 0, at: 0, amount: noMoney, leaseUntil: 0, charges: false, expired: false };
}
