import { type ArgumentSchema, admits } from "./check-arguments.ts";
import { type Condition, type Environment, holds, type Term, type Truth, type Value, valueOf } from "./condition.ts";
import { compareSpecificity, covers, isScope } from "./covers.ts";

/** A duty. */
export interface Obligation {
  readonly id: string;
  readonly type: string;
}

/** An entry of `allow` or `deny`. */
export interface Entry {
  readonly scope: string;
  readonly when?: Condition;
  readonly message?: string;
  readonly hint?: string;
  readonly approval?: boolean;
  readonly obligations?: readonly Obligation[];
  readonly fail?: "open" | "closed";
}

interface Entries {
  readonly allow?: readonly (string | Entry)[];
  readonly deny?: readonly (string | Entry)[];
}

/** What a policy file says of one tool. */
export interface Tool {
  readonly scope: string | readonly (string | { readonly when?: Condition; readonly use: string | readonly string[] })[];
  readonly arguments?: readonly string[] | ArgumentSchema;
  readonly labels?: readonly string[];
  readonly cost?: number | { readonly factor: number; readonly of: Term };
}

/** A policy file as plain data, with conditions as trees. */
export interface PolicyDocument {
  readonly tenant?: string;
  readonly roles?: readonly string[];
  readonly tools?: { readonly [name: string]: Tool };
  readonly policies?: readonly (Entries & { readonly role: string })[];
  readonly agents?: readonly (Entries & ({ readonly agent: string } | { readonly tier: string }))[];
  readonly users?: readonly (Entries & { readonly user: string; readonly issuer?: string })[];
  readonly alternatives?: boolean;
}

/** A call, and who makes it. */
export interface Request {
  readonly tool: string;
  readonly arguments: { readonly [name: string]: Value };
  readonly subject: {
    readonly id: string;
    readonly issuer?: string;
    readonly tenant?: string;
    readonly roles: readonly string[];
    readonly scopes: readonly string[];
  };
  readonly actor: { readonly id: string; readonly tier?: string };
  readonly session: string;
  readonly grant?: readonly string[];
  readonly now: number;
}

/** One thing that refuses a call, or the rule that permits it. */
export interface Reason {
  readonly code: string;
  /** The rules that bring it about, of which one is enough to name. */
  readonly rules: readonly string[];
  /** Whether a condition that cannot be evaluated is behind it. */
  readonly unknown?: boolean;
  /** Whether it is a deny, which wins over the want of a grant. */
  readonly wins?: boolean;
}

/** What the specification says of a call. Where several things refuse it, any of them may be named. */
export interface Answer {
  readonly outcome: "permit" | "deny" | "needs_approval" | "indeterminate";
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
  readonly degraded: readonly string[];
}

interface Rule extends Entry {
  readonly id: string;
  readonly truth: Truth;
  readonly assumed?: boolean;
}

interface Holder {
  readonly allow: readonly Rule[];
  readonly deny: readonly Rule[];
}

interface Grant {
  readonly rules: readonly Rule[];
  readonly approval: boolean;
}

interface Verdict {
  readonly refusals: readonly Reason[];
  readonly granting: readonly Rule[];
  readonly asking: readonly Rule[];
  readonly obliging: readonly Rule[];
  readonly degraded: readonly Rule[];
}

/** Decides a call as `docs/policy.md` says, step by step. */
export function decide(policy: PolicyDocument, request: Request): Answer {
  const { arguments: args, subject, actor, session, now } = request;
  if (policy.tenant !== undefined && policy.tenant !== subject.tenant) return refuse([{ code: "unavailable", rules: [] }]);
  if (!isPlain(args)) return refuse([{ code: "invalid_arguments", rules: [] }]);
  const environment = { args, subject: { issuer: "", tenant: "", ...subject }, actor, session: { id: session }, now: new Date(now) };
  const required = requiredScopes(policy, request, environment);
  if ("code" in required) return refuse([required]);
  const verdicts = required.scopes.map((scope) => decideScope(policy, request, { scope, environment }));
  const refusals = [...verdicts.flatMap((verdict) => verdict.refusals), ...required.refusals];
  if (refusals.length > 0) return refuse(refusals);
  const asking = verdicts.flatMap((verdict) => verdict.asking);
  const deciding = asking.length > 0 ? asking : verdicts.flatMap((verdict) => verdict.granting);
  return {
    outcome: asking.length > 0 ? "needs_approval" : "permit",
    reasons: [{ code: asking.length > 0 ? "approval_required" : "permit", rules: deciding.map(({ id }) => id) }],
    obligations: verdicts.flatMap(({ obliging }) => obliging.flatMap(({ obligations = [] }) => obligations)),
    degraded: verdicts.flatMap(({ degraded }) => degraded.map(({ id }) => id)),
  };
}

