import { type ApprovalDemand, grantDemand } from "./approval/approval-demand.ts";
import type { KnownContext } from "./call-context.ts";
import type { ConditionEnvironment } from "./condition/frame.ts";
import type { DenyCode } from "./decision.ts";
import { GrantWeighing } from "./grant-weighing.ts";
import type { Obligation } from "./policy/obligation.ts";
import type { Policy } from "./policy/policy.ts";
import { type Ruling, type ScopeRule, unknownRuling } from "./policy/scope-rule.ts";
import type { ScopeRules } from "./policy/scope-rules.ts";
import type { Requirement } from "./resolve-call.ts";
import { scopeMatches } from "./scope.ts";

/** Whether what is required is granted, and by which rules it was decided. */
export type Permission = Granted | Refused;

/** A permission that is given, with the duties that come with it. */
export interface Granted {
  readonly allowed: true;
  readonly reason: string;
  readonly rule: string;
  readonly obligations: readonly Obligation[];
  /** Ids of rules that could not be evaluated and that the policy lets pass for that. */
  readonly degraded: readonly string[];
}

/** A permission that is not given. */
export interface Refused {
  readonly allowed: false;
  readonly code: Extract<DenyCode, "forbidden" | "not_granted" | "condition_failed" | "approval_required">;
  readonly reason: string;
  readonly rule: string | undefined;
  /** What the model should do instead, in the policy's own words. */
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  /** The scope that was refused. */
  readonly scope: string | undefined;
  /** What a person has to approve. */
  readonly demand?: ApprovalDemand | undefined;
}

/** Who brings what to a permission check. */
export interface Holder {
  readonly subject: string;
  readonly issuer?: string | undefined;
  readonly roles: readonly string[];
  /** The scopes of the subject's own credential. */
  readonly scopes: readonly string[];
  /** The agent, where one is known: only then ceilings apply. */
  readonly actor?: { readonly id: string; readonly tier?: string | undefined } | undefined;
  /** What this task was given, where it was given less than its subject holds. */
  readonly grant?: readonly string[] | undefined;
}

/** What a context brings. */
export function holderOf({ subject, issuer, roles, scopes, actor: id, tier, grant }: KnownContext): Holder {
  return { subject, issuer, roles, scopes, actor: { id, tier }, grant };
}

/** What {@link decidePermission} is asked. */
export interface PermissionRequest {
  readonly policy: Policy;
  readonly holder: Holder;
  readonly requirement: Pick<Requirement, "scopes" | "named">;
  /** What conditions are asked of. Without one, their answers are unknown. */
  readonly environment: ConditionEnvironment | undefined;
  /** The demands that people have satisfied for this very call. Default: none. */
  readonly approved?: ReadonlySet<ApprovalDemand> | undefined;
}

/** A holder before a policy, whatever is required. */
type Standing = Pick<PermissionRequest, "policy" | "holder">;

/**
 * (Role policy ∪ user override) ∩ the subject's own scopes ∩ the agent's ceilings ∩ the task's grant, over every
 * required scope. Pure. A deny anywhere decides before anything is allowed, and so does a deny whose condition cannot be
 * evaluated. Approval is asked for last: for what is refused anyway nobody is asked.
 *
 * The reason holds only words of the policy: never the tool's name, which a model may have made up.
 */
export function decidePermission(request: PermissionRequest): Permission {
  const bounds = ceilingsOf(request);
  const deciding = new Deciding(request.approved);
  for (let index = 0; index < request.requirement.scopes.length; index += 1) {
    const scope = request.requirement.scopes[index] ?? "";
    const ruling = grantorsRuling(request, scope, deciding);
    if (ruling !== undefined && isDenial(ruling)) return denial(ruling, scope);
    for (let at = 0; at < (bounds?.length ?? 0); at += 1) {
      const limit = bounds?.[at]?.rule(scope, request.environment);
      deciding.note(limit);
      if (limit !== undefined && isDenial(limit)) return denial(limit, scope);
      // INVARIANT (D3): a ceiling that might demand something denies until that is known.
      const doubt = limit?.effect === "allow" ? (limit.doubts.approval ?? limit.doubts.duty) : undefined;
      if (doubt !== undefined) return denial(unknownRuling(doubt), scope);
      if (limit?.effect === "allow") deciding.demand(limit, scope);
      else deciding.refuse(beyondCeiling(limit, scope));
    }
    if (bounds === undefined) deciding.refuse(refuse("not_granted", "this agent is not in the policy", { scope }));
    if (ruling?.effect === "allow") deciding.grant(ruling, scope, heldFault(request.holder, ruling.rule, scope));
    else deciding.refuse(notGranted(request, ruling, scope));
  }
  return deciding.permission();
}

