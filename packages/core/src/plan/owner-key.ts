import type { KnownContext } from "../call-context.ts";
import type { Owner } from "../policy/history-rule.ts";

/** Who a cell belongs to, as the members of a key. */
export type OwnerKey = readonly string[];

/**
 * The owner of a cell within its tenant.
 *
 * INVARIANT (B9, B10): distinct owners have distinct keys, and no key of a user or agent depends on the session, so that
 * a new session restores nothing.
 */
export function ownerKey(owner: Owner, { issuer, subject, actor, session }: KnownContext): OwnerKey {
  switch (owner) {
    case "tenant":
      return ["tenant"];
    case "agent":
      return ["agent", actor];
    case "user":
      return ["user", issuer, subject];
    case "session":
      return ["session", issuer, subject, session];
  }
}

/** A member of a cell's name: a text, a list of texts, whoever of a call's owners the cell belongs to, or what comes from arguments. */
export type CellMember = string | OwnerKey | OwnedMember | ArgumentMember;

/** Whoever of a call's owners the cell belongs to. */
export interface OwnedMember {
  readonly owner: Owner;
}

/** What a call's arguments put into a name: the digest of the whole call, or what stands at the end of a path of names. */
export interface ArgumentMember {
  readonly argument: "digest" | readonly string[];
  /** What it is in this call. */
  readonly text: string;
}

/** The name of a cell, but for whose it is. */
export interface CellPattern {
  readonly kind: string;
  readonly members: readonly CellMember[];
}

/**
 * The name of a cell: each text with its length before it, each list with its number of members, so that no two lists of
 * members have one name.
 */
export function cellName(kind: string, ...members: readonly (string | OwnerKey)[]): string {
  let name = kind;
  for (const member of members) name += memberText(member);
  return name;
}

/** What a member is in one call. */
export function resolveMember(member: CellMember, context: KnownContext): string | OwnerKey {
  if (typeof member === "string" || isList(member)) return member;
  if (isOwned(member)) return ownerKey(member.owner, context);
  return argumentKey(member.argument, member.text);
}

/** What comes from arguments, as a member of a name. */
export function argumentKey(argument: ArgumentMember["argument"], text: string): string | OwnerKey {
  return argument === "digest" ? text : ["value", text];
}

export function isList(member: CellMember): member is OwnerKey {
  return Array.isArray(member);
}

/** INVARIANT (D9): what all objects inherit makes no cell another's. */
export function isOwned(member: OwnedMember | Pick<ArgumentMember, "argument">): member is OwnedMember {
  return Object.hasOwn(member, "owner");
}

/** A text or a list of texts, as it stands in a cell's name. */
export function memberText(member: string | OwnerKey): string {
  if (typeof member === "string") return `|${member.length}:${member}`;
  let text = `|${member.length}[`;
  for (const each of member) text += `|${each.length}:${each}`;
  return text;
}