function refuse(all: readonly Reason[]): Answer {
  const denies = all.filter(({ wins }) => wins);
  const reasons = denies.length > 0 ? all.filter(({ wins, unknown }) => wins || unknown) : all;
  const outcome = reasons.every(({ unknown }) => unknown) ? "indeterminate" : "deny";
  return { outcome, reasons, obligations: [], degraded: [] };
}

/** No name that programs trip over stands anywhere in the arguments. */
function isPlain(value: Value): boolean {
  if (typeof value !== "object" || value === null) return true;
  return !Object.hasOwn(value, "__proto__") && Object.values(value).every(isPlain);
}

function requiredScopes(
  policy: PolicyDocument,
  request: Request,
  environment: Environment,
): Reason | { readonly scopes: readonly string[]; readonly refusals: readonly Reason[] } {
  const { tools } = policy;
  if (!/^[A-Za-z0-9_.:/-]{1,128}$/.test(request.tool)) return { code: "unknown_tool", rules: [] };
  if (tools === undefined) {
    const scope = `tool:${request.tool}`;
    return isScope(scope) ? { scopes: [scope], refusals: [] } : { code: "unknown_tool", rules: [] };
  }
  const tool = Object.hasOwn(tools, request.tool) ? tools[request.tool] : undefined;
  if (tool === undefined) return { code: "unknown_tool", rules: [] };
  if (tool.arguments !== undefined && !admits(tool.arguments, request.arguments))
    return { code: "invalid_arguments", rules: [] };
  const priceless = typeof tool.cost === "object" && valueOf({ kind: "size", of: tool.cost.of }, environment) === undefined;
  const refusals = priceless ? [{ code: "condition_failed", rules: [], unknown: true, wins: true }] : [];
  const entries = typeof tool.scope === "string" ? [tool.scope] : tool.scope;
  const plain = entries.filter((entry) => typeof entry === "string");
  if (plain.length > 0) return { scopes: plain, refusals };
  for (const entry of entries) {
    if (typeof entry === "string") continue;
    const truth = entry.when === undefined ? true : holds(entry.when, environment);
    if (truth === undefined) return { code: "condition_failed", rules: [], unknown: true };
    if (truth) return { scopes: typeof entry.use === "string" ? [entry.use] : entry.use, refusals };
  }
  return { code: "condition_failed", rules: [] };
}

function decideScope(
  policy: PolicyDocument,
  { subject, actor, grant }: Request,
  { scope, environment }: { readonly scope: string; readonly environment: Environment },
): Verdict {
  const holder = (lists: readonly (Entries & { readonly name: string })[]) => readHolder(lists, { scope, environment });
  const entries = (policy.users ?? []).filter((entry) => entry.user === subject.id);
  // Who is named with the issuer is named more exactly.
  const users = [
    holder(entries.filter(({ issuer }) => issuer !== undefined && issuer === subject.issuer).map((entry) => ({ ...entry, name: `user:${entry.user} of ${entry.issuer}` }))),
    holder(entries.filter(({ issuer }) => issuer === undefined).map((entry) => ({ ...entry, name: `user:${entry.user}` }))),
  ];
  const roles = subject.roles.map((role) =>
    holder((policy.policies ?? []).filter((entry) => entry.role === role).map((entry) => ({ ...entry, name: `role:${role}` }))),
  );
  const ceilings = (policy.agents ?? [])
    .filter((entry) => ("agent" in entry ? entry.agent === actor.id : entry.tier === actor.tier))
    .map((entry) => holder([{ ...entry, name: "agent" in entry ? `agent:${entry.agent}` : `tier:${entry.tier}` }]));

  const denies = [...users, ...roles, ...ceilings].flatMap(({ deny }) => deny);
  const unknown = denies.filter(({ truth }) => truth === undefined);
  const demands = [mightDecide({ users, roles }), ...ceilings.map((ceiling) => mightDecide({ users: [ceiling], roles: [] }))].flat();
  const granted = grantOf({ users, roles });
  const limits = ceilings.map((ceiling) => grantOf({ users: [ceiling], roles: [] }));
  const grants = [granted, ...limits].filter((each) => each !== undefined);
  const named = granted?.rules.map(({ id }) => id) ?? [];
  const notGranted = { code: "not_granted", rules: named };
  return {
    refusals: [
      ...denies.filter(({ truth }) => truth === true).map(({ id }) => ({ code: "forbidden", rules: [id], wins: true })),
      ...unknown
        .filter(({ fail }) => fail !== "open")
        .map(({ id }) => ({ code: "condition_failed", rules: [id], unknown: true, wins: true })),
      ...demands.map(({ id }) => ({ code: "condition_failed", rules: [id], unknown: true })),
      ...(granted === undefined ? [lack([...users, ...roles])] : []),
      ...(subject.scopes.some((pattern) => covers(pattern, scope)) ? [] : [notGranted]),
      ...(policy.agents !== undefined && ceilings.length === 0 ? [{ code: "not_granted", rules: [] }] : []),
      ...ceilings.filter((_, place) => limits[place] === undefined).map((ceiling) => lack([ceiling])),
      ...(grant === undefined || grant.some((pattern) => covers(pattern, scope)) ? [] : [notGranted]),
    ],
    granting: granted?.rules ?? [],
    asking: grants.flatMap(({ rules }) => rules.filter(({ approval }) => approval === true)),
    obliging: grants.flatMap(({ rules }) => rules),
    degraded: unknown,
  };
}

