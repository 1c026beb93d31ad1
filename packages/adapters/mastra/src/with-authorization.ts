import {
  type ActualCost,
  type Authorizer,
  type ContextSource,
  type Execution,
  reportActualCost,
  resolveContext,
  runOrDeny,
  ToolCallDeniedError,
  UngovernableToolError,
} from "@ambit/core";
import type { ToolsInput } from "@mastra/core/agent";
import type { RequestContext } from "@mastra/core/request-context";
import { isProviderTool, isValidationError, MASTRA_TOOL_MARKER, Tool } from "@mastra/core/tools";
import { anyPayload, approvalPause, type PausedCall } from "./approval-pause.ts";
import { type InputListener, isAnsweredByModel, takeModelAnswer } from "./model-answer.ts";
import { settledInput } from "./settled-input.ts";
import { beforeSuspension, type ToolOccasion } from "./tool-occasion.ts";

/** What a context function is told of the call. Nothing in it was said by the model, save which tool it chose. */
export interface ToolExecution {
  readonly toolName: string;
  /** As your application gave it to `agent.generate(prompt, { requestContext })`, or to a workflow's run. */
  readonly requestContext: RequestContext | undefined;
  /** The id of the agent that makes the call; `undefined` where a workflow or a program does. */
  readonly agentId: string | undefined;
  readonly abortSignal: AbortSignal | undefined;
}

/** Settings of {@link withAuthorization}. */
export interface AuthorizationOptions {
  /** Decides each call and runs those that it permits. */
  readonly authorizer: Authorizer;
  /**
   * Who asks, for whom, in which session: known when the tools are wrapped, or resolved for each call. Where it is
   * `undefined`, or resolving it fails, the call is denied with code `unauthenticated`.
   */
  readonly context: ContextSource<ToolExecution>;
  /**
   * What a call really cost, by the tool's name, told from its result; `undefined` where that is not known. It is charged
   * in place of what was reserved. Where the tool or the function fails, the reservation is charged.
   */
  readonly actualCost?: { readonly [tool: string]: ActualCost } | undefined;
  /**
   * What becomes of a call that a person must approve. `deny`: the model reads the denial, which names the request. `pause`:
   * the agent is suspended as it is by `requireApproval`; once the request is answered in `authorizer.approvals`, resume it
   * with `approveToolCallGenerate` or its like. Default: `deny`, which is also what happens where no agent makes the call.
   */
  readonly approvals?: "deny" | "pause" | undefined;
  /**
   * Told of each call that suspends its agent, before it does, and again whenever it is resumed and still waits. Where it
   * fails, the agent is not suspended: the model reads the denial.
   */
  readonly onApproval?: ((paused: PausedCall) => void | Promise<void>) | undefined;
  /**
   * The names of tools that may run without any check because no check can reach them. Default: none; such tools are
   * refused.
   */
  readonly ungoverned?: readonly string[] | undefined;
}

/**
 * The same tools, each call of which is authorized before it runs and runs with the very arguments that were judged. They
 * are judged by their names in the set, by which the model knows them, and not by their ids. A denied call throws a
 * {@link ToolCallDeniedError}, which the model receives as the tool's result.
 *
 * The given tools are not changed. Throws an {@link UngovernableToolError} for what `createTool` did not make, tools that
 * a provider runs among it, and for tools without `execute`, which a client runs.
 */
