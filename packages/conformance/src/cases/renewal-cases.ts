import { account, expire, lifetime, release, renew, reserve, rolling, settle, start } from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, refuses, type Step, stepsCase, takes } from "../try-store.ts";

const leaseEnd = start + 60_000;
const later = leaseEnd + 60_000;
const day = 86_400_000;

/** The account holds this much at a moment. */
function spent(amount: number, now = start, window = lifetime): Step {
  return holds({ checks: [account("a", 0, { limit: 1_000, window })], now }, [amount, 0]);
}

const held = takes({ effects: [reserve("a", "e1", 10)] });
const running = takes({ effects: [reserve("a", "e1", 10, { expiry: "release" })] });
const renewed = (now: number, leaseUntil = later, evaluationId = "e1"): Step =>
  takes({ effects: [renew("a", evaluationId, leaseUntil)], now });

/** Leases that end later, because their calls still run. */
export const renewalCases: readonly StoreCase[] = [
  stepsCase("renew", "a lease that is renewed ends at its new end, and not before", [
    running,
    renewed(start + 1),
    spent(10, leaseEnd),
    spent(10, later - 1),
    spent(0, later),
  ]),
  stepsCase("renew-charges", "B6: what was renewed and nobody settles is charged at its new end", [
    held,
    renewed(leaseEnd - 1),
    takes({ effects: [release("a", "e1")], now: later }),
    spent(0, later),
    takes({ effects: [reserve("a", "e2", 10)] }),
    renewed(start + 1, later, "e2"),
    spent(10, later),
    takes({ effects: [release("a", "e2")], now: later }),
    spent(10, later),
  ]),
  stepsCase("renew-again", "a lease is renewed as often as its call needs", [
    running,
    ...Array.from({ length: 5 }, (_, index) => renewed(start + index * 59_000, start + (index + 1) * 59_000 + 1_000)),
    spent(10, start + 295_999),
    spent(0, start + 296_000),
  ]),
  stepsCase("renew-never-shorter", "B6: an earlier end never shortens a lease", [
    running,
    renewed(start, start + 1),
    spent(10, leaseEnd - 1),
    renewed(start, later),
    renewed(start, leaseEnd),
    spent(10, later - 1),
    spent(0, later),
  ]),
  stepsCase("renew-too-late", "a lease that ended unnoticed is not renewed", [
    running,
    renewed(leaseEnd + 1, later),
    spent(0, leaseEnd + 2),
  ]),
  stepsCase("renew-at-its-end", "at the very moment of its end a lease is over", [
    running,
    renewed(leaseEnd, later),
    spent(0, leaseEnd),
    takes({ effects: [reserve("a", "e2", 10)] }),
    renewed(leaseEnd, later, "e2"),
    spent(10, leaseEnd),
    takes({ effects: [release("a", "e2")], now: leaseEnd }),
    spent(10, leaseEnd),
  ]),
  stepsCase("renew-just-in-time", "a moment before its end a lease is renewed", [
    running,
    renewed(leaseEnd - 1, leaseEnd),
    renewed(leaseEnd - 1, leaseEnd + 1),
    spent(10, leaseEnd),
    spent(0, leaseEnd + 1),
  ]),
  stepsCase("renew-after-expiry", "B3: a lease that somebody saw end is not renewed, and its charge stays", [
    held,
    spent(10, leaseEnd),
    renewed(leaseEnd, later),
    renewed(start, later),
    takes({ effects: [release("a", "e1")], now: start }),
    spent(10, start),
    takes({ effects: [reserve("a", "e2", 5)] }),
    takes({ effects: [expire("a", "e2")] }),
    renewed(start, later, "e2"),
    spent(15, later),
  ]),
  stepsCase(
    "renew-clock-back",
    "B8: a renewal that came too late ends the lease also for a clock that then moves back",
    [running, renewed(leaseEnd, later), renewed(leaseEnd - 1, later), spent(0, leaseEnd - 1)],
  ),
  stepsCase("renew-by-a-slow-clock", "a clock that moved back renews what has not ended yet", [
    running,
    renewed(start + 30_000, leaseEnd + 30_000),
    renewed(start - 5_000, start + 55_000),
    spent(10, leaseEnd + 29_999),
    spent(0, leaseEnd + 30_000),
  ]),
  stepsCase("renew-ended", "a reservation that was settled, released or never made is not made by a renewal", [
    held,
    takes({ effects: [settle("a", "e1", 7)] }),
    renewed(start),
    spent(7),
    takes({ effects: [reserve("a", "e2", 10)] }),
    takes({ effects: [release("a", "e2")] }),
    renewed(start, later, "e2"),
    spent(7),
    renewed(start, later, "e3"),
    takes({ effects: [renew("unknown", "e1", later)] }),
    holds({ checks: [account("a", 0), account("unknown", 0)] }, [7, 0], [0, 0]),
    takes({ effects: [reserve("a", "e3", 10)] }),
    spent(17),
  ]),
  stepsCase("renew-another", "the reservations of other evaluations and accounts end when they did", [
    takes({ effects: [reserve("a", "e1", 1, { expiry: "release" }), reserve("b", "e1", 1, { expiry: "release" })] }),
    takes({ effects: [reserve("a", "e2", 2, { expiry: "release" })] }),
    renewed(start),
    holds({ checks: [account("a", 0), account("b", 0)], now: leaseEnd - 1 }, [3, 0], [1, 0]),
    holds({ checks: [account("a", 0), account("b", 0)], now: leaseEnd }, [1, 0], [0, 0]),
  ]),
  stepsCase("renew-ends-others", "whoever renews ends the leases that are over", [
    takes({ effects: [reserve("a", "e1", 1, { expiry: "release" })] }),
    takes({ effects: [reserve("a", "e2", 2, { expiry: "release", leaseUntil: later })] }),
    renewed(leaseEnd, later + 1, "e2"),
    spent(2, leaseEnd - 1),
  ]),
  stepsCase("renew-keeps-limit", "B1: a call that is renewed keeps its place, and the next waits for it", [
    takes({ checks: [account("a", 1, { limit: 1 })], effects: [reserve("a", "e1", 1, { expiry: "release" })] }),
    renewed(start + 40_000),
    refuses({ checks: [account("a", 1, { limit: 1 })], now: later - 1 }, [1, 0]),
    takes({ effects: [release("a", "e1")], now: later - 1 }),
    holds({ checks: [account("a", 1, { limit: 1 })], now: later - 1 }, [0, 0]),
  ]),
  stepsCase("renew-corrects", "B1: a renewed reservation is still corrected for a day after its new end", [
    held,
    renewed(start, start + 3 * day),
    spent(10, start + 3 * day),
    takes({ effects: [settle("a", "e1", 4)], now: start + 4 * day - 1 }),
    spent(4, start + 4 * day - 1),
  ]),
  stepsCase("renew-of-rolling", "B7: a charge counts from its reservation, however often that was renewed", [
    takes({ effects: [reserve("a", "e1", 10, { window: rolling(1_000) })] }),
    renewed(start + 500),
    takes({ effects: [settle("a", "e1", 10)], now: start + 600 }),
    spent(10, start + 999, rolling(1_000)),
    spent(0, start + 1_000, rolling(1_000)),
  ]),
];
