import { RecentMap } from "../recent-map.ts";
import type { ScopeRules } from "./scope-rules.ts";

/** How many scopes are remembered, how many characters of them, and how many roles of each: a denial stays short and quick. */
const limits = { scopes: 4_000, characters: 200_000, roles: 32 } as const;

/** Finds the roles that may be allowed a scope. What was found is remembered, for the same scopes are refused again and again. */
export class RoleDirectory {
  readonly #roles: ReadonlyMap<string, ScopeRules>;
  readonly #found = new RecentMap<string, readonly string[]>({
    entries: limits.scopes,
    weight: limits.characters,
  });

  constructor(roles: ReadonlyMap<string, ScopeRules>) {
    this.#roles = roles;
  }

  /** The first roles of the file that are allowed a scope, or would be if a condition holds. At most 32. */
  rolesWith(scope: string): readonly string[] {
    const known = this.#found.get(scope);
    if (known !== undefined) return known;
    const roles: string[] = [];
    for (const [role, rules] of this.#roles) {
      if (roles.length === limits.roles) break;
      if (rules.mayAllow(scope)) roles.push(role);
    }
    this.#found.set(scope, roles, scope.length);
    return roles;
  }
}
