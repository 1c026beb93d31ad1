import { readableCount } from "../readable.ts";
import type { Goal, Table } from "../section.ts";
import type { HotBudget } from "./hot-budget.ts";

/** What 64 workers did to one budget. */
export function hotBudgetTable(found: HotBudget | undefined): Table {
  const row = (name: string, figure: number | undefined) => {
    return {
      name,
      cells: [figure === undefined ? "not measured" : readableCount(Math.round(figure))],
      figures: [figure],
    };
  };
  return {
    title: "64 workers on one budget",
    columns: ["", "calls"],
    rows: [
      row("there is money for", found?.room),
      row("admitted", found?.admitted),
      row("charged", found?.charged),
      row("asked a second", found?.rate),
    ],
  };
}

/** That nothing is overspent, nothing is withheld, and how fast that is. */
export function hotBudgetGoals(store: string, found: HotBudget | undefined, atLeast: number): Goal[] {
  const exact = {
    id: "B1",
    words: `64 workers on one budget in ${store}: as many are admitted and charged as there is money for`,
  };
  const fast = {
    id: "B1",
    words: `64 workers on one budget in ${store}: ≥ ${readableCount(atLeast)} reservations a second`,
  };
  if (found === undefined) {
    return [exact, fast].map((goal) => ({ ...goal, found: "no figure", status: "not measured" }));
  }
  const { room, admitted, charged, rate } = found;
  return [
    {
      ...exact,
      found: `${readableCount(admitted)} admitted, ${readableCount(charged)} charged of ${readableCount(room)}`,
      status: admitted === room && charged === room ? "met" : "missed",
    },
    { ...fast, found: readableCount(Math.round(rate)), status: rate >= atLeast ? "met" : "missed" },
  ];
}
