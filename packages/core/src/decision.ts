import type { Obligation } from "./policy/obligation.ts";

/** Every cause for which a call can be refused. Adapters switch over it exhaustively. */
export const denyCodes = [
  "forbidden",
  "not_granted",
  "condition_failed",
  "history_forbids",
  "history_requires",
  "rate_limited",
  "budget_exhausted",
  "runaway",
  "approval_required",
  "unauthenticated",
  "invalid_arguments",
  "unknown_tool",
  "suspended",
  "state_lost",
  "unavailable",
  "indeterminate",
] as const;

/** One of {@link denyCodes}. */
export type DenyCode = (typeof denyCodes)[number];

/** What was decided of a call that monitor mode let through. */
export interface Monitored {
  /** `call`: the call was denied, and ran all the same. `result`: it was permitted, and its result should be withheld. */
  readonly denied: "call" | "result";
  readonly code: DenyCode;
  /** Fit for the model and the user, as that of the denial. */
  readonly reason: string;
  /** The policy rule that decided, where one did. */
  readonly rule: string | undefined;
}

/** The tool may run, once, with the arguments that were judged. */
export interface Permit {
  readonly allowed: true;
  /** Names this decision in the audit log and in `settle`. */
  readonly evaluationId: string;
  /** Why, fit for the model and the user. */
  readonly reason: string;
  /** The policy rules that granted it, joined by `, `. */
  readonly rule: string;
  /** The scopes that the call required, as the policy resolved them. */
  readonly scopes: readonly string[];
  /** What was reserved for the call, as decimal text in the policy's currency, such as `0.002`. */
  readonly cost: string;
  /** What must be done with the call: an application that does not understand one of them must not let the call run. */
  readonly obligations: readonly Obligation[];
  /** What the policy let pass though it could not be evaluated: ids of rules, and budgets. Mostly none. */
  readonly degraded: readonly string[];
  /** Absent where nothing had to be approved. */
  readonly approvals?: readonly UsedApproval[] | undefined;
  /** The digest of the policy that decided. */
  readonly policy: string;
  /** Whether the record of this decision is durable. */
  readonly logged: boolean;
  /** The decision was to deny, but is not enforced: see `monitorAuthorizer`. Nothing was taken for the call. */
  readonly monitored?: Monitored | undefined;
}

/** What can be done instead of a refused call, as far as the policy says. */
export interface Alternatives {
  /** Scopes beside the refused one that this holder is allowed. At most 5. */
  readonly scopes: readonly string[];
  /** Roles, other than the holder's, that are allowed the refused scope. At most 5. */
  readonly roles: readonly string[];
}

/** Where the request stands that a person was asked to answer about a refused call. */
export interface AskedApproval {
  /** Names it in `authorizer.approvals`. */
  readonly id: string;
  /** `pending`: once it is approved, the same call is permitted. `denied`: it will not be, until the denial has expired. */
  readonly status: "pending" | "denied";
  /** Epoch milliseconds: from then on the same call asks anew. */
  readonly expiresAt: number;
}

/** An approval under which a call runs. */
export interface UsedApproval {
  readonly id: string;
  readonly approver: { readonly issuer: string; readonly id: string };
}

/** The tool may not run. A value, never an exception. */
export interface Deny {
  readonly allowed: false;
  readonly evaluationId: string;
  readonly code: DenyCode;
  /** Why, fit for the model and the user: only the policy's own words and fixed text. */
  readonly reason: string;
  /** The policy rule that decided, where one did. */
  readonly rule: string | undefined;
  /** For the audit log and administrators only: may quote the request and errors. */
  readonly detail: string | undefined;
  /** Whether the same call may be permitted later without anyone changing the policy. */
  readonly retryable: boolean;
  /** Seconds after which a retry can succeed, where that is known. */
  readonly retryAfter?: number | undefined;
  /** The tool did run: only what it gave is withheld. Calling it again would run it again. */
  readonly withheld?: true | undefined;
  /** What to do instead, in the policy's own words. */
  readonly hint?: string | undefined;
  /** `undefined` where there are none, or the policy does not tell. */
  readonly alternatives?: Alternatives | undefined;
  /** Of `approval_required`: what a person was asked. Absent where nobody can be asked. */
  readonly approval?: AskedApproval | undefined;
  readonly scopes: readonly string[];
  /** The digest of the policy that decided; empty where there was none. */
  readonly policy: string;
  readonly logged: boolean;
}

/**
 * What an adapter says where an authorizer fails instead of answering, before anything ran.
 *
 * INVARIANT (D3, D11): such a failure is a denial, and what it was is shown to nobody.
 */
export const undecided: Deny = Object.freeze({
  allowed: false,
  evaluationId: "",
  code: "indeterminate",
  reason: "authorization could not be decided",
  rule: undefined,
  detail: undefined,
  retryable: false,
  scopes: [],
  policy: "",
  logged: false,
});

/** The answer to one call. There is no third. */
export type Decision = Permit | Deny;

/**
 * The text that a model receives in place of the result of a denied call: one line of JSON with `error`
 * (`tool_call_denied`, or `tool_result_withheld` where the tool did run), `code`, `message` and `retryable` (and, where known, `hint`, `retryAfter` in seconds, `approval` as `{ id, status }` and `alternatives`). Never holds `detail`.
 */
export function renderDenial(deny: Deny): string {
  const approval = Object.hasOwn(deny, "approval") ? deny.approval : undefined;
  return JSON.stringify({
    error: deny.withheld === true ? "tool_result_withheld" : "tool_call_denied",
    code: deny.code,
    message: deny.reason,
    retryable: deny.retryable,
    ...(deny.hint === undefined ? {} : { hint: deny.hint }),
    ...(deny.retryAfter === undefined ? {} : { retryAfter: deny.retryAfter }),
    ...(approval === undefined ? {} : { approval: { id: approval.id, status: approval.status } }),
    ...(deny.alternatives === undefined ? {} : { alternatives: deny.alternatives }),
  });
}
