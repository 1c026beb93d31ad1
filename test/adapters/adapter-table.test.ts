import { readdirSync, readFileSync } from "node:fs";
import { adapterCases } from "@ambit/conformance";
import { expect, it } from "vitest";
import { adapterTable, adapterTablePath } from "./adapter-table.ts";
import { joinedFrameworks } from "./joined-frameworks.ts";

it("the published table says what the suite is joined with, and what is excused: `npm run table` writes it anew", () => {
  expect(readFileSync(adapterTablePath, "utf8")).toBe(adapterTable(joinedFrameworks));
});

it("only cases that exist are excused, and each for one reason", () => {
  const known = adapterCases.map(({ id }) => id);
  for (const { excuses } of joinedFrameworks) {
    const ids = excuses.flatMap((excuse) => excuse.ids);
    expect(ids.filter((id) => !known.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

it("all drivers are tried", () => {
  const files = readdirSync(import.meta.dirname);
  const drivers = files.filter((file) => file.endsWith("-driver.ts"));
  expect(drivers.length).toBeGreaterThan(4);
  expect(drivers.filter((driver) => !files.includes(driver.replace("-driver.ts", ".test.ts")))).toEqual([]);
});
