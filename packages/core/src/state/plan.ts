import type { MicroUnits } from "../money.ts";

/** Index into {@link Plan.keys}. */
export type KeyIndex = number;

/** `committed + reserved + amount` must stay at or below `limit`. */
export interface AccountCheck {
  readonly kind: "account";
  readonly key: KeyIndex;
  readonly window: AccountWindow;
  /** An amount of money in millionths, or a number of calls under way. */
  readonly amount: MicroUnits;
  readonly limit: MicroUnits;
}

/**
 * Which charges of an account count together.
 *
 * `calendar`: those of one window, named by text that compares greater for a later window (by UTF-16 code units, as
 * JavaScript compares), up to the moment `ends`. A later window begins with nothing committed and nothing reserved. A
 * clock that moves back charges the latest window that was seen. `rolling`: those of the last `span` milliseconds. A
 * charge counts from the moment of its reservation, taken up to the next whole multiple of a thousandth of the span
 * (rounded down to milliseconds, at least one): for up to a thousandth longer, never shorter. A moment before the latest
 * one at which this account reserved counts as that one. Where an account becomes rolling, what was committed before
 * counts from the latest reservation. `lifetime`: all, up to the moment `ends` where there is one, after which no plan
 * names the account any more, so that it may be forgotten.
 */
export type AccountWindow =
  | { readonly kind: "calendar"; readonly name: string; readonly ends: number }
  | { readonly kind: "rolling"; readonly span: number }
  | { readonly kind: "lifetime"; readonly ends?: number | undefined };

/**
 * Fewer than `limit` entries in the interval of `span` milliseconds that ends now, exactly: those later than now less the
 * span. Where the clock has moved back, the interval ends at the latest entry.
 */
