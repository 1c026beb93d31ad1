import fc from "fast-check";
import { expect, it } from "vitest";
import { OpenReservations } from "./open-reservations.ts";

const ids = fc.constantFrom("a", "b", "c", "d");
const step = fc.oneof(fc.record({ add: ids }), fc.record({ end: ids }));

it("B3: holds what a map would hold, whatever is reserved and ended in whatever order", () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const reservations = new OpenReservations<{ readonly evaluationId: string }>();
      const map = new Map<string, { readonly evaluationId: string }>();
      for (const one of steps) {
        if ("end" in one) {
          reservations.delete(one.end);
          map.delete(one.end);
        } else if (!map.has(one.add)) {
          const reservation = { evaluationId: one.add };
          reservations.add(reservation);
          map.set(one.add, reservation);
        }
        expect(reservations.size).toBe(map.size);
        expect(new Set(reservations.all())).toEqual(new Set(map.values()));
        for (const id of ["a", "b", "c", "d"]) expect(reservations.get(id)).toBe(map.get(id));
      }
    }),
  );
});
