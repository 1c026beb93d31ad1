import { type Deny, renderDenial } from "@ambit/core";

/** A tool's result that says why there is none. As a type, for the SDK's results have an index signature. */
export type DenialResult = {
  content: [{ type: "text"; text: string }];
  isError: true;
};

/**
 * What a model receives of a denied call.
 *
 * INVARIANT (D11): a result and no protocol error, so that the run goes on, and never with the decision's detail.
 */
export function denialResult(decision: Deny): DenialResult {
  return { content: [{ type: "text", text: renderDenial(decision) }], isError: true };
}