/** What was found for the scopes so far. */
class Deciding {
  /** What grants the first scope, and the others: mostly there is one. */
  #first: ScopeRule | undefined;
  #others: ScopeRule[] | undefined;
  #degraded: Set<string> | undefined;
  /** By their content: what is written twice is owed once (D2). */
  #obligations: Map<string, Obligation> | undefined;
  #refused: Refused | undefined;
  #approval: { readonly rule: ScopeRule; readonly scope: string } | undefined;
  readonly #approved: PermissionRequest["approved"];

  constructor(approved: PermissionRequest["approved"]) {
    this.#approved = approved;
  }

  /** Remembers what was passed over for want of an answer. */
  note(ruling: Ruling | undefined): void {
    if (ruling === undefined || ruling.degraded.length === 0) return;
    this.#degraded ??= new Set();
    for (const { id } of ruling.degraded) this.#degraded.add(id);
  }

  refuse(refused: Refused): void {
    this.#refused ??= refused;
  }

  grant(ruling: Ruling, scope: string, fault: Refused | undefined): void {
    if (this.#first === undefined) this.#first = ruling.rule;
    else if (this.#others === undefined) this.#others = [ruling.rule];
    else this.#others.push(ruling.rule);
    if (fault !== undefined) this.refuse(fault);
    this.demand(ruling, scope);
  }

  demand({ rule, approval, obligations }: Ruling, scope: string): void {
    if (obligations.length > 0) this.#owe(obligations);
    if (approval && this.#approval === undefined && !this.#isApproved(rule, scope)) this.#approval = { rule, scope };
  }

  /** INVARIANT (A4): an approval takes back the demand that it was given for, and nothing else. */
  #isApproved(rule: ScopeRule, scope: string): boolean {
    return this.#approved?.has(grantDemand(rule, scope)) === true;
  }

  #owe(obligations: readonly Obligation[]): void {
    this.#obligations ??= new Map();
    for (const obligation of obligations) this.#obligations.set(JSON.stringify(obligation), obligation);
  }

  permission(): Permission {
    if (this.#refused !== undefined) return this.#refused;
    if (this.#approval !== undefined) return approvalRequired(this.#approval.rule, this.#approval.scope);
    const first = this.#first;
    // INVARIANT (D1): without an allow for every required scope nothing is allowed, an empty requirement included.
    if (first === undefined) return refuse("not_granted", "no scope is required, so none is granted", {});
    const all = this.#others === undefined ? undefined : [first, ...this.#others];
    return {
      allowed: true,
      reason: all === undefined ? first.words.description : all.map(({ words }) => words.description).join(", "),
      rule: all === undefined ? first.id : all.map(({ id }) => id).join(", "),
      obligations: this.#obligations === undefined ? none : [...this.#obligations.values()],
      degraded: this.#degraded === undefined ? none : [...this.#degraded],
    };
  }
}

const none: readonly never[] = Object.freeze([]);

/** The user's own entries first: they decide before the roles. */
export function grantors({ policy, holder }: Standing): readonly ScopeRules[] {
  const own = ownRules(policy, holder);
  const indexes = own === undefined ? [] : [own];
  for (const role of holder.roles) {
    const index = policy.roles.get(role);
    if (index !== undefined) indexes.push(index);
  }
  return indexes;
}

/** The rules for this user alone, which decide before the roles. */
export function ownRules({ users }: Policy, { subject, issuer = "" }: Holder): ScopeRules | undefined {
  const own = users.size === 0 ? undefined : users.get(subject);
  return own?.byIssuer.get(issuer) ?? own?.anyIssuer;
}

/** What bounds the agent: `undefined` where the policy has ceilings and none is this agent's. */
export function ceilingsOf({ policy, holder }: Standing): readonly ScopeRules[] | undefined {
  const { ceilings } = policy;
  if (ceilings === undefined || holder.actor === undefined) return none;
  const { id, tier } = holder.actor;
  const bounds = [ceilings.agents.get(id), tier === undefined ? undefined : ceilings.tiers.get(tier)].filter(
    (bound) => bound !== undefined,
  );
  return bounds.length === 0 ? undefined : bounds;
}

/** What the user's own entry and the user's roles say together. */
function grantorsRuling(request: PermissionRequest, scope: string, deciding: Deciding): Ruling | undefined {
  const { policy, holder, environment } = request;
  const weighing = new GrantWeighing();
  const own = ownRules(policy, holder)?.rule(scope, environment);
  deciding.note(own);
  weighing.addOwn(own);
  // Read by index: an iterator for each scope of each call would cost more than the look-up.
  for (let index = 0; index < holder.roles.length; index += 1) {
    const ruling = policy.roles.get(holder.roles[index] ?? "")?.rule(scope, environment);
    deciding.note(ruling);
    weighing.addRole(ruling);
  }
  return weighing.ruling();
}

/** Whether one of the held scopes or patterns covers a literal scope. Malformed entries cover nothing. */
export function holds(scopes: readonly string[], scope: string): boolean {
  for (let index = 0; index < scopes.length; index += 1) if (scopeMatches(scopes[index] ?? "", scope)) return true;
  return false;
}

function isDenial({ effect }: Ruling): boolean {
  return effect === "deny" || effect === "unknown";
}

function heldFault({ scopes, grant }: Holder, rule: ScopeRule, scope: string): Refused | undefined {
  if (!holds(scopes, scope)) return notHeld(rule, scope, "the user's own scopes do not hold it");
  if (grant !== undefined && !holds(grant, scope)) return notHeld(rule, scope, "this task was not given it");
  return undefined;
}

function denial({ effect, rule }: Ruling, scope: string): Refused {
  if (effect === "deny") return refuse("forbidden", rule.terms?.message ?? rule.words.description, { rule, scope });
  return refuse("condition_failed", `${rule.words.description}: its condition could not be evaluated`, { rule, scope });
}

function approvalRequired(rule: ScopeRule, scope: string): Refused {
  const usual = `${rule.holder} allows ${rule.pattern} only with approval`;
  const refused = refuse("approval_required", rule.terms?.message ?? usual, { rule, scope });
  return { ...refused, demand: grantDemand(rule, scope) };
}

function beyondCeiling(limit: Ruling | undefined, scope: string): Refused {
  const rule = limit?.effect === "unmet" ? limit.rule : undefined;
  if (rule !== undefined) return refuse("condition_failed", rule.terms?.message ?? unmet(rule), { rule, scope });
  return refuse("not_granted", "this agent may not hold it, whoever it acts for", { scope });
}

function notGranted(request: PermissionRequest, ruling: Ruling | undefined, scope: string): Refused {
  const rule = ruling?.effect === "unmet" ? ruling.rule : undefined;
  if (rule !== undefined) return refuse("condition_failed", rule.terms?.message ?? unmet(rule), { rule, scope });
  return refuse("not_granted", whyNotGranted(request, scope), { scope });
}

function unmet(rule: ScopeRule): string {
  return `${rule.words.description}, but its condition does not hold`;
}

function whyNotGranted({ policy, holder, requirement }: PermissionRequest, scope: string): string {
  if (policy.roles.size === 0 && policy.users.size === 0) return "the policy allows nothing";
  let known = "";
  // Only roles that the policy names are named: others are words of the request.
  for (const role of holder.roles) {
    if (policy.roles.has(role)) known = known === "" ? `role:${role}` : `${known}, role:${role}`;
  }
  if (known === "") return "no role of this user is in the policy";
  return `no rule of ${known} allows ${requirement.named ? scope : "this tool"}`;
}

function notHeld(rule: ScopeRule, scope: string, why: string): Refused {
  return refuse("not_granted", `${rule.words.description}, but ${why}`, { rule, scope });
}

function refuse(
  code: Refused["code"],
  reason: string,
  { rule, scope }: { readonly rule?: ScopeRule; readonly scope?: string },
): Refused {
  const detail = scope === undefined ? undefined : `required ${scope}`;
  return { allowed: false, code, reason, rule: rule?.id, hint: rule?.terms?.hint, detail, scope };
}