export function withAuthorization<Tools extends ToolsInput>(tools: Tools, options: AuthorizationOptions): Tools {
  const wrapped = {};
  for (const name of Object.keys(tools)) {
    const value = wrapTool(name, tools[name], options);
    // Defined, not assigned: a tool may be named like something that objects inherit.
    Object.defineProperty(wrapped, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return wrapped as Tools; // Same names; each tool is a clone with another `execute` of the same type.
}

type Execute = (input: unknown, occasion: ToolOccasion | undefined) => Promise<unknown>;

/** A tool made by `createTool`, seen from here. */
type MadeTool = Pick<Tool, "id" | "inputSchema" | "suspendSchema"> & {
  readonly execute: Execute;
  readonly onInputAvailable?: InputListener;
};

type Wrapping = AuthorizationOptions & { readonly name: string };

// INVARIANT (E4): what counts as wrapped is known here only; a mark on the tool could be set by anyone.
const wrappings = new WeakMap<object, Pick<Wrapping, "name" | "authorizer" | "context">>();

function wrapTool(name: string, tool: unknown, options: AuthorizationOptions): unknown {
  if (!isMadeTool(tool)) {
    if (options.ungoverned?.includes(name)) return tool;
    throw new UngovernableToolError(name, whyOutOfReach(tool));
  }
  const { authorizer, context } = options;
  const before = wrappings.get(tool);
  // Under another name it is judged by both: what one of them is denied does not run.
  if (before?.name === name && before.authorizer === authorizer && before.context === context) return tool;
  const copy = copyWith(tool, {
    execute: guard(tool, { ...options, name }),
    onInputAvailable: takeModelAnswer(tool.onInputAvailable?.bind(tool)),
    ...(options.approvals === "pause" && { suspendSchema: tool.suspendSchema ?? anyPayload }),
  });
  wrappings.set(copy, { name, authorizer, context });
  return copy;
}

function isMadeTool(tool: unknown): tool is MadeTool {
  if (typeof tool !== "object" || tool === null) return false;
  // Another copy of Mastra, such as the one for `require`, makes tools of another class with the same mark.
  const made = tool instanceof Tool || MASTRA_TOOL_MARKER in tool;
  return made && !isProviderTool(tool) && "execute" in tool && typeof tool.execute === "function";
}

function whyOutOfReach(tool: unknown): string {
  if (isProviderTool(tool)) return "the provider runs it";
  if (tool instanceof Tool) return "it has no execute function, so it runs elsewhere";
  return "createTool() did not make it; call it in the execute function of a tool that createTool() makes";
}

/** A copy that keeps prototype, accessors and hidden members, and has the given members in place of its own. */
function copyWith(original: object, members: Readonly<Record<string, unknown>>): object {
  // Descriptors are changed before there is a copy: what is frozen in the original could not be redefined in it.
  const descriptors: PropertyDescriptorMap = { ...Object.getOwnPropertyDescriptors(original) };
  for (const [name, value] of Object.entries(members)) {
    descriptors[name] = { value, enumerable: true, writable: true, configurable: true };
  }
  return Object.create(Object.getPrototypeOf(original), descriptors);
}

function guard(tool: MadeTool, wrapping: Wrapping): Execute {
  const { name, authorizer, context: source, actualCost: costs } = wrapping;
  return async (input, occasion) => {
    const { value, refused } = settledInput(tool, input);
    if (refused !== undefined) return refused;
    // INVARIANT (E2): nothing is judged that is not all of what would run; the authorizer denies what has no arguments.
    const args = isAnsweredByModel(occasion) ? undefined : value;
    const information = toolExecution(name, occasion);
    const context = await resolveContext({ source, information, signal: information.abortSignal });
    const call = { tool: name, arguments: args, id: occasion?.agent?.toolCallId || undefined };
    const running = runOrDeny({ authorizer, call, context }, async (judged, execution) => {
      const result = await runTool({ name, tool, judged, occasion }, execution);
      reportActualCost({ costs, tool: name, result }, execution);
      return result;
    });
    const outcome = await running.catch((error: unknown) => {
      if (error instanceof UnfinishedCall) return { executed: true as const, result: error.result };
      throw error;
    });
    if (outcome.executed) return outcome.result;
    const { decision } = outcome;
    const pause = await approvalPause({ toolName: name, decision, occasion }, wrapping);
    if (pause === undefined) throw new ToolCallDeniedError(name, decision);
    // Mastra may suspend by an error, which is not to be caught.
    return pause();
  };
}

function toolExecution(toolName: string, occasion: ToolOccasion | undefined): ToolExecution {
  const { requestContext, abortSignal, agent } = occasion ?? {};
  return { toolName, requestContext, agentId: agent?.agentId || undefined, abortSignal };
}

interface PermittedCall {
  readonly name: string;
  readonly tool: MadeTool;
  readonly judged: Record<string, unknown>;
  readonly occasion: ToolOccasion | undefined;
}

async function runTool({ name, tool, judged, occasion }: PermittedCall, execution: Execution): Promise<unknown> {
  let suspended = false;
  const suspending = async () => {
    // INVARIANT (E7): a tool shows what it suspends with before it has ended.
    const withheld = await execution.releaseEarly();
    if (withheld !== undefined) throw new ToolCallDeniedError(name, withheld);
    suspended = true;
  };
  const result = await tool.execute.call(tool, judged, occasion && beforeSuspension(occasion, suspending));
  if (suspended || isValidationError(result)) throw new UnfinishedCall(result);
  return result;
}

/**
 * Ends a call as one that did not succeed, though it gave something and not an error: it waits to be resumed, or Mastra
 * found that its result or its surroundings are not of the schema. Classifiers read in it what the model would.
 */
class UnfinishedCall extends Error {
  readonly result: unknown;

  constructor(result: unknown) {
    super(isValidationError(result) ? result.message : "the call was suspended");
    this.result = result;
  }
}
