import {
  type FunctionToolPreparedInput,
  hasDynamicFunctionToolApprovalPolicy,
  hasInspectableFunctionToolArguments,
  prepareFunctionToolInput,
  setFunctionToolPreparedInput,
} from "@openai/agents-core/utils/internal";
import { type Answer, answerOf } from "./answer-of.ts";

/** A function tool, seen from here. */
export interface FunctionTool {
  readonly name: string;
  readonly invoke: Invoke;
  readonly needsApproval: NeedsApproval;
}

/** What the SDK calls to run a tool, with the arguments as the model wrote them. */
export type Invoke = (runContext: RunInformation | undefined, text: string, details?: CallDetails) => Promise<unknown>;

/** What the SDK asks before it calls that: whether the run is to be interrupted first. */
export type NeedsApproval = (
  runContext: RunInformation | undefined,
  input: unknown,
  callId?: string,
) => Promise<boolean>;

/** The part of the SDK's `RunContext` that is read. */
export interface RunInformation {
  readonly context: unknown;
}

/** What comes with a call. Passed through as it is: the SDK knows more of it by its identity. */
export interface CallDetails {
  readonly toolCall?: { readonly callId?: string };
  readonly signal?: AbortSignal;
}

/** Arguments once they are parsed and the tool's schema was applied, or why that failed. */
export type ToolInput = FunctionToolPreparedInput;

/** The occasion of one call. */
export interface Occasion {
  readonly runContext: RunInformation | undefined;
  readonly details: CallDetails;
}

/** A tool's own function, with what comes before it: the parsing of its arguments. */
export interface ToolBody {
  /** Runs no code of the tool but its schema's. */
  readonly read: (text: string) => ToolInput;
  /** Runs the tool with the value in `input`, and with no other. Where `input` says why there is none, it does not run. */
  readonly run: (input: ToolInput, occasion: Occasion) => Promise<Answer>;
}

/** The body of a tool made by the SDK's `tool()`; `undefined` for any other. */
export function toolBody({ invoke, needsApproval }: FunctionTool): ToolBody | undefined {
  const prepare = (text: string) => prepareFunctionToolInput(asTool({ invoke, needsApproval }), text);
  // No text at all is no JSON: it is refused before the schema sees it, and only tells whether the SDK parses for the tool.
  if (prepare("") === undefined) return undefined;
  return {
    read: (text) => {
      const input = prepare(text);
      if (input === undefined) throw new TypeError("the tool has lost its parser");
      return input;
    },
    run: (input, { runContext, details }) =>
      answerOf(() => {
        // INVARIANT (E2): the tool is given this value in place of what it would make of the text once more.
        setFunctionToolPreparedInput(details, { ...input, consumed: false });
        return invoke(runContext, input.input, details);
      }),
  };
}

/**
 * The same approval policy, asked about what the schema made of the arguments. The SDK would ask it about the raw ones,
 * for it does not know whose `invoke` the wrapped one is.
 */
export function approvalOf({ needsApproval, invoke }: FunctionTool, { read }: ToolBody): NeedsApproval {
  if (!hasDynamicFunctionToolApprovalPolicy(asTool({ invoke, needsApproval }))) return needsApproval;
  return async (runContext, raw, callId) => {
    const { result } = read(JSON.stringify(raw));
    if (!result.success) return needsApproval(runContext, raw, callId);
    // As the SDK has it: a policy cannot look into anything but an object, so a person must.
    return !hasInspectableFunctionToolArguments(result.value) || needsApproval(runContext, result.value, callId);
  };
}

type SdkTool = Parameters<typeof prepareFunctionToolInput>[0];

function asTool(tool: Pick<FunctionTool, "invoke" | "needsApproval">): SdkTool {
  // The same two functions. The SDK's types also tell what each tool takes and gives, which differs from tool to tool.
  return tool as unknown as SdkTool;
}