interface Granting {
  readonly users: readonly Holder[];
  readonly roles: readonly Holder[];
}

/** What grants a scope: a user's own entry before the roles, and a role that asks for no approval before one that does. */
function grantOf({ users, roles }: Granting): Grant | undefined {
  const own = users.map(holderGrant).find((grant) => grant !== undefined);
  if (own !== undefined) return own;
  const grants = roles.map(holderGrant).filter((grant) => grant !== undefined);
  return grants.find(({ approval }) => !approval) ?? grants[0];
}

function holderGrant({ allow }: Holder): Grant | undefined {
  const sure = allow.filter(({ truth }) => truth === true);
  const rules = sure.filter((rule) => sure.every((other) => compareSpecificity(rule.scope, other.scope) <= 0));
  return rules.length === 0 ? undefined : { rules, approval: rules.some(({ approval }) => approval === true) };
}

/** Allows of unknown truth that ask for something, and would decide if some of those allows were true and others not. */
function mightDecide({ users, roles }: Granting): Rule[] {
  const open = [...users, ...roles].flatMap(({ allow }) => allow.filter((rule) => rule.truth === undefined && isDemand(rule)));
  const found: Rule[] = [];
  for (let choice = 1; choice < 2 ** open.length; choice++) {
    const chosen = open.filter((_, place) => Math.floor(choice / 2 ** place) % 2 === 1);
    const assume = (rule: Rule) => (chosen.includes(rule) ? { ...rule, truth: true, assumed: true } : rule);
    const assumeAll = (holders: readonly Holder[]) => holders.map(({ allow, deny }) => ({ allow: allow.map(assume), deny }));
    const grant = grantOf({ users: assumeAll(users), roles: assumeAll(roles) });
    found.push(...(grant?.rules ?? []).filter(({ assumed }) => assumed));
  }
  return found;
}

function isDemand({ approval, obligations }: Entry): boolean {
  return approval === true || (obligations ?? []).length > 0;
}

function readHolder(
  lists: readonly (Entries & { readonly name: string })[],
  { scope, environment }: { readonly scope: string; readonly environment: Environment },
): Holder {
  const read = (effect: "allow" | "deny") =>
    lists.flatMap((list) =>
      (list[effect] ?? [])
        .map((entry) => (typeof entry === "string" ? { scope: entry } : entry))
        .filter((entry) => covers(entry.scope, scope))
        .map((entry) => ({
          ...entry,
          id: `${list.name} ${effect} ${entry.scope}`,
          truth: entry.when === undefined ? true : holds(entry.when, environment),
        })),
    );
  return { allow: read("allow"), deny: read("deny") };
}

/** Without a grant: a condition was in the way, or nothing was there. */
function lack(holders: readonly Holder[]): Reason {
  const rules = holders.flatMap(({ allow }) => allow);
  if (rules.length === 0) return { code: "not_granted", rules: [] };
  const unknown = rules.some(({ truth }) => truth === undefined);
  return { code: "condition_failed", rules: rules.map(({ id }) => id), unknown };
}
