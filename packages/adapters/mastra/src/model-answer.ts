import type { ToolOccasion } from "./tool-occasion.ts";

// Mastra takes `resumeData` out of the arguments that a model writes, prefers it to what a person answered, and gives it to
// the tool as the answer to what the tool suspended its call for. A tool that asks whether it may go on would be answered
// by the very model whose call it is. With such an answer Mastra does not apply the tool's schema either.

/** What Mastra calls once the arguments of a call are known. */
export type InputListener = (announced: { readonly input: unknown }) => unknown;

/** The same listener, which first takes the model's answer out of the arguments, before Mastra looks for one. */
export function takeModelAnswer(listener: InputListener | undefined): InputListener {
  return (announced) => {
    const { input } = announced;
    if (typeof input === "object" && input !== null) Reflect.deleteProperty(input, "resumeData");
    return listener?.(announced);
  };
}

/**
 * Whether the call brings an answer to a question that the tool has not asked: only one that was suspended by its tool
 * brings what it was suspended with. A workflow is resumed by programs alone.
 */
export function isAnsweredByModel(occasion: ToolOccasion | undefined): boolean {
  if (occasion === undefined || (occasion.agent === undefined && occasion.workflow !== undefined)) return false;
  const { agent } = occasion;
  const answer = occasion.resumeData ?? agent?.resumeData;
  const payload = occasion.suspendPayload ?? agent?.suspendPayload;
  return answer !== undefined && answer !== null && payload === undefined;
}
