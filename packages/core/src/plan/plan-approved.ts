import { type ApprovalDemand, ruleDemand } from "../approval/approval-demand.ts";
import type { Approver } from "../approval/approval-request.ts";
import type { Plan } from "../state/plan.ts";
import type { CallPlan } from "./plan-builder.ts";
import { switchName } from "./plan-runaway.ts";
import type { RefusalCause, StateRefusal } from "./refusal-cause.ts";

/** An approval that a call is made under. */
export interface RedeemedApproval {
  readonly demand: ApprovalDemand;
  /** What to say where it does not hold after all. */
  readonly refusal: StateRefusal;
  /** The name of the token that is spent with it. */
  readonly token: string;
  /** Milliseconds after which nobody can use the approval any more. */
  readonly keep: number;
  /** Whether the call may run also where the token is spent already. */
  readonly reusable: boolean;
  readonly approver: Approver;
}

/**
 * The plan of a call that people have approved: without the checks of the rules over history that their approvals satisfy,
 * and spending the token of each. Pure.
 *
 * INVARIANT (A2, A6): a token is spent in the one step in which all checks of the call hold, or it is not spent.
 */
export function planApproved(plan: CallPlan, approvals: readonly RedeemedApproval[]): CallPlan {
  const demands = new Set(approvals.map(({ demand }) => demand));
  const { plan: before, causes } = withoutRules(plan, (demand) => demands.has(demand));
  const keys = [...before.keys];
  const checks = [...before.checks];
  const effects = [...before.effects];
  const asked = [...causes];
  const check = (kind: "unspent" | "off", name: string, refusal: StateRefusal) => {
    const known = keys.indexOf(name);
    const key = known < 0 ? keys.push(name) - 1 : known;
    checks.push({ kind, key });
    asked.push({ kind: "approval", refusal });
    return key;
  };
  for (const { token, keep, reusable, refusal, approver } of approvals) {
    // INVARIANT (A3): who is suspended approves nothing, as of this very step.
    check("off", personSwitch(approver), refusal);
    if (reusable) effects.push({ kind: "spend", key: keys.push(token) - 1, keep });
    else effects.push({ kind: "spend", key: check("unspent", token, refusal), keep });
  }
  return { ...plan, plan: { ...before, keys, checks, effects }, causes: asked };
}

/** The checks of a call that no approval could satisfy, without any effect. Pure. */
export function planBeforeAsking(plan: CallPlan): CallPlan {
  const rest = withoutRules(plan, () => true);
  return { plan: { ...rest.plan, effects: [] }, causes: rest.causes, whenSucceeded: [], whenFailed: [] };
}

/** What asks whether a person is suspended. Pure. */
export function planPersonCheck(person: Approver, now: number): Plan {
  const keys = [personSwitch(person), switchName(["tenant"])];
  return { partition: person.tenant, keys, checks: keys.map((_, key) => ({ kind: "off", key })), effects: [], now };
}

function personSwitch({ issuer, id }: Approver): string {
  return switchName(["user", issuer, id]);
}

function withoutRules(
  plan: CallPlan,
  lifts: (demand: ApprovalDemand) => boolean,
): { readonly plan: Plan; readonly causes: readonly RefusalCause[] } {
  const stays = plan.causes.map((cause) => {
    if (cause.kind !== "rule" || cause.rule.kind === "before" || cause.rule.effect !== "approval") return true;
    return !lifts(ruleDemand(cause.rule));
  });
  const checks = plan.plan.checks.filter((_, index) => stays[index]);
  return { plan: { ...plan.plan, checks }, causes: plan.causes.filter((_, index) => stays[index]) };
}
