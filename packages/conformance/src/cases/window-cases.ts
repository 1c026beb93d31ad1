import type { AccountWindow } from "@ambit/core";
import { account, day, expire, lifetime, release, reserve, rolling, settle, start } from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, refuses, type Step, stepsCase, takes } from "../try-store.ts";

const first = day("2026-01-01");
const second = day("2026-01-02");
const far = start + 1_000 * 86_400_000;
/** Slots of 1 ms. */
const short = rolling(1_000);
/** Slots of 60 ms; `start` is the end of one. */
const minute = rolling(60_000);

function charge(id: string, amount: number, window: AccountWindow, now = start): Step {
  return takes({ effects: [reserve("a", id, amount, { window, leaseUntil: far })], now });
}

function spent(amount: number, window: AccountWindow, now = start): Step {
  return holds({ checks: [account("a", 0, { limit: 10_000, window })], now }, [amount, 0]);
}

function cost(id: string, amount: number, now = start): Step {
  return takes({ effects: [settle("a", id, amount)], now });
}

/** Which charges count together. */
export const windowCases: readonly StoreCase[] = [
  stepsCase("calendar-begins-anew", "a later window of the calendar begins with nothing spent", [
    charge("e1", 100, first),
    refuses({ checks: [account("a", 1, { window: first })] }, [100, 0]),
    holds({ checks: [account("a", 100, { window: second })] }, [0, 0]),
    charge("e2", 5, second),
    spent(5, second),
  ]),
  stepsCase("calendar-asked-early", "asking about a later window does not begin it", [
    charge("e1", 100, first),
    spent(0, second),
    spent(100, first),
  ]),
  stepsCase("calendar-late-settlement", "B7: a charge belongs to the window of its reservation", [
    charge("e1", 5, first),
    charge("e2", 9, second),
    cost("e1", 50),
    spent(9, second),
    cost("e2", 8),
    spent(8, second),
  ]),
  stepsCase("calendar-late-release", "B7: what is given back of an earlier window frees nothing in this one", [
    charge("e1", 5, first),
    charge("e3", 6, first),
    charge("e2", 9, second),
    takes({ effects: [release("a", "e1")] }),
    takes({ effects: [expire("a", "e3")] }),
    spent(9, second),
  ]),
  stepsCase("calendar-lease-over-midnight", "B7: a lease that ends in the next window charges the one before", [
    takes({ effects: [reserve("a", "e1", 5, { window: first, leaseUntil: start + 10 })] }),
    charge("e2", 9, second),
    spent(9, second, start + 10),
    cost("e1", 50, start + 11),
    spent(9, second, start + 11),
  ]),
  stepsCase("calendar-clock-back", "B8: a clock that steps back reopens no window", [
    charge("e1", 100, second),
    refuses({ checks: [account("a", 1, { window: first })], now: start - 86_400_000 }, [100, 0]),
  ]),
  stepsCase(
    "calendar-clock-back-charges",
    "B8: what is reserved by a clock that stepped back counts in the latest window",
    [
      charge("e1", 60, second),
      charge("e2", 30, first, start - 86_400_000),
      spent(90, second),
      cost("e2", 20),
      spent(80, second),
    ],
  ),
  stepsCase("calendar-order-of-names", "names of windows compare by UTF-16 code units", [
    charge("e1", 10, day("\u{10000}")),
    spent(0, day("\uffff")),
    charge("e2", 20, day("\uffff")),
    spent(20, day("\u{10000}")),
  ]),
  stepsCase("lifetime-never-ends", "a lifetime never begins anew", [
    charge("e1", 100, lifetime),
    cost("e1", 100),
    refuses({ checks: [account("a", 1)], now: far }, [100, 0]),
  ]),
  stepsCase("rolling-leaves-on-time", "a charge of a rolling window counts for its span, to the millisecond", [
    charge("e1", 40, short),
    cost("e1", 40),
    spent(40, short, start + 999),
    spent(0, short, start + 1_000),
  ]),
  stepsCase(
    "rolling-counts-from-reservation",
    "a charge counts from the moment of its reservation, not of its settlement",
    [
      charge("e1", 40, short),
      cost("e1", 40, start + 900),
      spent(40, short, start + 999),
      spent(0, short, start + 1_000),
    ],
  ),
  stepsCase("rolling-open-reservation", "what is reserved counts for as long as it is held", [
    charge("e1", 40, short),
    spent(40, short, start + 50_000),
    cost("e1", 40, start + 50_001),
    spent(0, short, start + 50_001),
  ]),
  stepsCase("rolling-says-when", "a refusal by a rolling window says when enough of it is free again", [
    charge("e1", 30, short),
    charge("e2", 30, short, start + 10),
    charge("e3", 30, short, start + 20),
    cost("e1", 30),
    cost("e2", 30),
    cost("e3", 30),
    refuses({ checks: [account("a", 11, { window: short })], now: start + 20 }, [90, start + 1_000]),
    refuses({ checks: [account("a", 41, { window: short })], now: start + 20 }, [90, start + 1_010]),
    refuses({ checks: [account("a", 100, { window: short })], now: start + 20 }, [90, start + 1_020]),
    refuses({ checks: [account("a", 101, { window: short })], now: start + 20 }, [90, 0]),
    holds({ checks: [account("a", 11, { window: short })], now: start + 1_000 }, [60, 0]),
  ]),
  stepsCase("rolling-held-is-never-free", "what is still held is not counted on to become free", [
    charge("e1", 30, short),
    charge("e2", 80, short),
    cost("e1", 30),
    refuses({ checks: [account("a", 20, { window: short })] }, [110, start + 1_000]),
    refuses({ checks: [account("a", 21, { window: short })] }, [110, 0]),
  ]),
  stepsCase("rolling-slots", "B11: a charge counts until the end of its slot has left, never shorter than the span", [
    charge("e1", 1, minute, start + 1),
    charge("e2", 2, minute, start + 60),
    charge("e3", 4, minute, start + 61),
    cost("e1", 1),
    cost("e2", 2),
    cost("e3", 4),
    spent(7, minute, start + 60_001),
    spent(7, minute, start + 60_059),
    spent(4, minute, start + 60_060),
    spent(4, minute, start + 60_119),
    spent(0, minute, start + 60_120),
  ]),
  stepsCase(
    "rolling-left-stays-left",
    "B8: what has left a rolling window comes back neither corrected nor by a clock",
    [
      takes({ effects: [reserve("a", "e1", 10, { window: minute, leaseUntil: start + 1_000 })] }),
      takes({ effects: [reserve("a", "e2", 10, { window: minute, leaseUntil: start + 1_000 })] }),
      spent(20, minute, start + 2_000),
      spent(0, minute, start + 70_000),
      cost("e2", 30, start + 70_000),
      cost("e1", 0, start + 70_000),
      spent(0, minute, start + 10_000),
      charge("e3", 7, minute, start + 10_000),
      cost("e3", 7, start + 10_000),
      spent(7, minute, start + 129_999),
      spent(0, minute, start + 130_020),
    ],
  ),
  stepsCase("rolling-order-of-settlement", "the order of settlements changes nothing", [
    charge("e1", 1, minute, start + 60),
    charge("e2", 2, minute, start + 120),
    charge("e3", 4, minute, start + 180),
    cost("e2", 2),
    cost("e3", 4),
    cost("e1", 1),
    spent(7, minute, start + 60_059),
    spent(6, minute, start + 60_060),
    spent(4, minute, start + 60_120),
    spent(0, minute, start + 60_180),
  ]),
  stepsCase("rolling-clock-back", "B8: a clock that steps back frees nothing, now or once it is right again", [
    charge("e1", 50, short),
    cost("e1", 50),
    charge("e2", 30, short, start - 5_000),
    cost("e2", 30),
    spent(80, short, start - 5_000),
    spent(80, short, start + 999),
    spent(0, short, start + 1_000),
  ]),
  stepsCase("rolling-clock-back-after-release", "B8: also where what was reserved at the later moment was given back", [
    charge("e1", 50, short),
    takes({ effects: [release("a", "e1")] }),
    ...Array.from({ length: 8 }, () => spent(0, short, start - 5_000)),
    charge("e2", 30, short, start - 5_000),
    cost("e2", 30),
    spent(30, short, start + 999),
    spent(0, short, start + 1_000),
  ]),
  stepsCase("rolling-late-correction", "a settlement after the lease corrects a rolling charge", [
    takes({ effects: [reserve("a", "e1", 40, { window: short, leaseUntil: start + 10 })] }),
    charge("e2", 5, short),
    spent(45, short, start + 10),
    cost("e1", 12, start + 20),
    spent(17, short, start + 20),
    cost("e2", 5, start + 20),
    spent(17, short, start + 999),
    spent(0, short, start + 1_000),
  ]),
  stepsCase("rolling-correction-too-late", "the correction of a charge that counts no more frees nothing else", [
    takes({ effects: [reserve("a", "e1", 40, { window: short, leaseUntil: start + 10 })] }),
    spent(40, short, start + 10),
    spent(0, short, start + 1_000),
    charge("e2", 5, short, start + 1_000),
    cost("e2", 5, start + 1_000),
    cost("e1", 0, start + 1_001),
    spent(5, short, start + 1_001),
  ]),
  stepsCase("rolling-releases", "what is released of a rolling window is free at once", [
    charge("e1", 40, short),
    takes({ effects: [release("a", "e1")] }),
    spent(0, short),
  ]),
  stepsCase("rolling-after-lifetime", "B12: what was spent before a window was rolling counts on for its span", [
    charge("e1", 10, lifetime),
    cost("e1", 10),
    ...Array.from({ length: 10 }, () => charge("e2", 20, lifetime, start + 500)),
    cost("e2", 20, start + 600),
    refuses({ checks: [account("a", 80, { window: short })], now: start + 700 }, [30, start + 1_500]),
    charge("e3", 5, short, start + 1_499),
    spent(35, short, start + 1_499),
    spent(5, short, start + 1_500),
  ]),
  stepsCase("rolling-after-calendar", "an account whose window is changed and changed back still answers", [
    charge("e1", 10, minute),
    cost("e1", 10),
    charge("e2", 20, first),
    cost("e2", 20),
    spent(20, first),
    spent(20, minute, start + 59_999),
    charge("e3", 5, minute, start + 59_999),
    cost("e3", 5, start + 59_999),
    spent(25, minute, start + 59_999),
    spent(5, minute, start + 60_000),
  ]),
];
