import type { Obligation, PolicyDocument, Request, Tool, Value } from "../generators/policy-document.ts";
import { admits } from "./check-arguments.ts";
import { type Environment, holds, readTerm } from "./condition.ts";
import { isScope } from "./covers.ts";
import { decideScope, type Reason } from "./decide-scope.ts";

/** What the specification says of a call. Where several things refuse it, any of them may be named. */
export interface Answer {
  readonly outcome: "permit" | "deny" | "needs_approval" | "indeterminate";
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
  readonly degraded: readonly string[];
}

/** Decides a call as `docs/policy.md` says, step by step. */
export function decide(policy: PolicyDocument, request: Request): Answer {
  const { arguments: args, subject, actor, session, now } = request;
  if ((policy.tenant ?? subject.tenant) !== subject.tenant) return refuse([{ code: "unavailable", rules: [] }]);
  if (!isPlain(args)) return refuse([{ code: "invalid_arguments", rules: [] }]);
  const asker = { issuer: "", tenant: "", ...subject };
  const environment = { args, subject: asker, actor, session: { id: session }, now: new Date(now) };
  const required = requiredScopes(policy, request, environment);
  if ("code" in required) return refuse([required]);
  const decisions = required.scopes.map((scope) => decideScope(policy, request, { scope, environment }));
  const refusals = [...decisions.flatMap((decision) => decision.refusals), ...required.refusals];
  if (refusals.length > 0) return refuse(refusals);
  const asking = decisions.flatMap((decision) => decision.asking);
  const outcome = asking.length > 0 ? "needs_approval" : "permit";
  const deciding = outcome === "permit" ? decisions.flatMap((decision) => decision.granting) : asking;
  return {
    outcome,
    reasons: [{ code: outcome === "permit" ? "permit" : "approval_required", rules: deciding.map(({ id }) => id) }],
    obligations: decisions.flatMap(({ duties }) => duties),
    degraded: decisions.flatMap(({ degraded }) => degraded.map(({ id }) => id)),
  };
}

function refuse(all: readonly Reason[]): Answer {
  const denied = all.some(({ wins }) => wins);
  const reasons = all.filter(({ wins, unknown }) => !denied || wins || unknown);
  const unknown = reasons.every((reason) => reason.unknown);
  return { outcome: unknown ? "indeterminate" : "deny", reasons, obligations: [], degraded: [] };
}

/** No name that programs trip over stands anywhere in the arguments. */
function isPlain(value: Value): boolean {
  if (typeof value !== "object" || value === null) return true;
  return !Object.hasOwn(value, "__proto__") && Object.values(value).every(isPlain);
}

type Required = { readonly scopes: readonly string[]; readonly refusals: readonly Reason[] };

function requiredScopes({ tools }: PolicyDocument, request: Request, environment: Environment): Reason | Required {
  const implied = `tool:${request.tool}`;
  const known = /^[A-Za-z0-9_.:/-]{1,128}$/.test(request.tool);
  if (tools === undefined && known && isScope(implied)) return { scopes: [implied], refusals: [] };
  const tool = tools && Object.hasOwn(tools, request.tool) ? tools[request.tool] : undefined;
  if (tool === undefined) return { code: "unknown_tool", rules: [] };
  if (tool.arguments && !admits(tool.arguments, request.arguments)) return { code: "invalid_arguments", rules: [] };
  const { cost = 0 } = tool;
  const priced = typeof cost === "number" || readTerm({ kind: "size", of: cost.of }, environment) !== undefined;
  const refusals = priced ? [] : [{ code: "condition_failed", rules: [], unknown: true, wins: true }];
  const scopes = chooseScopes(tool, environment);
  return "code" in scopes ? scopes : { scopes, refusals };
}

function chooseScopes({ scope }: Tool, environment: Environment): Reason | readonly string[] {
  const entries = typeof scope === "string" ? [scope] : scope;
  const plain = entries.filter((entry) => typeof entry === "string");
  if (plain.length > 0) return plain;
  for (const entry of entries) {
    if (typeof entry === "string") continue;
    const truth = entry.when === undefined ? true : holds(entry.when, environment);
    if (truth === undefined) return { code: "condition_failed", rules: [], unknown: true };
    if (truth) return typeof entry.use === "string" ? [entry.use] : entry.use;
  }
  return { code: "condition_failed", rules: [] };
}
