import { type KnownContext, readContext } from "../call-context.ts";
import type { Subject } from "../tool-call.ts";
import type { Approver } from "./approval-request.ts";

/** A person who acts alone, through no agent: what counts for users and tenants counts for them. */
export interface Person extends Approver {
  /** As the context of calls that they never make. */
  readonly context: KnownContext;
}

/** Reads each member once. `undefined` for what is no subject. */
export function readPerson(subject: Subject): Person | undefined {
  const { context } = readContext({ subject, actor: { id: "-" }, session: "-" });
  if (context === undefined) return undefined;
  const { tenant, issuer, subject: id, roles } = context;
  return { tenant, issuer, id, roles, context };
}
