import {
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  type Decision,
  type Policy,
  parsePolicy,
} from "@ambit/core";
import type { PolicyDocument, Request } from "./policy-document.ts";
import { printPolicy } from "./print-policy.ts";

/** A request in the words of the decision point. */
export function splitRequest({ tool, arguments: args, now, ...who }: Request) {
  return { call: { tool, arguments: args }, context: who as CallContext, now }; // The generators' tiers are names of tiers.
}

/** What the decision point says of a call, with a policy given as data or compiled. */
export function askDecisionPoint(
  policy: Policy | PolicyDocument,
  request: Request,
  options: Partial<AuthorizerOptions> = {},
): Promise<Decision> {
  const compiled = "digest" in policy ? policy : parsePolicy(printPolicy(policy));
  const { call, context, now } = splitRequest(request);
  const obligations = { archive: () => undefined, notify: () => undefined };
  return createAuthorizer({ policy: compiled, clock: () => now, obligations, ...options }).authorize(call, context);
}

/** The decision without what is new each time. */
export function withoutId({ evaluationId: _evaluationId, ...decision }: Decision) {
  return decision;
}
