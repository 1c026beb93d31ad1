import type { KnownContext } from "../call-context.ts";
import type { Granted, Judgment, Ruling } from "../judge-call.ts";
import type { Occasion } from "../occasion.ts";
import type { CallReading } from "../read-call.ts";
import type { Refusal } from "../refusal.ts";
import type { JsonObject } from "../tool-call.ts";
import type { ApprovalDemand } from "./approval-demand.ts";
import type { ApprovedFacts } from "./approval-row.ts";

/** A call that was refused for want of an approval. */
export interface UnapprovedCall {
  readonly reading: CallReading;
  readonly ruling: Ruling | undefined;
  readonly occasion: Occasion;
  /** Judges it again, whole, with the demands satisfied that people have approved. */
  readonly judge: (approved: ReadonlySet<ApprovalDemand>) => Judgment;
  /** Why it could not be executed here although it is granted. */
  readonly inability: (granted: Granted) => Refusal | undefined;
}

/** The same, with all that a demand always has. */
export interface DemandedCall extends UnapprovedCall {
  readonly context: KnownContext;
  readonly arguments: JsonObject;
  readonly ruling: Ruling;
}

/** The refusal of a call that lacks only an approval. */
export interface Demanded extends Refusal {
  readonly demand: ApprovalDemand;
}

/** Whether a person could change a refusal. INVARIANT (D9): what all objects inherit demands nothing. */
export function isDemanded(refusal: Refusal): refusal is Demanded {
  return Object.hasOwn(refusal, "demand") && refusal.demand !== undefined;
}

/** Throws a `TypeError` for a call of which nobody can have demanded anything. */
export function demandedCall(call: UnapprovedCall): DemandedCall {
  const { context, arguments: args } = call.reading;
  if (context === undefined || args === undefined) throw new TypeError("a demand without arguments or context");
  if (call.ruling === undefined) throw new TypeError("a demand without a policy");
  return { ...call, context, arguments: args, ruling: call.ruling };
}

/** What an approval of a call is bound to. */
export function factsOf(call: DemandedCall, { demand }: Demanded): ApprovedFacts {
  const { tenant, issuer, subject: user, actor, tier, chain, session } = call.context;
  const { tool } = call.reading;
  return { tenant, issuer, user, actor, tier, chain, session, tool, arguments: call.arguments, demand };
}

/** The judgment once the demands of all allows are satisfied, and these demands in the order in which they were made. */
export function judgeSatisfied(call: DemandedCall): {
  readonly judgment: Judgment;
  readonly demanded: readonly Demanded[];
} {
  const satisfied = new Set<ApprovalDemand>();
  const demanded: Demanded[] = [];
  for (;;) {
    const judgment = call.judge(satisfied);
    if (judgment.granted || !isDemanded(judgment.refusal)) return { judgment, demanded };
    // INVARIANT (D3): a demand that is made although it is satisfied is a fault, and a fault denies.
    if (satisfied.has(judgment.refusal.demand)) throw new TypeError("a demand was made that is satisfied");
    satisfied.add(judgment.refusal.demand);
    demanded.push(judgment.refusal);
  }
}
