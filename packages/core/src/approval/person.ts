import { type KnownContext, readContext } from "../call-context.ts";
import type { Suspensions } from "../suspension.ts";
import type { Subject } from "../tool-call.ts";
import type { Approver } from "./approval-request.ts";

/** A person who acts alone, through no agent. */
export interface Person extends Approver {
  /** As the context of calls that they never make: what counts for users and tenants counts for them. */
  readonly context: KnownContext;
}

/** Reads each member once. `undefined` for what is no subject. */
export function readPerson(subject: Subject): Person | undefined {
  const { context } = readContext({ subject, actor: { id: "-" }, session: "-" });
  if (context === undefined) return undefined;
  const { tenant, issuer, subject: id, roles } = context;
  return { tenant, issuer, id, roles, context };
}

/** Whether a person is suspended, as far as this process knows. Who cannot be read counts as suspended. */
export function isStopped({ tenant, issuer, id }: Approver, suspensions: Suspensions, now: number): boolean {
  const person = readPerson({ tenant, issuer, id, roles: [], scopes: [] });
  return person === undefined || suspensions.holds(person.context, now) || suspensions.remembers(person.context, now);
}
