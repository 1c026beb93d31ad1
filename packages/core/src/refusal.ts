import type { ApprovalDemand } from "./approval/approval-demand.ts";
import type { Alternatives, AskedApproval, DenyCode } from "./decision.ts";

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
