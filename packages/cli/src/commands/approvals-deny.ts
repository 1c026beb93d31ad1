import { answerRequest, answerUsage } from "../approvals/answer-request.ts";
import type { Command } from "../command.ts";

/** `ambit approvals deny`: refuses a call that was asked for. */
export const approvalsDeny: Command = {
  name: "approvals deny",
  summary: "say that a call is not to run that an agent has asked for",
  usage: `  ambit approvals deny ID --store STORE --policy FILE --as USER --role ROLE (--audit FILE | --no-audit) [options]

${answerUsage}

Nobody is asked about the same call again before the denial expires.
Exit codes: 0 denied, 2 not answered, 1 it could not be, or nobody knows whether it was: ambit approvals show says.`,
  run: (args) => answerRequest("deny", args),
};
