import { checkPattern, compileWhen } from "./compile-text.ts";
import type { Ceilings } from "./policy.ts";
import type { GrantDocument, PolicyDocument } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";
import { ScopeIndex, type ScopeRule } from "./scope-index.ts";

interface Grants {
  readonly allow?: readonly GrantDocument[] | undefined;
  readonly deny?: readonly GrantDocument[] | undefined;
}

/** Compiles the section `policies`: what each role is allowed and denied. */
export function compileRoles(source: PolicySource, entries: NonNullable<PolicyDocument["policies"]>) {
  const list = entries.map((grants, index) => ({ path: ["policies", index], key: "role", name: grants.role, grants }));
  return compileHolders(source, "role", list);
}

/** Compiles the section `users`: what single users are allowed and denied besides. */
export function compileUsers(source: PolicySource, entries: NonNullable<PolicyDocument["users"]>) {
  const list = entries.map((grants, index) => ({ path: ["users", index], key: "user", name: grants.user, grants }));
  return compileHolders(source, "user", list);
}

/** Compiles the section `agents`: what agents may hold at most, by agent or by tier. */
export function compileCeilings(source: PolicySource, entries: PolicyDocument["agents"]): Ceilings | undefined {
  if (entries === undefined) return undefined;
  const agents: Entry[] = [];
  const byTier: Entry[] = [];
  for (const [index, grants] of entries.entries()) {
    const path = ["agents", index];
    const { agent, tier } = grants;
    if ((agent === undefined) === (tier === undefined)) {
      const message = "an entry is for one agent or for one tier";
      source.reportAt(path, { code: "invalid_value", message, help: 'write either "agent" or "tier"' });
    }
    if (agent !== undefined) agents.push({ path, key: "agent", name: agent, grants });
    if (tier !== undefined) byTier.push({ path, key: "tier", name: tier, grants });
  }
  return { agents: compileHolders(source, "agent", agents), tiers: compileHolders(source, "tier", byTier) };
}

interface Entry {
  readonly path: Path;
  readonly key: string;
  readonly name: string;
  readonly grants: Grants;
}

function compileHolders(source: PolicySource, kind: string, entries: readonly Entry[]): Map<string, ScopeIndex> {
  const holders = new Map<string, ScopeIndex>();
  for (const { path, key, name, grants } of entries) {
    if (holders.has(name)) {
      const message = `the ${kind} "${name}" stands twice`;
      const help = `put all rules of a ${kind} in one place`;
      source.reportAt([...path, key], { code: "duplicate_name", message, help });
    }
    if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(name)) {
      const message = `a ${kind}'s name holds invisible characters`;
      source.reportAt([...path, key], { code: "invalid_value", message });
    }
    const holder = `${kind}:${name}`;
    const { allow = [], deny = [] } = grants;
    holders.set(
      name,
      new ScopeIndex([
        ...compileRules(source, { path: [...path, "deny"], entries: deny, holder, effect: "deny" }),
        ...compileRules(source, { path: [...path, "allow"], entries: allow, holder, effect: "allow" }),
      ]),
    );
  }
  return holders;
}

interface RuleList {
  readonly path: Path;
  readonly entries: readonly GrantDocument[];
  readonly holder: string;
  readonly effect: ScopeRule["effect"];
}

function compileRules(source: PolicySource, { path, entries, holder, effect }: RuleList): ScopeRule[] {
  return entries.map((entry, index) => {
    const at = [...path, index];
    const { scope: pattern, when, message } = typeof entry === "string" ? { scope: entry } : entry;
    checkPattern(source, typeof entry === "string" ? at : [...at, "scope"], pattern);
    const id = `${holder} ${effect} ${pattern}`;
    const compiled = compileWhen(source, [...at, "when"], when);
    const line = source.lineOf(at);
    return { id, holder, effect, pattern, line, when: compiled, condition: when, message };
  });
}
