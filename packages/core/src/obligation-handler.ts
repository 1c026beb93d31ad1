import type { Permit } from "./decision.ts";
import type { Obligation } from "./policy/obligation.ts";
import type { JsonObject } from "./tool-call.ts";

/** The permitted call that an obligation belongs to. */
export interface ObligationOccasion {
  readonly decision: Permit;
  readonly tool: string;
  /** The arguments that were judged. */
  readonly arguments: JsonObject;
}

/** Performs a duty before the tool starts. What it throws or rejects with keeps the tool from starting. */
export type ObligationHandler = (obligation: Obligation, occasion: ObligationOccasion) => void | Promise<void>;
