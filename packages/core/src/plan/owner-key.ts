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

/**
 * The name of a cell: each text with its length before it, each list with its number of members, so that no two lists of
 * members have one name.
 */
export function cellName(kind: string, ...members: readonly (string | OwnerKey)[]): string {
  let name = kind;
  for (const member of members) {
    if (typeof member === "string") name += `|${member.length}:${member}`;
    else {
      name += `|${member.length}[`;
      for (const text of member) name += `|${text.length}:${text}`;
    }
  }
  return name;
}
