import type { ApprovalDemand } from "./approval/approval-demand.ts";
import type { Calendar } from "./calendar.ts";
import type { KnownContext } from "./call-context.ts";
import type { AnswerListener, ConditionEnvironment } from "./condition/frame.ts";
import type { CostFunctions } from "./cost-function.ts";
import type { KnownCallers } from "./known-callers.ts";
import { type MicroUnits, noMoney } from "./money.ts";
import type { Occasion } from "./occasion.ts";
import type { PermissionMemory } from "./permission-memory.ts";
import type { CallPlanner } from "./plan/call-planner.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import { isSessionOver } from "./plan/session-end.ts";
import type { Obligation } from "./policy/obligation.ts";
import type { ClassifierRule, Policy } from "./policy/policy.ts";
import type { CallReading } from "./read-call.ts";
import type { Refusal } from "./refusal.ts";
import { isResolveFault, resolveCall } from "./resolve-call.ts";
import type { JsonObject } from "./tool-call.ts";

/** The policy that decides, with the calendar of its time zone, what is known of its calls, and what the application computes costs with. */
export interface Ruling {
  readonly policy: Policy;
  readonly calendar: Calendar;
  readonly callers: KnownCallers;
  readonly permissions: PermissionMemory;
  readonly planner: CallPlanner;
  readonly costs: CostFunctions;
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

/** A judgment under which a call may run if its plan holds. */
export type Granted = Extract<Judgment, { granted: true }>;

/** Why a call of a session is refused that has ended, or that nobody knows. */
export const sessionOver: Refusal = {
  code: "unauthenticated",
  reason: "this session is over, or was not begun here",
};

const none: readonly never[] = Object.freeze([]);

/** What is known before anything is resolved. */
export const noNeeds: Needs = { scopes: none, labels: none, classifiers: none, cost: noMoney };

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
  // One object for all that is asked: each call makes it anew.
  const call = { policy, calendar, costs, context, tool, arguments: args, environment, approved, occasion };
  const requirement = resolveCall(call);
  if (isResolveFault(requirement)) return refuse(requirement);
  const caller = ruling.callers.of(context);
  const permission = ruling.permissions.decide(call, requirement, caller.rights);
  if (!permission.allowed) return refuse(permission.refusal, requirement);
  const plan = ruling.planner.plan(call, requirement, caller);
  const { reason, rule, obligations, degraded } = permission;
  return { granted: true, needs: requirement, reason, rule, obligations, degraded, plan };
}

/** What conditions may ask about. */
export function environmentOf(context: KnownContext, args: JsonObject, now: number): CallEnvironment {
  return new CallEnvironment(context, args, now);
}

/** One call, as conditions see it: what few of them ask for is put together when one does. */
class CallEnvironment implements ConditionEnvironment {
  readonly args: JsonObject;
  readonly now: number;
  answers: AnswerListener | undefined = undefined;
  readonly #context: KnownContext;

  constructor(context: KnownContext, args: JsonObject, now: number) {
    this.args = args;
    this.now = now;
    this.#context = context;
  }

  get subject(): ConditionEnvironment["subject"] {
    const { subject: id, issuer, tenant, roles, scopes } = this.#context;
    return { id, issuer, tenant, roles, scopes };
  }

  get actor(): ConditionEnvironment["actor"] {
    const { actor: id, tier, chain } = this.#context;
    return { id, tier, chain };
  }

  get session(): ConditionEnvironment["session"] {
    return { id: this.#context.session };
  }
}

function refuse(refusal: Refusal, needs: Needs = noNeeds): Judgment {
  return { granted: false, needs, refusal };
}
