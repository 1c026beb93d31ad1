import { RecentMap } from "./recent-map.ts";
import type { Sessions } from "./sessions.ts";
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
  /**
   * Epoch milliseconds: no call of the session is permitted from then on. 0 where it was not begun here. Absent where
   * sessions do not end.
   */
  readonly sessionEnds?: number;
}

/** The context, or what is missing from it. */
export type ContextReading =
  | { readonly context: KnownContext; readonly fault?: undefined }
  | { readonly context?: undefined; readonly fault: string };

/** Who knows when sessions end. */
export type SessionEnds = Pick<Sessions, "endOf">;

const limits = { text: 256, roles: 100, scopes: 1_000, chain: 5 } as const;
const tiers: ReadonlySet<unknown> = new Set<Tier>(["interactive", "subagent", "background", "api"]);
/** How many contexts a reader remembers, and how many characters of them. */
const remembered = { entries: 20_000, weight: 8_000_000 } as const;

/**
 * Reads contexts. Of one that is the same as an earlier one in every member, it gives the very copy that it made then,
 * whichever object it is read from: what is known of a copy is known of the context.
 */
export class ContextReader {
  /** By their sessions. */
  readonly #known = new RecentMap<string, ContextReading & { readonly context: KnownContext }>(remembered);
  readonly #sessions: SessionEnds | undefined;

  /** `sessions`: who knows when they end. Default: they do not. */
  constructor(sessions?: SessionEnds) {
    this.#sessions = sessions;
  }

  /** As {@link readContext} does. */
  read(source: CallContext | undefined): ContextReading {
    const members = readMembers(source);
    if ("fault" in members) return members;
    const known = typeof members.session === "string" ? this.#known.get(members.session) : undefined;
    if (known !== undefined && isSame(known.context, members)) return known;
    const checked = checkMembers(members);
    if (checked.context === undefined) return checked;
    const reading = { context: this.#withEnd(checked.context) };
    this.#known.set(reading.context.session, reading, weightOf(reading.context));
    return reading;
  }

  #withEnd(context: KnownContext): KnownContext {
    if (this.#sessions === undefined) return context;
    const { tenant, issuer, subject: id, session } = context;
    return Object.freeze({ ...context, sessionEnds: this.#sessions.endOf(session, { tenant, issuer, id }) ?? 0 });
  }
}

/** Reads every member of a context once. Whatever is missing or of a wrong type is a fault, never a default. */
export function readContext(source: CallContext | undefined): ContextReading {
  const members = readMembers(source);
  return "fault" in members ? members : checkMembers(members);
}

/** What stands in a context, of whatever type. */
type Members = Record<Exclude<keyof KnownContext, "subject" | "sessionEnds"> | "id", unknown>;

/** INVARIANT (D9): a member counts only where it is the object's own; what all objects inherit grants nothing. */
function readMembers(source: unknown): Members | { readonly fault: string } {
  if (!isRecord(source)) return { fault: "no context was resolved for this call" };
  const { subject, actor, session, grant } = ownMembers(source, contextNames);
  if (!isRecord(subject)) return { fault: "the context has no subject" };
  if (!isRecord(actor)) return { fault: "the context has no actor" };
  const { id, issuer = "", tenant = "", roles, scopes } = ownMembers(subject, subjectNames);
  const { id: agent, tier, chain = none } = ownMembers(actor, actorNames);
  return { id, issuer, tenant, roles, scopes, actor: agent, tier, chain, session, grant };
}

const contextNames = ["subject", "actor", "session", "grant"];
const subjectNames = ["id", "issuer", "tenant", "roles", "scopes"];
const actorNames = ["id", "tier", "chain"];
const none: readonly string[] = Object.freeze([]);

/**
 * The named members, where they are the object's own. To ask that of every member of every call would cost more than to
 * read them all: mostly one look at the prototype tells that nothing else is there to be read.
 */
function ownMembers(source: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const prototype: object | null = Object.getPrototypeOf(source);
  if (prototype === null || (prototype === Object.prototype && !isRootNamed())) return source;
  const members: Record<string, unknown> = Object.create(null);
  for (const name of names) if (Object.hasOwn(source, name)) members[name] = source[name];
  return members;
}

/** Whether somebody gave all objects a member of a context's. Written out: an engine takes no time for it. */
function isRootNamed(): boolean {
  const root = Object.prototype;
  return (
    "subject" in root ||
    "actor" in root ||
    "session" in root ||
    "grant" in root ||
    "id" in root ||
    "issuer" in root ||
    "tenant" in root ||
    "roles" in root ||
    "scopes" in root ||
    "tier" in root ||
    "chain" in root
  );
}

/** INVARIANT (D9, B9): the same in every member, or it is another context. */
function isSame(known: KnownContext, members: Members): boolean {
  return (
    known.session === members.session &&
    known.subject === members.id &&
    known.issuer === members.issuer &&
    known.tenant === members.tenant &&
    known.actor === members.actor &&
    known.tier === members.tier &&
    isSameList(known.roles, members.roles) &&
    isSameList(known.scopes, members.scopes) &&
    isSameList(known.chain, members.chain) &&
    isSameList(known.grant, members.grant)
  );
}

function isSameList(known: readonly string[] | undefined, list: unknown): boolean {
  if (known === list) return true;
  if (known === undefined || !Array.isArray(list)) return false;
  if (list.length !== known.length) return false;
  for (let index = 0; index < known.length; index += 1) if (list[index] !== known[index]) return false;
  return true;
}

function checkMembers(members: Members): ContextReading {
  const { id, issuer, tenant, roles, scopes, actor, tier, chain, session, grant } = members;
  if (!isName(id)) return { fault: "the subject's id is not a text of 1 to 256 characters" };
  if (!isText(issuer)) return { fault: "the subject's issuer is not a text of at most 256 characters" };
  if (!isText(tenant)) return { fault: "the subject's tenant is not a text of at most 256 characters" };
  if (!isName(actor)) return { fault: "the actor's id is not a text of 1 to 256 characters" };
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
  const context: KnownContext = {
    tenant,
    issuer,
    subject: id,
    roles: knownRoles,
    scopes: knownScopes,
    actor,
    tier,
    chain: knownChain,
    session,
    grant: knownGrant,
  };
  return { context: Object.freeze(context) };
}

/** How many characters a context holds. */
export function weightOf({
  tenant,
  issuer,
  subject,
  actor,
  session,
  roles,
  scopes,
  chain,
  grant = none,
}: KnownContext) {
  let weight = tenant.length + issuer.length + subject.length + actor.length + session.length;
  for (const texts of [roles, scopes, chain, grant]) for (const text of texts) weight += text.length;
  return weight;
}

function isRecord(source: unknown): source is Record<string, unknown> {
  return typeof source === "object" && source !== null && !Array.isArray(source);
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
  if (source === none) return none;
  if (!Array.isArray(source)) return undefined;
  const { length } = source;
  // A proxy can say anything of its length.
  if (!Number.isInteger(length) || length < 0 || length > maximum) return undefined;
  const texts = Array<string>(length);
  for (let index = 0; index < length; index += 1) {
    const entry: unknown = source[index];
    if (!isText(entry)) return undefined;
    texts[index] = entry;
  }
  return Object.freeze(texts);
}
