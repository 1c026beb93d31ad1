import type { KnownContext } from "./call-context.ts";
import type { Deny, Permit } from "./decision.ts";
import type { Needs, Ruling } from "./judge-call.ts";
import type { MicroUnits } from "./money.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import type { JsonObject } from "./tool-call.ts";

/** A permit whose effects are applied and whose record is durable: the tool may start. */
export interface Admitted {
  readonly decision: Permit;
  readonly tool: string;
  readonly context: KnownContext;
  /** The snapshot that was judged. */
  readonly arguments: JsonObject;
  readonly needs: Needs;
  /** The policy that the call began with, and ends with (D7). */
  readonly ruling: Ruling;
  /** What was taken for the call; where the policy lets it run without, nothing. */
  readonly plan: CallPlan;
  readonly cost: MicroUnits;
  /** Epoch milliseconds. */
  readonly leaseUntil: number;
}

/** The end of the deciding half of a call's path. */
export type Admission = Admitted | { readonly decision: Deny };

/** Tells the two apart by the literal `true`: anything else is a denial. */
export function isAdmitted(admission: Admission): admission is Admitted {
  return admission.decision.allowed === true;
}
