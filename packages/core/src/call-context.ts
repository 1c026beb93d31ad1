import type { CallContext, Tier } from "./tool-call.ts";

/** A checked, frozen copy of a {@link CallContext}: nobody can change it between check and use. */
export interface KnownContext {
  readonly tenant: string;
  readonly issuer: string;
  readonly subject: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly actor: string;
  readonly tier: Tier | undefined;
  readonly chain: readonly string[];
  readonly session: string;
  readonly grant: readonly string[] | undefined;
}

/** The context, or what is missing from it. */
export type ContextReading =
  | { readonly context: KnownContext; readonly fault?: undefined }
  | { readonly context?: undefined; readonly fault: string };

const limits = { text: 256, roles: 100, scopes: 1_000, chain: 5 } as const;
const tiers: ReadonlySet<unknown> = new Set<Tier>(["interactive", "subagent", "background", "api"]);

/** Reads every member of a context once. Whatever is missing or of a wrong type is a fault, never a default. */
export function readContext(source: CallContext | undefined): ContextReading {
  if (!isRecord(source)) return { fault: "no context was resolved for this call" };
  const { subject, actor, session, grant } = ownMembers(source);
  if (!isRecord(subject)) return { fault: "the context has no subject" };
  if (!isRecord(actor)) return { fault: "the context has no actor" };
  const { id, issuer = "", tenant = "", roles, scopes } = ownMembers(subject);
  const { id: agent, tier, chain = [] } = ownMembers(actor);
  if (!isName(id)) return { fault: "the subject's id is not a text of 1 to 256 characters" };
  if (!isText(issuer)) return { fault: "the subject's issuer is not a text of at most 256 characters" };
  if (!isText(tenant)) return { fault: "the subject's tenant is not a text of at most 256 characters" };
  if (!isName(agent)) return { fault: "the actor's id is not a text of 1 to 256 characters" };
  if (!isName(session)) return { fault: "the session is not a text of 1 to 256 characters" };
  const knownRoles = readTexts(roles, limits.roles);
  if (knownRoles === undefined) return { fault: "the subject's roles are not a list of at most 100 texts" };
  const knownScopes = readTexts(scopes, limits.scopes);
  if (knownScopes === undefined) return { fault: "the subject's scopes are not a list of at most 1,000 texts" };
  if (tier !== undefined && !isTier(tier)) return { fault: "the actor's tier is not one that is known" };
  const knownChain = readTexts(chain, limits.chain);
  if (knownChain === undefined) return { fault: "the actor's chain is not a list of at most 5 texts" };
  const knownGrant = grant === undefined ? undefined : readTexts(grant, limits.scopes);
  if (grant !== undefined && knownGrant === undefined)
    return { fault: "the grant is not a list of at most 1,000 texts" };
  const who = { tenant, issuer, subject: id, roles: knownRoles, scopes: knownScopes };
  return { context: Object.freeze({ ...who, actor: agent, tier, chain: knownChain, session, grant: knownGrant }) };
}

function isRecord(source: unknown): source is Record<string, unknown> {
  return typeof source === "object" && source !== null && !Array.isArray(source);
}

/** INVARIANT (D9): a member counts only where it is the object's own; what all objects inherit grants nothing. */
function ownMembers(source: Record<string, unknown>): Record<string, unknown> {
  return Object.assign(Object.create(null), source);
}

function isTier(source: unknown): source is Tier {
  return tiers.has(source);
}

function isText(source: unknown): source is string {
  return typeof source === "string" && source.length <= limits.text && source.isWellFormed();
}

function isName(source: unknown): source is string {
  return isText(source) && source !== "";
}

function readTexts(source: unknown, maximum: number): readonly string[] | undefined {
  if (!Array.isArray(source) || source.length > maximum) return undefined;
  const texts: string[] = [];
  for (const entry of source) {
    if (!isText(entry)) return undefined;
    texts.push(entry);
  }
  return Object.freeze(texts);
}
