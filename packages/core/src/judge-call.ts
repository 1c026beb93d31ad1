import type { ApprovalDemand } from "./approval/approval-demand.ts";
import type { Calendar } from "./calendar.ts";
import type { KnownContext } from "./call-context.ts";
import type { ConditionEnvironment } from "./condition/frame.ts";
import type { CostFunctions } from "./cost-function.ts";
import type { Alternatives, AskedApproval, DenyCode } from "./decision.ts";
import { findAlternatives } from "./find-alternatives.ts";
import { type MicroUnits, noMoney } from "./money.ts";
import type { Occasion } from "./occasion.ts";
import { decidePermission, type Holder } from "./permit.ts";
import type { CallPlanner } from "./plan/call-planner.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import { isSessionOver } from "./plan/session-end.ts";
import type { Obligation } from "./policy/obligation.ts";
import type { ClassifierRule, Policy } from "./policy/policy.ts";
import type { CallReading } from "./read-call.ts";
import { resolveCall } from "./resolve-call.ts";
import type { JsonObject } from "./tool-call.ts";

/** The policy that decides, with the calendar of its time zone, who plans its calls, and what the application computes costs with. */
export interface Ruling {
  readonly policy: Policy;
  readonly calendar: Calendar;
  readonly planner: CallPlanner;
  readonly costs: CostFunctions;
}

/** Why a call is refused. */
export interface Refusal {
  readonly code: DenyCode;
  readonly reason: string;
  readonly rule?: string | undefined;
  readonly detail?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfter?: number | undefined;
  readonly hint?: string | undefined;
  readonly alternatives?: Alternatives | undefined;
  /** What a person has to approve. */
  readonly demand?: ApprovalDemand | undefined;
  /** The request for it. */
  readonly approval?: AskedApproval | undefined;
}

/** What is known of the call's needs, as far as it was resolved. */
export interface Needs {
  readonly scopes: readonly string[];
  readonly labels: readonly string[];
  readonly classifiers: readonly ClassifierRule[];
  readonly cost: MicroUnits;
}

/** What steps 2 to 5 find: a refusal, or a grant that holds if the plan does. */
export type Judgment =
  | { readonly granted: false; readonly needs: Needs; readonly refusal: Refusal }
  | {
      readonly granted: true;
      readonly needs: Needs;
      readonly reason: string;
      readonly rule: string;
      readonly obligations: readonly Obligation[];
      readonly degraded: readonly string[];
      readonly plan: CallPlan;
    };

/** Why a call of a session is refused that has ended, or that nobody knows. */
export const sessionOver: Refusal = {
  code: "unauthenticated",
  reason: "this session is over, or was not begun here",
};

/** What is known before anything is resolved. */
export const noNeeds: Needs = { scopes: [], labels: [], classifiers: [], cost: noMoney };

/**
 * Identify, resolve, permit and plan. Pure: the same reading, policy and occasion give the same judgment (D5).
 * `approved`: the demands that people have satisfied for this very call.
 */
export function judgeCall(
  reading: CallReading,
  ruling: Ruling | undefined,
  occasion: Occasion,
  approved?: ReadonlySet<ApprovalDemand>,
): Judgment {
  if (ruling === undefined)
    return refuse({ code: "unavailable", reason: "no policy is loaded, so nothing is allowed" });
  if (reading.context === undefined) {
    return refuse({ code: "unauthenticated", reason: "it is not known who is asking", detail: reading.contextFault });
  }
  if (isSessionOver(reading.context, occasion.now)) {
    return refuse(sessionOver);
  }
  if (reading.arguments === undefined || reading.callFault !== undefined) {
    const reason = "the arguments are not acceptable JSON";
    return refuse({ code: "invalid_arguments", reason, detail: reading.callFault });
  }
  const { policy, calendar, costs } = ruling;
  const { context, tool, arguments: args } = reading;
  const environment = environmentOf(context, args, occasion.now);
  const requirement = resolveCall({ policy, tool, arguments: args, context, environment, costs });
  if (!("scopes" in requirement)) return refuse(requirement);
  const { holder } = standingOf(context);
  // One object for all that is asked next: each call makes it anew.
  const call = {
    policy,
    calendar,
    context,
    holder,
    tool,
    arguments: args,
    environment,
    requirement,
    approved,
    occasion,
  };
  const permission = decidePermission(call);
  if (!permission.allowed) {
    const { scope } = permission;
    const alternatives = scope === undefined ? undefined : findAlternatives(call, scope);
    return refuse({ ...permission, alternatives }, requirement);
  }
  const plan = ruling.planner.plan(call);
  const { reason, rule, obligations, degraded } = permission;
  return { granted: true, needs: requirement, reason, rule, obligations, degraded, plan };
}

/** What conditions may ask about. */
export function environmentOf(context: KnownContext, args: JsonObject, now: number): ConditionEnvironment {
  const { subject, actor, session } = standingOf(context);
  return { args, subject, actor, session, now };
}

/** One context, as permission and conditions see it. */
type Standing = Pick<ConditionEnvironment, "subject" | "actor" | "session"> & { readonly holder: Holder };

/** Contexts do not change, and most are asked about again. */
const standings = new WeakMap<KnownContext, Standing>();

function standingOf(context: KnownContext): Standing {
  const known = standings.get(context);
  if (known !== undefined) return known;
  const { tenant, issuer, subject, roles, scopes, actor, tier, chain, session } = context;
  const standing: Standing = {
    subject: { id: subject, issuer, tenant, roles, scopes },
    actor: { id: actor, tier, chain },
    session: { id: session },
    holder: { ...context, actor: { id: actor, tier } },
  };
  standings.set(context, standing);
  return standing;
}

function refuse(refusal: Refusal, needs: Needs = noNeeds): Judgment {
  return { granted: false, needs, refusal };
}
