import fc from "fast-check";
import { expect, it } from "vitest";
import { AccountCell } from "./account-cell.ts";
import { keptMoney } from "./exact-money.ts";
import type { Reservation } from "./reservation.ts";

const ids = fc.constantFrom("a", "b", "c", "d");
const step = fc.oneof(
  fc.record({ add: ids, leaseUntil: fc.nat(20), charges: fc.boolean() }),
  fc.record({ take: ids }),
  fc.record({ renew: ids, leaseUntil: fc.nat(20) }),
  fc.record({ over: fc.nat(20) }),
);

it("B3: holds what a map would hold, whatever is reserved, renewed and ended in whatever order", () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const cell = new AccountCell();
      cell.begin(cell.table.add(1, { first: 1, second: 2, third: 3 }));
      const map = new Map<string, Reservation>();
      for (const one of steps) {
        if ("add" in one && !map.has(one.add)) {
          const { add: evaluationId, leaseUntil, charges } = one;
          const own = { evaluationId, leaseUntil, amount: keptMoney(3) };
          cell.add({ ...own, expiry: charges ? "charge" : "release" });
          map.set(evaluationId, { ...own, charges, window: 0, at: Number.NEGATIVE_INFINITY, expired: false });
        } else if ("take" in one) {
          expect(cell.take(one.take)).toEqual(map.get(one.take));
          map.delete(one.take);
        } else if ("renew" in one) {
          const known = map.get(one.renew);
          expect(cell.renew(one.renew, one.leaseUntil)).toBe(known !== undefined && !known.expired);
          if (known?.expired === false) known.leaseUntil = Math.max(known.leaseUntil, one.leaseUntil);
        } else if ("over" in one) {
          // A lease ends first, and is forgotten when it ends a second time.
          cell.dropWhere((reservation) => isOver(reservation, one.over));
          for (const [id, known] of map) if (isOver(known, one.over)) map.delete(id);
        }
        expect(cell.isOpen).toBe(map.size > 0);
        for (const id of ["a", "b", "c", "d"]) {
          expect(cell.has(id)).toBe(map.has(id));
          expect(cell.isExpired(id)).toBe(map.get(id)?.expired === true);
        }
      }
    }),
  );
});

function isOver(reservation: Reservation, now: number): boolean {
  if (reservation.leaseUntil > now) return false;
  if (reservation.expired) return true;
  reservation.expired = true;
  return false;
}
