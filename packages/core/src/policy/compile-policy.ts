import { sha256 } from "../digest.ts";
import { indexNeighbours } from "../find-alternatives.ts";
import { compileCeilings, compileRoles, compileUsers } from "./compile-grants.ts";
import { compileMoney } from "./compile-text.ts";
import { compileTools } from "./compile-tools.ts";
import type { BudgetRule, Policy } from "./policy.ts";
import type { PolicyDocument } from "./policy-schema.ts";
import type { PolicySource } from "./policy-source.ts";

/** Compiles a file of the right shape. What is wrong in it is reported to the source; the result then counts for nothing. */
export function compilePolicy(source: PolicySource, document: PolicyDocument): Policy {
  return {
    digest: `sha256:${sha256(source.text)}`,
    source: source.file,
    timezone: compileTimezone(source, document.timezone ?? "UTC"),
    tools: compileTools(source, document.tools),
    roles: compileRoles(source, document.policies ?? []),
    users: compileUsers(source, document.users ?? []),
    ceilings: compileCeilings(source, document.agents),
    budgets: compileBudgets(source, document.budgets ?? []),
    suggests: document.alternatives ?? true,
    neighbours: indexNeighbours(scopesIn(document)),
  };
}

/** Every scope or pattern that the file names. */
function* scopesIn({ tools = {}, policies = [], users = [] }: PolicyDocument): Generator<string> {
  for (const { scope } of Object.values(tools)) {
    for (const entry of [scope].flat()) {
      if (typeof entry === "string") yield entry;
      else yield* [entry.use].flat();
    }
  }
  for (const { allow = [] } of [...policies, ...users]) {
    for (const grant of allow) yield typeof grant === "string" ? grant : grant.scope;
  }
}

function compileTimezone(source: PolicySource, timezone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return timezone;
  } catch {
    const help = 'write an IANA name, such as "America/New_York"';
    source.reportAt(["timezone"], { code: "invalid_value", message: "this time zone is not known", help });
    return "UTC";
  }
}

function compileBudgets(source: PolicySource, budgets: NonNullable<PolicyDocument["budgets"]>): BudgetRule[] {
  const ids = new Set<string>();
  return budgets.map(({ id, per, window: named }, index): BudgetRule => {
    const window = named ?? "lifetime";
    // The default id follows the meaning, not the place: reordering the file or changing a limit keeps what was spent.
    const budget = id ?? `${per} ${window}`;
    if (ids.has(budget)) {
      const path = id === undefined ? ["budgets", index] : ["budgets", index, "id"];
      const help = "give each an id of its own";
      source.reportAt(path, { code: "duplicate_id", message: `the budget "${budget}" stands twice`, help });
    }
    ids.add(budget);
    return { id: budget, per, window, limit: compileMoney(source, ["budgets", index, "limit"]) };
  });
}
