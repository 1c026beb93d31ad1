import fc from "fast-check";
import { expect, it } from "vitest";
import { CellTable } from "./cell-table.ts";

/** Few distinct words, so that many names begin at one place of the index. */
const name = fc.record({ first: fc.constantFrom(0, 1, 16, -16), second: fc.nat(9), third: fc.constantFrom(0, -1) });
const step = fc.record({ tenant: fc.constantFrom(1, 2, -3), name, removes: fc.boolean() });

it("B9, S1: finds each cell by its tenant and its whole name, with what it holds, whichever others come and go", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new CellTable({ numbers: 3, references: 1 });
      const map = new Map<string, { readonly step: (typeof steps)[number]; readonly value: number }>();
      for (const [value, one] of steps.entries()) {
        const text = JSON.stringify([one.tenant, one.name]);
        const slot = table.find(one.tenant, one.name);
        expect(slot >= 0).toBe(map.has(text));
        if (slot < 0) {
          const added = table.add(one.tenant, one.name);
          const { numbers, references } = table.block(added);
          expect([numbers[table.base(added) + 2], references[table.referenceBase(added)]]).toEqual([0, undefined]);
          numbers[table.base(added) + 2] = value;
          references[table.referenceBase(added)] = text;
          map.set(text, { step: one, value });
        } else if (one.removes) {
          table.remove(slot);
          map.delete(text);
        }
      }
      expect(table.size).toBe(map.size);
      for (const [text, { step: one, value }] of map) {
        const slot = table.find(one.tenant, one.name);
        expect(table.isNamed(slot, one.tenant, one.name)).toBe(true);
        expect(table.tenantOf(slot)).toBe(one.tenant);
        expect(table.block(slot).numbers[table.base(slot) + 2]).toBe(value);
        expect(table.block(slot).references[table.referenceBase(slot)]).toBe(text);
      }
    }),
  );
});

it("R1: gives back what a flood took, once its cells are gone", () => {
  const table = new CellTable({ numbers: 4 });
  const names = Array.from({ length: 20_000 }, (_, first) => ({ first: first * 7_919, second: first, third: 0 }));
  for (const one of names) table.add(1, one);
  for (const one of names.slice(100)) table.remove(table.find(1, one));
  expect(table.size).toBe(100);
  expect(names.filter((one) => table.find(1, one) >= 0)).toEqual(names.slice(0, 100));
  // Of the blocks behind the first no more than one is held.
  expect(() => table.block(19_999)).toThrow(RangeError);
});
