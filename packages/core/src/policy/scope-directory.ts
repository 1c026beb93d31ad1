import { RecentMap } from "../recent-map.ts";
import type { ScopeRules } from "./scope-rules.ts";

/** What a policy says around one scope, whoever asks for it. */
export interface Surroundings {
  /** The first roles of the file that are allowed it, or would be if a condition holds. At most 32. */
  readonly roles: readonly string[];
  /** Other literal scopes that are the same but for the last segment, of the first 32 of the file. */
  readonly beside: readonly string[];
}

/** Literal scopes by their text before the last segment: one, or a list of several. */
export type Neighbours = ReadonlyMap<string, string | readonly string[]>;

/** How many scopes are remembered, and how many characters of them. */
const remembered = { entries: 4_000, weight: 200_000 } as const;
/** How many roles and neighbours are looked at: a denial stays short and quick. */
const limits = { roles: 32, neighbours: 32 } as const;
const none: readonly string[] = Object.freeze([]);

/** Finds what stands around a scope. What was found is remembered, for the same scopes are refused again and again. */
export class ScopeDirectory {
  readonly #roles: ReadonlyMap<string, ScopeRules>;
  readonly #neighbours: Neighbours;
  readonly #found = new RecentMap<string, Surroundings>(remembered);

  constructor(roles: ReadonlyMap<string, ScopeRules>, neighbours: Neighbours) {
    this.#roles = roles;
    this.#neighbours = neighbours;
  }

  around(scope: string): Surroundings {
    const known = this.#found.get(scope);
    if (known !== undefined) return known;
    const found = { roles: this.#rolesWith(scope), beside: this.#beside(scope) };
    this.#found.set(scope, found, scope.length);
    return found;
  }

  #rolesWith(scope: string): readonly string[] {
    const roles: string[] = [];
    for (const [role, rules] of this.#roles) {
      if (roles.length === limits.roles) break;
      if (rules.mayAllow(scope)) roles.push(role);
    }
    return roles.length === 0 ? none : roles;
  }

  #beside(scope: string): readonly string[] {
    const known = this.#neighbours.get(parentOf(scope));
    if (known === undefined || known === scope) return none;
    if (typeof known === "string") return [known];
    return known.slice(0, limits.neighbours).filter((neighbour) => neighbour !== scope);
  }
}

/** The literal scopes that a policy names, by their text before the last segment. Yields often. */
export function* indexNeighbours(scopes: Iterable<string>): Generator<void, Neighbours, void> {
  const neighbours = new Map<string, string | string[]>();
  const seen = new Set<string>();
  let looked = 0;
  for (const scope of scopes) {
    looked += 1;
    if (looked % 100 === 0) yield;
    if (seen.has(scope) || scope.includes("*")) continue;
    seen.add(scope);
    const parent = parentOf(scope);
    // Scopes that share `tool` and nothing more do not stand beside each other.
    if (!parent.includes(":")) continue;
    const known = neighbours.get(parent);
    if (known === undefined) neighbours.set(parent, scope);
    else if (typeof known === "string") neighbours.set(parent, [known, scope]);
    else if (known.length < fewNeighbours) neighbours.set(parent, [...known, scope]);
    else known.push(scope);
  }
  return neighbours;
}

/** Up to here a list is copied rather than extended: an engine leaves room for many more in a list that grows. */
const fewNeighbours = 8;

function parentOf(scope: string): string {
  return scope.slice(0, Math.max(0, scope.lastIndexOf(":")));
}
