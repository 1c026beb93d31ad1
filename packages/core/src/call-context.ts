import type { CallContext } from "./tool-call.ts";

/** A checked, frozen copy of a {@link CallContext}: nobody can change it between check and use. */
export interface KnownContext {
  readonly tenant: string;
  readonly issuer: string;
  readonly subject: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly actor: string;
  readonly session: string;
}

/** The context, or what is missing from it. */
export type ContextReading =
  | { readonly context: KnownContext; readonly fault?: undefined }
  | { readonly context?: undefined; readonly fault: string };

const limits = { text: 256, roles: 100, scopes: 1_000 } as const;

/** Reads every member of a context once. Whatever is missing or of a wrong type is a fault, never a default. */
export function readContext(source: CallContext | undefined): ContextReading {
  if (!isRecord(source)) return { fault: "no context was resolved for this call" };
  const { subject, actor, session } = source;
  if (!isRecord(subject)) return { fault: "the context has no subject" };
  if (!isRecord(actor)) return { fault: "the context has no actor" };
  const { id, issuer = "", tenant = "", roles, scopes } = subject;
  const agent = actor.id;
  if (!isName(id)) return { fault: "the subject's id is not a text of 1 to 256 characters" };
  if (!isText(issuer)) return { fault: "the subject's issuer is not a text of at most 256 characters" };
  if (!isText(tenant)) return { fault: "the subject's tenant is not a text of at most 256 characters" };
  if (!isName(agent)) return { fault: "the actor's id is not a text of 1 to 256 characters" };
  if (!isName(session)) return { fault: "the session is not a text of 1 to 256 characters" };
  const knownRoles = readTexts(roles, limits.roles);
  if (knownRoles === undefined) return { fault: "the subject's roles are not a list of at most 100 texts" };
  const knownScopes = readTexts(scopes, limits.scopes);
  if (knownScopes === undefined) return { fault: "the subject's scopes are not a list of at most 1,000 texts" };
  const context = { tenant, issuer, subject: id, roles: knownRoles, scopes: knownScopes, actor: agent, session };
  return { context: Object.freeze(context) };
}

function isRecord(source: unknown): source is Record<string, unknown> {
  return typeof source === "object" && source !== null && !Array.isArray(source);
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
