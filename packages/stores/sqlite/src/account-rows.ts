import type { Effect, MicroUnits } from "@ambit/core";
import type { BoundText } from "./exact-text.ts";

/** How long an expired reservation can still be settled, in milliseconds. */
export const correctable = 86_400_000;

/** An account as it is stored. */
export interface AccountRow {
  readonly id: number;
  readonly window: BoundText;
  readonly ends: number;
  readonly committed: MicroUnits;
  readonly reserved: MicroUnits;
  readonly span: number;
  readonly latest: number;
  readonly next_lease: number;
  readonly lifetime_ends: number;
  readonly due: number | null;
}

/** A reservation that has ended. */
export interface EndedReservation {
  readonly window: BoundText;
  readonly at: number;
  readonly amount: MicroUnits;
  readonly expiry: Extract<Effect, { kind: "reserve" }>["expiry"];
  readonly expired: 0 | 1;
}

/** A reservation as it is stored. */
export interface ReservationRow extends EndedReservation {
  readonly id: number;
  readonly lease_until: number;
}
