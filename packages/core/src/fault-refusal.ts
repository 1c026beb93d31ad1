import { StateLostError, UnavailableError } from "./platform.ts";
import type { Refusal } from "./refusal.ts";

/**
 * How a fault on the way to a decision is told.
 *
 * INVARIANT (D11): an error's own text goes to `detail`; the reason is ours.
 */
export function faultRefusal(error: unknown): Refusal {
  const detail =
    error instanceof Error ? `${error.name}: ${error.message}` : "something that is not an error was thrown";
  if (error instanceof UnavailableError)
    return { code: "unavailable", reason: "authorization is not available right now", detail, retryable: true };
  if (error instanceof StateLostError)
    return { code: "state_lost", reason: "what was done before is not known any more", detail };
  return { code: "indeterminate", reason: "authorization could not be decided", detail };
}
