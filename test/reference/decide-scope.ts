import type { Entries, Entry, Obligation, PolicyDocument, Request } from "../generators/policy-document.ts";
import { type Environment, holds, type Truth } from "./condition.ts";
import { compareSpecificity, covers } from "./covers.ts";

/** One thing that refuses a call, or what permits it; of its rules one is enough to name. */
export interface Reason {
  readonly code: string;
  readonly rules: readonly string[];
  /** Whether a condition that cannot be evaluated is behind it. */
  readonly unknown?: boolean;
  /** Whether it is a deny, which wins over the want of a grant. */
  readonly wins?: boolean;
}

/** An entry that covers the scope, and whether it counts. */
export interface Rule extends Entry {
  readonly id: string;
  readonly truth: Truth;
  readonly assumed?: boolean;
}

/** All that is found for one scope. */
export interface ScopeDecision {
  readonly refusals: readonly Reason[];
  readonly granting: readonly Rule[];
  readonly asking: readonly Rule[];
  readonly duties: readonly Obligation[];
  readonly degraded: readonly Rule[];
}

type Holder = { readonly allow: readonly Rule[]; readonly deny: readonly Rule[] };

type Asked = { readonly scope: string; readonly environment: Environment };

/** What the roles and the user are granted ∩ the credential ∩ the agent's ceilings ∩ the task's grant. */
export function decideScope(policy: PolicyDocument, { subject, actor, grant }: Request, asked: Asked): ScopeDecision {
  const { policies = [], users = [], agents } = policy;
  const user = join(
    users
      .filter(({ user: id, issuer }) => id === subject.id && (issuer ?? subject.issuer) === subject.issuer)
      .map((entry) => readHolder(entry, `user:${entry.user}${entry.issuer ? ` of ${entry.issuer}` : ""}`, asked)),
  );
  const roles = subject.roles.map((role) =>
    join(policies.filter((entry) => entry.role === role).map((entry) => readHolder(entry, `role:${role}`, asked))),
  );
  const ceilings = (agents ?? [])
    .filter((entry) => ("agent" in entry ? entry.agent === actor.id : entry.tier === actor.tier))
    .map((entry) => readHolder(entry, "agent" in entry ? `agent:${entry.agent}` : `tier:${entry.tier}`, asked));
  const denies = [user, ...roles, ...ceilings].flatMap(({ deny }) => deny);
  const unknown = denies.filter(({ truth }) => truth === undefined);
  const demands = [mightDecide(user, roles), ...ceilings.map((ceiling) => mightDecide(ceiling, []))].flat();
  const granted = grantOf(user, roles);
  const limits = ceilings.map((ceiling) => grantOf(ceiling, []));
  const deciding = [granted, ...limits].flat();
  const missing = (list: readonly string[]): Reason[] =>
    list.some((pattern) => covers(pattern, asked.scope)) ? [] : [{ code: "not_granted", rules: idsOf(granted) }];
  return {
    refusals: [
      ...denies.filter(({ truth }) => truth === true).map(({ id }) => ({ code: "forbidden", rules: [id], wins: true })),
      ...unknown.filter(({ fail }) => fail !== "open").map((rule) => ({ ...unknownReason(rule), wins: true })),
      ...demands.map(unknownReason),
      ...(granted.length === 0 ? [lack([user, ...roles])] : []),
      ...missing(subject.scopes),
      ...(agents !== undefined && ceilings.length === 0 ? [{ code: "not_granted", rules: [] }] : []),
      ...ceilings.filter((_, place) => limits[place]?.length === 0).map((ceiling) => lack([ceiling])),
      ...(grant === undefined ? [] : missing(grant)),
    ],
    granting: granted,
    asking: deciding.filter(({ approval }) => approval === true),
    duties: deciding.flatMap(({ obligations = [] }) => obligations),
    degraded: unknown,
  };
}

/** The rules that grant: the user's own before those of roles, and a role that asks for no approval before one that does. */
function grantOf(user: Holder, roles: readonly Holder[]): readonly Rule[] {
  const own = mostSpecific(user);
  if (own.length > 0) return own;
  const grants = roles.map(mostSpecific).filter((rules) => rules.length > 0);
  return grants.find((rules) => rules.every(({ approval }) => approval !== true)) ?? grants[0] ?? [];
}

function mostSpecific({ allow }: Holder): Rule[] {
  const sure = allow.filter(({ truth }) => truth === true);
  return sure.filter((rule) => sure.every((other) => compareSpecificity(rule.scope, other.scope) <= 0));
}

/** Allows of unknown truth that ask for something, and would decide if some of those allows were true and others not. */
function mightDecide(user: Holder, roles: readonly Holder[]): Rule[] {
  const open = [user, ...roles].flatMap(({ allow }) => allow.filter(isUnknownDemand));
  const found: Rule[] = [];
  for (let choice = 1; choice < 2 ** open.length; choice++) {
    const chosen = open.filter((_, place) => Math.floor(choice / 2 ** place) % 2 === 1);
    const assume = ({ allow, deny }: Holder): Holder => ({
      allow: allow.map((rule) => (chosen.includes(rule) ? { ...rule, truth: true, assumed: true } : rule)),
      deny,
    });
    found.push(...grantOf(assume(user), roles.map(assume)).filter(({ assumed }) => assumed));
  }
  return found;
}

function isUnknownDemand({ truth, approval, obligations = [] }: Rule): boolean {
  return truth === undefined && (approval === true || obligations.length > 0);
}

function readHolder(entries: Entries, name: string, { scope, environment }: Asked): Holder {
  const read = (effect: "allow" | "deny") =>
    (entries[effect] ?? [])
      .map((entry) => (typeof entry === "string" ? { scope: entry } : entry))
      .filter((entry) => covers(entry.scope, scope))
      .map((entry: Entry) => ({
        ...entry,
        id: `${name} ${effect} ${entry.scope}`,
        truth: entry.when === undefined ? true : holds(entry.when, environment),
      }));
  return { allow: read("allow"), deny: read("deny") };
}

function join(holders: readonly Holder[]): Holder {
  return { allow: holders.flatMap(({ allow }) => allow), deny: holders.flatMap(({ deny }) => deny) };
}

/** Without a grant: a condition was in the way, or nothing was there. */
function lack(holders: readonly Holder[]): Reason {
  const rules = holders.flatMap(({ allow }) => allow);
  if (rules.length === 0) return { code: "not_granted", rules: [] };
  return { code: "condition_failed", rules: idsOf(rules), unknown: rules.some(({ truth }) => truth === undefined) };
}

function unknownReason({ id }: Rule): Reason {
  return { code: "condition_failed", rules: [id], unknown: true };
}

function idsOf(rules: readonly Rule[]): string[] {
  return rules.map(({ id }) => id);
}
