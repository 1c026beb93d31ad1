import { approverFault } from "./approval/judge-approver.ts";
import { type KnownContext, readContext } from "./call-context.ts";
import { snapshotArguments } from "./json-snapshot.ts";
import { valueText } from "./plan/argument-text.ts";
import { exemptionName } from "./plan/exemption.ts";
import type { Policy } from "./policy/policy.ts";
import type { Refusal } from "./refusal.ts";
import type { Plan } from "./state/plan.ts";
import type { JsonValue, Subject } from "./tool-call.ts";

/** Which rule over history is lifted, for whose session. */
export interface Declassification {
  /** The id of a rule that says `declassify`. */
  readonly rule: string;
  /** Default: the empty tenant. */
  readonly tenant?: string | undefined;
  /** Default: the empty issuer. */
  readonly issuer?: string | undefined;
  /** The id of the user whose session it is. */
  readonly user: string;
  readonly session: string;
  /**
   * The value, any JSON, of the argument that the rule names in `declassify`: only calls with it, or with a list of such
   * values, are let through. To be left out where the rule says `declassify: true`.
   */
  readonly value?: unknown;
}

/** Whether a rule was lifted. */
export type DeclassificationAnswer =
  | { readonly allowed: true /** Epoch milliseconds. */; readonly until: number; readonly logged: boolean }
  | { readonly allowed: false; readonly code: Refusal["code"]; readonly reason: string; readonly logged: boolean };

/** A declassification and who asks for it, as they stood when they came in. */
export interface DeclassificationReading {
  readonly session: KnownContext | undefined;
  readonly approver: KnownContext | undefined;
  readonly rule: string;
  /** `undefined` where there is none. */
  readonly value: JsonValue | undefined;
  readonly fault: string | undefined;
}

/** Reads each member once. Never throws: what cannot be read is a fault of the reading. */
export function readDeclassification(asked: Declassification, approver: Subject): DeclassificationReading {
  try {
    const { tenant, issuer, user, session, value } = asked;
    const rule = typeof asked.rule === "string" ? asked.rule.slice(0, 256).toWellFormed() : "";
    const subject = { id: user, tenant, issuer, roles: [], scopes: [] };
    const target = readContext({ subject, actor: { id: "-" }, session });
    const person = readContext({ subject: approver, actor: { id: "-" }, session: "-" });
    const given = value === undefined ? undefined : snapshotArguments({ value });
    const judged = given?.value?.["value"];
    const fault = target.fault ?? person.fault ?? given?.fault;
    return { session: target.context, approver: person.context, rule, value: judged, fault };
  } catch {
    return {
      session: undefined,
      approver: undefined,
      rule: "",
      value: undefined,
      fault: "the request could not be read",
    };
  }
}

/** The mark that lifts a rule, or why it may not be lifted by this person. Pure. */
export function judgeDeclassification(
  { session, approver, rule: id, value, fault }: DeclassificationReading,
  policy: Policy | undefined,
  now: number,
): { readonly plan: Plan; readonly until: number } | { readonly refusal: Refusal } {
  if (policy === undefined) return refuse("unavailable", "no policy is loaded, so nothing is allowed");
  if (fault !== undefined || session === undefined || approver === undefined) {
    return refuse("invalid_arguments", "the request is not acceptable", fault);
  }
  // INVARIANT (A3): whoever lifts a rule is known, holds a role that approves, and is of the tenant.
  const { lifetime } = policy.approvals;
  const requester = { tenant: session.tenant, issuer: session.issuer, user: session.subject, agents: [] };
  switch (approverFault({ ...approver, id: approver.subject }, requester, policy.approvals)) {
    case "not_approver":
      return refuse("not_granted", "this person may not lift rules");
    case "own_request":
      return refuse("forbidden", "nobody lifts a rule for themselves");
    case undefined:
  }
  const rule = policy.history.rule(id);
  if (rule === undefined || rule.kind === "before" || rule.declassify === undefined) {
    return refuse("not_granted", "there is no such rule, or nobody may lift it");
  }
  if ((value === undefined) !== (rule.declassify.length === 0)) {
    return refuse(
      "invalid_arguments",
      "the rule is lifted for a value of an argument, or for a whole session, not for the other",
    );
  }
  const keys = [exemptionName(rule, session, value === undefined ? undefined : valueText(value))];
  const effects = [{ kind: "mark", key: 0, keep: lifetime } as const];
  return { plan: { partition: session.tenant, keys, checks: [], effects, now }, until: now + lifetime };
}

function refuse(code: Refusal["code"], reason: string, detail?: string): { readonly refusal: Refusal } {
  return { refusal: { code, reason, detail } };
}
