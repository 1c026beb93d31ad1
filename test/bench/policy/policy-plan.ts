import { below, pick, seededRandom } from "../random.ts";

/** What the rules of a policy say, whatever engine it is written for. */
export interface PolicyPlan {
  readonly roles: readonly RolePlan[];
}

/** The rules of one role: literal scopes, and patterns that end in `:**`. */
export interface RolePlan {
  readonly role: string;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/**
 * How much of the language a policy uses. `full`: all of it. `exact`: no wildcards. `allows`: no denies. `exact allows`:
 * neither. What an engine cannot express it is not given: that is less work for it.
 */
export type PolicyVariant = "full" | "exact" | "allows" | "exact allows";

/** The article's policy, or a generated one of so many rules. */
export type PolicySize = "seed" | number;

/** Every size that is measured, and how many roles the rules are spread over. */
export const generatedSizes: ReadonlyMap<number, number> = new Map([
  [10, 2],
  [100, 5],
  [1_000, 25],
  [10_000, 80],
  [100_000, 500],
]);

/** The policy of a size: the same in each run. */
export function planPolicy(size: PolicySize, variant: PolicyVariant): PolicyPlan {
  if (size === "seed") {
    const denies = variant === "full" || variant === "exact";
    return { roles: seedRoles.map((role) => ({ ...role, deny: denies ? role.deny : [] })) };
  }
  const count = generatedSizes.get(size);
  if (count === undefined) throw new RangeError(`no number of roles is set for ${size} rules`);
  const random = seededRandom(42);
  const share = Math.floor(size / count);
  const roles = Array.from({ length: count }, (_, index) => {
    const rules = index === count - 1 ? size - share * (count - 1) : share;
    return planRole(random, index, { rules, variant });
  });
  return { roles };
}

/** How many rules a policy has. */
export function countRules({ roles }: PolicyPlan): number {
  return roles.reduce((count, { allow, deny }) => count + allow.length + deny.length, 0);
}

/** What stands before the stars of a pattern, colon included; `undefined` for a literal scope. */
export function stemOf(pattern: string): string | undefined {
  return pattern.endsWith(":**") ? pattern.slice(0, -2) : undefined;
}

const seedRoles: readonly RolePlan[] = [
  {
    role: "rep",
    allow: ["tool:crm:read", "tool:email:draft", "tool:email:send:internal"],
    deny: ["tool:email:send:external", "tool:crm:write"],
  },
  {
    role: "manager",
    allow: ["tool:crm:read", "tool:crm:write", "tool:email:send:internal", "tool:email:send:external"],
    deny: [],
  },
];

/** The last segments of generated scopes. */
export const verbs: readonly string[] = ["read", "write", "list", "delete", "export", "search", "create", "send"];

/** A tenth of the rules are wildcards, a fifth denies, and every other deny carves out of a wildcard. */
function planRole(
  random: () => number,
  index: number,
  { rules, variant }: { readonly rules: number; readonly variant: PolicyVariant },
): RolePlan {
  const wildcards = variant === "full" || variant === "allows" ? Math.max(1, Math.round(rules * 0.1)) : 0;
  const denies = variant === "full" || variant === "exact" ? Math.max(1, Math.round(rules * 0.2)) : 0;
  const stems = Array.from({ length: wildcards }, (_, number) => `tool:service${index}x${number}`);
  const deny = new Set<string>();
  while (deny.size < denies) {
    const number = deny.size;
    deny.add(
      number % 2 === 0 && wildcards > 0
        ? `${pick(random, stems)}:object${number}:delete`
        : plainScope(random, `denied${number}`),
    );
  }
  const allow = new Set(stems.map((stem) => `${stem}:**`));
  while (allow.size + denies < rules) allow.add(plainScope(random, `object${allow.size}`));
  return { role: `role${index}`, allow: [...allow], deny: [...deny] };
}

function plainScope(random: () => number, object: string): string {
  return `tool:app${below(random, 200)}:${object}:${pick(random, verbs)}`;
}
