import { account, expire, release, reserve, settle, start } from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, refuses, type Step, stepsCase, takes } from "../try-store.ts";

const lease = 60_000;
const leaseEnd = start + lease;
const day = 86_400_000;

/** The account holds this much at a moment. */
function spent(amount: number, now = start): Step {
  return holds({ checks: [account("a", 0, { limit: 1_000 })], now }, [amount, 0]);
}

const held = takes({ effects: [reserve("a", "e1", 10)] });
const heldWhileRunning = takes({ effects: [reserve("a", "e1", 10, { expiry: "release" })] });

/** How a reservation ends: by what was said of it, or because nothing was. */
export const reservationCases: readonly StoreCase[] = [
  ...[0, 4, 10, 12].map((amount) =>
    stepsCase(`settle-${amount}`, `B3: a reservation of 10 settled with ${amount} costs ${amount}, once`, [
      held,
      takes({ effects: [settle("a", "e1", amount)] }),
      spent(amount),
      takes({ effects: [settle("a", "e1", amount)] }),
      takes({ effects: [settle("a", "e1", 33)] }),
      spent(amount),
    ]),
  ),
  stepsCase(
    "settle-watched",
    "B1: a settlement above a reservation takes effect beside a check that sees what was held",
    [
      held,
      takes({ effects: [reserve("a", "e2", 5)] }),
      holds({ checks: [account("a", 0, { limit: 1_000 })], effects: [settle("a", "e1", 40)] }, [15, 0]),
      spent(45),
      refuses({ checks: [account("a", 0, { limit: 44 })], effects: [settle("a", "e2", 1)] }, [45, 0]),
      spent(45),
    ],
  ),
  ...[start, leaseEnd].map((now) =>
    stepsCase(
      `settle-watched-${now - start}`,
      "B1: beside a check that looks, a late settlement corrects the charge like one without",
      [
        held,
        holds({ checks: [account("a", 0, { limit: 1_000 })], effects: [settle("a", "e1", 40)], now }, [10, 0]),
        spent(40, now),
      ],
    ),
  ),
  stepsCase("release", "B3: what is released is free, once", [
    held,
    takes({ effects: [reserve("a", "e2", 5)] }),
    takes({ effects: [release("a", "e1")] }),
    spent(5),
    takes({ effects: [release("a", "e1")] }),
    spent(5),
  ]),
  stepsCase("expire", "B6: what expires is charged in full, once", [
    held,
    takes({ effects: [expire("a", "e1")] }),
    spent(10),
    takes({ effects: [expire("a", "e1")] }),
    spent(10),
  ]),
  stepsCase("expire-of-release", "what is held only while a call runs is free once it expires", [
    heldWhileRunning,
    takes({ effects: [expire("a", "e1")] }),
    spent(0),
  ]),
  stepsCase("ended-reservation", "B3: the first end of a reservation is the only one", [
    held,
    takes({ effects: [settle("a", "e1", 7)] }),
    takes({ effects: [release("a", "e1")] }),
    takes({ effects: [expire("a", "e1")] }),
    spent(7),
    takes({ effects: [reserve("a", "e2", 10)] }),
    takes({ effects: [release("a", "e2")] }),
    takes({ effects: [settle("a", "e2", 9)] }),
    takes({ effects: [expire("a", "e2")] }),
    spent(7),
    takes({ effects: [reserve("a", "e3", 10)] }),
    takes({ effects: [expire("a", "e3")] }),
    takes({ effects: [settle("a", "e3", 1)] }),
    takes({ effects: [release("a", "e3")] }),
    spent(17),
  ]),
  stepsCase("unknown-reservation", "the end of a reservation that nobody made changes nothing", [
    takes({ effects: [settle("a", "e1", 5)] }),
    takes({ effects: [release("a", "e1")] }),
    takes({ effects: [expire("a", "e1")] }),
    spent(0),
    held,
    takes({ effects: [settle("a", "other", 5)] }),
    spent(10),
  ]),
  stepsCase("reserve-twice", "a call that is asked about twice is charged once, as it was first", [
    held,
    takes({ effects: [reserve("a", "e1", 10)] }),
    takes({ effects: [reserve("a", "e1", 25)] }),
    spent(10),
    takes({ effects: [settle("a", "e1", 8)] }),
    spent(8),
  ]),
  stepsCase("reservation-per-account", "one call's reservations on two accounts end each by itself", [
    takes({ effects: [reserve("a", "e1", 10), reserve("b", "e1", 20)] }),
    takes({ effects: [settle("a", "e1", 3)] }),
    holds({ checks: [account("a", 0), account("b", 0)] }, [3, 0], [20, 0]),
    takes({ effects: [release("b", "e1")] }),
    holds({ checks: [account("a", 0), account("b", 0)] }, [3, 0], [0, 0]),
  ]),
  stepsCase("settle-both", "a settlement of several accounts is one step", [
    takes({ effects: [reserve("a", "e1", 10), reserve("b", "e1", 20)] }),
    takes({ effects: [settle("a", "e1", 3), settle("b", "e1", 4)] }),
    holds({ checks: [account("a", 0), account("b", 0)] }, [3, 0], [4, 0]),
  ]),
  stepsCase("lease-charges", "B6: what nobody settles is charged at the very end of its lease, and stays", [
    held,
    spent(10, leaseEnd - 1),
    spent(10, leaseEnd),
    takes({ effects: [release("a", "e1")], now: leaseEnd }),
    spent(10, leaseEnd),
  ]),
  stepsCase("lease-not-over", "a reservation can be given back until its lease ends", [
    held,
    spent(10, leaseEnd - 1),
    takes({ effects: [release("a", "e1")], now: leaseEnd - 1 }),
    spent(0, leaseEnd - 1),
  ]),
  stepsCase("lease-releases", "what is held only while a call runs is free at the very end of its lease", [
    heldWhileRunning,
    spent(10, leaseEnd - 1),
    spent(0, leaseEnd),
  ]),
  stepsCase("lease-unasked", "a lease that ended while nobody asked is still settled with the true cost", [
    held,
    takes({ effects: [settle("a", "e1", 3)], now: leaseEnd + 5 }),
    spent(3, leaseEnd + 5),
  ]),
  ...[3, 10, 40].map((amount) =>
    stepsCase(`late-settle-${amount}`, `B1: a settlement after the lease corrects the charge to ${amount}, once`, [
      held,
      spent(10, leaseEnd),
      takes({ effects: [settle("a", "e1", amount)], now: leaseEnd + 1 }),
      spent(amount, leaseEnd + 1),
      takes({ effects: [settle("a", "e1", 77)], now: leaseEnd + 2 }),
      spent(amount, leaseEnd + 2),
    ]),
  ),
  stepsCase("late-settle-of-release", "what was given back at the end of its lease is not charged later", [
    heldWhileRunning,
    spent(0, leaseEnd),
    takes({ effects: [settle("a", "e1", 4)], now: leaseEnd + 1 }),
    spent(0, leaseEnd + 1),
  ]),
  stepsCase(
    "late-expire",
    "an expiry after the end of the lease charges nothing again, and a settlement still corrects",
    [
      held,
      spent(10, leaseEnd),
      takes({ effects: [expire("a", "e1")], now: leaseEnd + 1 }),
      spent(10, leaseEnd + 1),
      takes({ effects: [settle("a", "e1", 6)], now: leaseEnd + 2 }),
      spent(6, leaseEnd + 2),
    ],
  ),
  stepsCase("late-reserve", "a reservation whose lease ended is not made a second time", [
    held,
    spent(10, leaseEnd),
    takes({ effects: [reserve("a", "e1", 10, { leaseUntil: leaseEnd + lease })], now: leaseEnd + 1 }),
    spent(10, leaseEnd + 1),
  ]),
  stepsCase("too-late-settle", "two days after its lease a charge is final", [
    held,
    spent(10, leaseEnd),
    spent(10, leaseEnd + 2 * day),
    takes({ effects: [settle("a", "e1", 3)], now: leaseEnd + 2 * day }),
    spent(10, leaseEnd + 2 * day),
  ]),
  stepsCase(
    "lease-ends-in-refusal",
    "B8: a lease that ended is over, even where the plan that noticed it was refused",
    [
      heldWhileRunning,
      refuses({ checks: [account("a", 1, { limit: 0 })], now: leaseEnd }, [0, 0]),
      spent(0, leaseEnd - 1),
    ],
  ),
  stepsCase("lease-ends-by-reserving", "whoever reserves ends the leases that are over", [
    heldWhileRunning,
    takes({ effects: [reserve("a", "e2", 1, { leaseUntil: leaseEnd + lease })], now: leaseEnd }),
    spent(1, leaseEnd - 1),
  ]),
  stepsCase("leases-apart", "each of several leases ends at its own time", [
    takes({ effects: [reserve("a", "e1", 1, { expiry: "release", leaseUntil: start + 30 })] }),
    takes({ effects: [reserve("a", "e2", 2, { expiry: "release", leaseUntil: start + 10 })] }),
    takes({ effects: [reserve("a", "e3", 4, { expiry: "charge", leaseUntil: start + 20 })] }),
    takes({ effects: [reserve("a", "e4", 8, { expiry: "release", leaseUntil: start + 20 })] }),
    spent(15, start + 9),
    spent(13, start + 10),
    spent(5, start + 20),
    takes({ effects: [settle("a", "e3", 0)], now: start + 25 }),
    spent(1, start + 29),
    spent(0, start + 30),
  ]),
  stepsCase("lease-frees-room", "a call waits only as long as the lease of the one before it", [
    takes({ checks: [account("a", 1, { limit: 1 })], effects: [reserve("a", "e1", 1, { expiry: "release" })] }),
    refuses({ checks: [account("a", 1, { limit: 1 })], now: leaseEnd - 1 }, [1, 0]),
    holds({ checks: [account("a", 1, { limit: 1 })], now: leaseEnd }, [0, 0]),
  ]),
];
