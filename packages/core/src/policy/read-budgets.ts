import type { BudgetRule } from "./policy.ts";
import type { SparsePolicy } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";
import { checkPattern, checkVisible, readDuration, readMoney } from "./read-text.ts";

type Entry = NonNullable<NonNullable<SparsePolicy["budgets"]>[number]>;

/** Reads the section `budgets`. */
export function readBudgets(source: PolicySource, budgets: SparsePolicy["budgets"]): BudgetRule[] {
  const ids = new Set<string>();
  return (budgets ?? []).flatMap((entry, index): BudgetRule[] => {
    if (entry === undefined) return [];
    const path = ["budgets", index];
    const { id, per, scope } = entry;
    const limit = entry.limit === undefined ? undefined : readMoney(source, [...path, "limit"]);
    const window = readWindow(source, path, entry);
    if (scope !== undefined) checkPattern(source, [...path, "scope"], scope);
    checkVisible(source, [...path, "id"], id);
    if (per === undefined || limit === undefined) return [];
    // The default id follows the meaning, not the place: reordering the file or changing a limit keeps what was spent.
    const named = typeof window === "string" ? window : `rolling ${window.rolling}`;
    const budget = id ?? `${per} ${named}${scope === undefined ? "" : ` ${scope}`}`;
    if (ids.has(budget)) {
      const help = "give each an id of its own";
      const at = id === undefined ? path : [...path, "id"];
      source.reportAt(at, { code: "duplicate_id", message: `the budget "${budget}" stands twice`, help });
    }
    ids.add(budget);
    return [{ id: budget, per, scope, window, limit, alerts: readAlerts(source, [...path, "alerts"], entry.alerts) }];
  });
}

function readWindow(source: PolicySource, path: Path, { window, rolling }: Entry): BudgetRule["window"] {
  const span = readDuration(source, [...path, "rolling"], rolling);
  if (window !== undefined && rolling !== undefined) {
    const message = "a budget has a calendar window or a rolling one";
    source.reportKey(path, "rolling", { code: "invalid_value", message, help: 'remove "window" or "rolling"' });
  }
  return span === undefined ? (window ?? "lifetime") : { rolling: span };
}

const usualAlerts: readonly number[] = [50, 80, 100];

function readAlerts(source: PolicySource, path: Path, alerts: Entry["alerts"]): readonly number[] {
  if (alerts === undefined) return usualAlerts;
  const shares = alerts.filter((share) => share !== undefined);
  for (const [index, share] of alerts.entries()) {
    if (share === undefined || (Number.isInteger(share) && share >= 1 && share <= 100)) continue;
    const message = "a share is a whole number of percent from 1 to 100";
    source.reportAt([...path, index], { code: "invalid_value", message });
  }
  return [...new Set(shares)].sort((left, right) => left - right);
}
