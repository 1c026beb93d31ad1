import { answerRequest, answerUsage } from "../approvals/answer-request.ts";
import type { Command } from "../command.ts";

/** `ambit approvals approve`: lets a call run that was asked for. */
export const approvalsApprove: Command = {
  name: "approvals approve",
  summary: "let a call run once that an agent has asked for",
  usage: `  ambit approvals approve ID --store STORE --policy FILE --as USER --role ROLE (--audit FILE | --no-audit) [options]

${answerUsage}

The call is judged anew when it is made again, and runs once before the approval expires; more often within "reuse".
Exit codes: 0 approved, 2 not answered, 1 it could not be, or nobody knows whether it was: ambit approvals show says.`,
  run: (args) => answerRequest("approve", args),
};