export interface CountCheck {
  readonly kind: "count";
  readonly key: KeyIndex;
  /** Milliseconds; no longer than the counter's effects say. */
  readonly span: number;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** The mark must, or must not, have been set at or after `since`. */
export interface MarkCheck {
  readonly kind: "marked" | "unmarked";
  readonly key: KeyIndex;
  /** Epoch milliseconds. 0: ever. */
  readonly since: number;
}

/** At least one of the marks must not have been set at or after `since`. */
export interface CombinationCheck {
  readonly kind: "incomplete";
  /** None: the check never holds. */
  readonly keys: readonly KeyIndex[];
  /** Epoch milliseconds. 0: ever. */
  readonly since: number;
}

/** Fewer than `limit` in a row. */
export interface StreakCheck {
  readonly kind: "streak";
  readonly key: KeyIndex;
  readonly limit: number;
}

/** With `entry` added, the trail must not end in `repeats` rounds of the same 2 to 4 entries. */
export interface CycleCheck {
  readonly kind: "acyclic";
  readonly key: KeyIndex;
  /** At most 64 characters. */
  readonly entry: string;
  /** 2 to 8. */
  readonly repeats: number;
}

/** The token must not have been spent. */
export interface TokenCheck {
  readonly kind: "unspent";
  readonly key: KeyIndex;
}

/** The switch must not be thrown. */
export interface SwitchCheck {
  readonly kind: "off";
  readonly key: KeyIndex;
}

/** A condition on one cell. Taken together: either all of a plan's checks hold or none of its effects happens. */
export type Check =
  | AccountCheck
  | CountCheck
  | MarkCheck
  | CombinationCheck
  | StreakCheck
  | CycleCheck
  | TokenCheck
  | SwitchCheck;

/**
 * Holds an amount against an account until it is settled, released or expired. While it is held, and for a day after its
 * lease has ended, a second one with the same evaluation id changes nothing.
 */
export interface ReserveEffect {
  readonly kind: "reserve";
  readonly key: KeyIndex;
  readonly window: AccountWindow;
  readonly evaluationId: string;
  readonly amount: MicroUnits;
  /**
   * Epoch milliseconds. Once it has come, whoever next checks, reserves or renews on the account ends the reservation as
   * `expiry` says, even where the plan is then refused.
   */
  readonly leaseUntil: number;
  /** `charge`: the call may have started and nobody will say. `release`: what was held is only held while it runs. */
  readonly expiry: "charge" | "release";
}

/**
 * Replaces the reservation by what the call really cost, above the limit if need be; the charge belongs to the window of
 * its reservation. Of one whose lease ended in between, no more than a day ago, the charge is corrected; where it was
 * given back instead, nothing is charged.
 */
export interface SettleEffect {
  readonly kind: "settle";
  readonly key: KeyIndex;
  readonly evaluationId: string;
  readonly amount: MicroUnits;
}

/** Gives the reservation back: the call certainly never started. One whose lease ended in between stays as it ended. */
export interface ReleaseEffect {
  readonly kind: "release";
  readonly key: KeyIndex;
  readonly evaluationId: string;
}

/**
 * Ends the reservation as its `expiry` says, whatever its lease, for good: nobody will say what became of the call. Of one
 * whose lease has ended it changes nothing.
 */
export interface ExpireEffect {
  readonly kind: "expire";
  readonly key: KeyIndex;
  readonly evaluationId: string;
}

/**
 * Lets a reservation's lease end later: its call still runs. An earlier moment never shortens it. Where the reservation is
 * gone, or its lease has ended by then, nothing is renewed.
 */
export interface RenewEffect {
  readonly kind: "renew";
  readonly key: KeyIndex;
  readonly evaluationId: string;
  /** Epoch milliseconds. */
  readonly leaseUntil: number;
}

/** Adds an entry of this moment to a counter; of the latest entry's moment where the clock has moved back. */
export interface CountEffect {
  readonly kind: "count";
  readonly key: KeyIndex;
  /** Milliseconds. Entries older than the longest span so far, and all but the last 1,000, may be forgotten. */
  readonly span: number;
}

/** Sets a mark to this moment. An earlier moment never replaces a later one. */
export interface MarkEffect {
  readonly kind: "mark";
  readonly key: KeyIndex;
  /** Only if this other mark was set at or after `since`, before this effect. */
  readonly after?: { readonly key: KeyIndex; readonly since: number } | undefined;
  /** Milliseconds from now after which no check can ask for it, so that it may be forgotten. 0: never. */
  readonly keep: number;
}

/** Removes a mark. */
export interface UnmarkEffect {
  readonly kind: "unmark";
  readonly key: KeyIndex;
}

/** Makes a streak longer by one. */
export interface GrowEffect {
  readonly kind: "grow";
  readonly key: KeyIndex;
  /** Milliseconds from now after which no check can ask for it, so that it may be forgotten. 0: never. */
  readonly keep: number;
}

/** Ends a streak. */
export interface BreakEffect {
  readonly kind: "break";
  readonly key: KeyIndex;
}

/** Adds an entry to a trail, which keeps the last 32. */
export interface TrailEffect {
  readonly kind: "follow";
  readonly key: KeyIndex;
  /** At most 64 characters. */
  readonly entry: string;
  /** Milliseconds from now after which no check can ask for it, so that it may be forgotten. 0: never. */
  readonly keep: number;
}

/** Spends a token, for ever, or for `keep` milliseconds where it is of no use to anybody afterwards. */
export interface SpendEffect {
  readonly kind: "spend";
  readonly key: KeyIndex;
  /** Milliseconds. 0: for ever. */
  readonly keep: number;
}

/** Throws a switch until a moment, or resets it. A throw never shortens another. */
export interface SwitchEffect {
  readonly kind: "throw" | "reset";
  readonly key: KeyIndex;
  /** Epoch milliseconds; `Number.MAX_SAFE_INTEGER`: until it is reset. Of a reset: 0. */
  readonly until: number;
}

/** A change to one cell. Settle, release, expire and renew of a reservation that is gone change nothing. */
export type Effect =
  | ReserveEffect
  | SettleEffect
  | ReleaseEffect
  | ExpireEffect
  | RenewEffect
  | CountEffect
  | MarkEffect
  | UnmarkEffect
  | GrowEffect
  | BreakEffect
  | TrailEffect
  | SpendEffect
  | SwitchEffect;

/** Every stateful rule that one call touches, as data, so that each store can take it in one step. */
export interface Plan {
  /**
   * Whose state it is: injective text over the tenant. All keys of a plan belong to it, so that a store may keep one
   * partition's cells together.
   */
  readonly partition: string;
  /**
   * Cell names: injective text over issuer, subject and rule, compared byte by byte. A key names one kind of cell only,
   * and no two effects on an account in one plan name the same key.
   */
  readonly keys: readonly string[];
  readonly checks: readonly Check[];
  /** In order: each sees what those before it did. */
  readonly effects: readonly Effect[];
  /** Whole epoch milliseconds. */
  readonly now: number;
}

/** A plan that asks and changes nothing. */
export function emptyPlan(now: number): Plan {
  return { partition: "", keys: [], checks: [], effects: [], now };
}
