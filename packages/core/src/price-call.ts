import type { KnownContext } from "./call-context.ts";
import type { CostFunctions } from "./cost-function.ts";
import { type MicroUnits, parseMoney } from "./money.ts";
import type { JsonObject } from "./tool-call.ts";

/** What {@link priceCall} is asked. */
export interface PricingRequest {
  /** The name of the function that the policy wants to be asked. */
  readonly by: string;
  readonly costs: CostFunctions;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly context: KnownContext;
}

/** Why there is no cost, for administrators only. */
export interface PricingFault {
  readonly fault: string;
}

/**
 * Asks the application what a call costs. Never throws.
 *
 * INVARIANT (B4): a function that is missing, fails or gives no exact amount makes the cost unknown, never zero.
 */
export function priceCall({ by, costs, tool, arguments: args, context }: PricingRequest): MicroUnits | PricingFault {
  const name = JSON.stringify(by);
  const compute = costs.get(by);
  if (compute === undefined) return { fault: `no cost function is named ${name}` };
  let given: unknown;
  try {
    given = compute(Object.freeze({ tool, arguments: args, context: contextOf(context) }));
  } catch (error) {
    const text = error instanceof Error ? error.message : "something that is not an error";
    return { fault: `the cost function ${name} threw ${text}` };
  }
  const amount = parseMoney(given);
  if (amount !== undefined) return amount;
  // Nobody waits for it: that it rejects must not end the process.
  if (given instanceof Promise) void given.catch(() => {});
  return { fault: `the cost function ${name} gave no amount of at most six decimals` };
}

/** As the application gave it, in parts that are frozen: what a function changes would else be judged. */
function contextOf({ tenant, issuer, subject, roles, scopes, actor, tier, chain, session, grant }: KnownContext) {
  return Object.freeze({
    subject: Object.freeze({ id: subject, issuer, tenant, roles, scopes }),
    actor: Object.freeze({ id: actor, tier, chain }),
    session,
    grant,
  });
}
