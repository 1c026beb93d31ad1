import type { Calendar } from "./calendar.ts";
import type { DenyCode } from "./decision.ts";
import { type MicroUnits, noMoney } from "./money.ts";
import { decidePermission } from "./permit.ts";
import { planCall } from "./plan-call.ts";
import type { Policy } from "./policy/policy.ts";
import type { CallReading } from "./read-call.ts";
import { resolveCall } from "./resolve-call.ts";
import type { Plan } from "./state/state-store.ts";

/** The policy that decides, with the calendar of its time zone. */
export interface Ruling {
  readonly policy: Policy;
  readonly calendar: Calendar;
}

/** What identifies one evaluation and when it happened. */
export interface Occasion {
  readonly evaluationId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds: when a permit that nobody settles counts as abandoned. */
  readonly leaseUntil: number;
}

/** Why a call is refused. */
export interface Refusal {
  readonly code: DenyCode;
  readonly reason: string;
  readonly rule?: string | undefined;
  readonly detail?: string | undefined;
  readonly retryable?: boolean | undefined;
}

/** What is known of the call's needs, as far as it was resolved. */
export interface Needs {
  readonly scopes: readonly string[];
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
      readonly plan: Plan;
    };

const noNeeds: Needs = { scopes: [], cost: noMoney };

/** Identify, resolve, permit and plan. Pure: the same reading, policy and occasion give the same judgment (D5). */
export function judgeCall(reading: CallReading, ruling: Ruling | undefined, occasion: Occasion): Judgment {
  if (ruling === undefined)
    return refuse({ code: "unavailable", reason: "no policy is loaded, so nothing is allowed" });
  if (reading.context === undefined) {
    return refuse({ code: "unauthenticated", reason: "it is not known who is asking", detail: reading.contextFault });
  }
  if (reading.arguments === undefined || reading.callFault !== undefined) {
    const reason = "the arguments are not acceptable JSON";
    return refuse({ code: "invalid_arguments", reason, detail: reading.callFault });
  }
  const { policy, calendar } = ruling;
  const requirement = resolveCall(policy, reading.tool);
  if (requirement === undefined) {
    return refuse({ code: "unknown_tool", reason: "the policy does not know this tool" });
  }
  const permission = decidePermission(policy, reading.context, requirement);
  if (!permission.allowed) return refuse(permission, requirement);
  const plan = planCall({
    budgets: policy.budgets,
    calendar,
    context: reading.context,
    cost: requirement.cost,
    ...occasion,
  });
  return { granted: true, needs: requirement, reason: permission.reason, rule: permission.rule, plan };
}

function refuse(refusal: Refusal, needs: Needs = noNeeds): Judgment {
  return { granted: false, needs, refusal };
}
