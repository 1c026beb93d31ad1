import { sha256 } from "../digest.ts";
import { type MicroUnits, noMoney, parseMoney } from "../money.ts";
import { isToolName } from "../resolve-call.ts";
import { type ScopeFault, scopeFault, scopePatternFault } from "../scope.ts";
import type { BudgetRule, Policy, ToolRule } from "./policy.ts";
import type { PolicyDocument } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";
import { ScopeIndex, type ScopeRule } from "./scope-index.ts";

/** Compiles a file of the right shape. What is wrong in it is reported to the source; the result then counts for nothing. */
export function compilePolicy(source: PolicySource, document: PolicyDocument): Policy {
  return {
    digest: `sha256:${sha256(source.text)}`,
    source: source.file,
    timezone: compileTimezone(source, document.timezone ?? "UTC"),
    tools: compileTools(source, document.tools),
    roles: compileRoles(source, document.policies ?? []),
    budgets: compileBudgets(source, document.budgets ?? []),
  };
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

function compileTools(source: PolicySource, tools: PolicyDocument["tools"]): Policy["tools"] {
  if (tools === undefined) return undefined;
  const rules = new Map<string, ToolRule>();
  for (const [name, { scope, cost }] of Object.entries(tools)) {
    if (!isToolName(name)) {
      const help = "a tool's name has 1 to 128 characters of A-Z a-z 0-9 _ . : / -";
      source.reportKey(["tools"], name, { code: "invalid_value", message: "this cannot be the name of a tool", help });
    }
    const path = ["tools", name];
    const scopes = typeof scope === "string" ? [scope] : scope;
    for (const [index, text] of scopes.entries()) {
      const at = typeof scope === "string" ? [...path, "scope"] : [...path, "scope", index];
      reportScope(source, at, scopeFault(text));
    }
    rules.set(name, { scopes, cost: cost === undefined ? noMoney : compileMoney(source, [...path, "cost"]) });
  }
  return rules;
}

function compileRoles(source: PolicySource, policies: NonNullable<PolicyDocument["policies"]>): Policy["roles"] {
  const roles = new Map<string, ScopeIndex>();
  for (const [index, { role, allow = [], deny = [] }] of policies.entries()) {
    const path = ["policies", index];
    if (roles.has(role)) {
      const help = "put all rules of a role in one place";
      source.reportAt([...path, "role"], { code: "duplicate_role", message: `the role "${role}" stands twice`, help });
    }
    if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(role)) {
      source.reportAt([...path, "role"], {
        code: "invalid_value",
        message: "a role's name holds invisible characters",
      });
    }
    const rules = [
      ...compileRules(source, { path: [...path, "deny"], patterns: deny, role, effect: "deny" }),
      ...compileRules(source, { path: [...path, "allow"], patterns: allow, role, effect: "allow" }),
    ];
    roles.set(role, new ScopeIndex(rules));
  }
  return roles;
}

interface RuleList {
  readonly path: Path;
  readonly patterns: readonly string[];
  readonly role: string;
  readonly effect: ScopeRule["effect"];
}

function compileRules(source: PolicySource, { path, patterns, role, effect }: RuleList): ScopeRule[] {
  return patterns.map((pattern, index) => {
    reportScope(source, [...path, index], scopePatternFault(pattern));
    return { id: `role:${role} ${effect} ${pattern}`, role, effect, pattern };
  });
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

function compileMoney(source: PolicySource, path: Path): MicroUnits {
  const amount = parseMoney(source.written(path));
  if (amount !== undefined) return amount;
  const help = 'write decimal text of at most six decimals, such as "0.002"';
  source.reportAt(path, { code: "invalid_value", message: "this is not an exact amount of money", help });
  return noMoney;
}

const scopeFaults: Readonly<Record<ScopeFault, string>> = {
  empty: "a scope cannot be empty",
  too_long: "a scope has at most 256 characters",
  too_many_segments: "a scope has at most 16 segments",
  empty_segment: "a scope has no empty segment: a colon stands between two names",
  character: "a scope's segments are made of A-Z a-z 0-9 _ . / -",
  wildcard: "a star stands alone: * for one segment, ** as the last for one or more",
};

function reportScope(source: PolicySource, path: Path, fault: ScopeFault | undefined): void {
  if (fault === undefined) return;
  const literal = path.includes("tools") && fault === "wildcard";
  const message = literal ? "a tool requires scopes without wildcards" : scopeFaults[fault];
  source.reportAt(path, { code: "invalid_scope", message });
}
