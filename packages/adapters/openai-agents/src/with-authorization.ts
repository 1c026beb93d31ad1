import {
  type ActualCost,
  type Authorizer,
  type ContextSource,
  type Deny,
  renderDenial,
  reportActualCost,
  resolveContext,
  runOrDeny,
  UngovernableToolError,
} from "@ambit/core";
import type { Tool } from "@openai/agents-core";
import type { Answer } from "./answer-of.ts";
import { ApprovalPause, type PausedCall } from "./approval-pause.ts";
import {
  approvalOf,
  type FunctionTool,
  type Invoke,
  type NeedsApproval,
  type RunInformation,
  type ToolBody,
  toolBody,
} from "./tool-body.ts";

/** Anything that the SDK calls a tool. */
export interface AnyTool {
  readonly type: Tool["type"];
  readonly name: string;
}

/** What a context function is told of the call. Nothing in it was said by the model, save which tool it chose. */
export interface ToolExecution {
  readonly toolName: string;
  /** The application's own context, as given to `run(agent, input, { context })`. */
  readonly context: unknown;
  readonly signal: AbortSignal | undefined;
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
   * What a call really cost, by the tool's name, told from what the tool gave: decimal text, a number of at most six
   * decimals, or `undefined` where that is not known. It is charged in place of what was reserved; where the tool fails,
   * or the function does, the reservation is charged.
   */
  readonly actualCost?: { readonly [tool: string]: ActualCost } | undefined;
  /**
   * What becomes of a call that a person must approve. `deny`: the model reads the denial, which names the request. `pause`:
   * the run is interrupted, and once the request is answered in `authorizer.approvals` it goes on when it is run again with
   * its state. Default: `deny`.
   */
  readonly approvals?: "deny" | "pause" | undefined;
  /**
   * Told of each call that pauses the run, before it does, and again whenever the run is resumed and the call still waits.
   * Where it fails, the call does not pause: the model reads the denial.
   */
  readonly onApproval?: ((paused: PausedCall) => void | Promise<void>) | undefined;
  /**
   * The names of tools that may run without any check because no check can reach them. Default: none; such tools are
   * refused.
   */
  readonly ungoverned?: readonly string[] | undefined;
}

/**
 * The same tools, each call of which is authorized before it runs and runs with the very arguments that were judged. A
 * denied call gives the line that says why, as its result; the model reads it and the run goes on.
 *
 * The given tools are not changed. Throws an `UngovernableToolError` for what cannot be intercepted: tools that a provider
 * runs, computers, shells and editors, and functions that were not made into tools by the SDK's `tool()`.
 */
export function withAuthorization<const Tools extends readonly AnyTool[]>(
  tools: Tools,
  options: AuthorizationOptions,
): { -readonly [Index in keyof Tools]: Tools[Index] } {
  const wrapped = tools.map((tool) => authorizeTool(tool, options));
  return wrapped as { -readonly [Index in keyof Tools]: Tools[Index] }; // One for one, each of its own type.
}

/** {@link withAuthorization} for one tool. */
export function authorizeTool<Given extends AnyTool>(tool: Given, options: AuthorizationOptions): Given {
  const body = bodyOf(tool);
  if (typeof body === "string") {
    if (options.ungoverned?.includes(tool.name)) return tool;
    throw new UngovernableToolError(tool.name, body);
  }
  const { authorizer, context } = options;
  const { name } = tool;
  const before = "wrapping" in body ? body.wrapping : undefined;
  // Under another name it is judged by both: what one of them is denied does not run.
  if (before?.name === name && before.authorizer === authorizer && before.context === context) return tool;
  const wrapping = { name, authorizer, context };
  const pause = options.approvals === "pause" ? pauseOf(name, body, options) : undefined;
  const guarded: GuardedBody = { read: body.read, run: guard(name, body, { ...options, pause }), wrapping };
  const invoke: Invoke = async (runContext, text, details = {}) =>
    (await guarded.run(guarded.read(text), { runContext, details })).content;
  guardedBodies.set(invoke, guarded);
  const approval = approvalOf(tool as Given & FunctionTool, body); // A tool that has a body is a function tool.
  return copyWith(tool, { invoke, needsApproval: pause === undefined ? approval : pausing(approval, pause) });
}

function pauseOf(name: string, { read }: ToolBody, options: AuthorizationOptions): ApprovalPause {
  const { authorizer, context, onApproval } = options;
  const resolve = (runContext: RunInformation) => contextOf(context, { toolName: name, runContext, signal: undefined });
  return new ApprovalPause({ toolName: name, read, authorizer, resolve, onApproval });
}

/** The tool's own approval, and the policy's beside it. */
function pausing(own: NeedsApproval, pause: ApprovalPause): NeedsApproval {
  return async (runContext, raw, callId) => {
    const pausesAnyway = await own(runContext, raw, callId);
    const waits = await pause.isNeeded({ runContext, raw, callId, pausesAnyway });
    return pausesAnyway || waits;
  };
}

interface GuardedBody extends ToolBody {
  readonly wrapping: Pick<AuthorizationOptions, "authorizer" | "context"> & { readonly name: string };
}

// INVARIANT (E4): what counts as wrapped is known here only; a mark on the tool could be set by anyone.
const guardedBodies = new WeakMap<Invoke, GuardedBody>();

/** Where all calls of a tool end, or why there is no such place. */
function bodyOf(tool: AnyTool): ToolBody | GuardedBody | string {
  switch (tool.type) {
    case "function": {
      const candidate = tool as AnyTool & FunctionTool; // By its type.
      return guardedBodies.get(candidate.invoke) ?? toolBody(candidate) ?? "it was not made by tool() of this SDK";
    }
    case "hosted_tool":
      return "the provider runs it";
    case "computer":
    case "shell":
    case "apply_patch":
      return "its calls do not say for whom they are made; put its work into a function tool";
  }
  return "it is no tool";
}

type GuardOptions = AuthorizationOptions & { readonly pause: ApprovalPause | undefined };

function guard(name: string, body: ToolBody, options: GuardOptions): ToolBody["run"] {
  const { authorizer, context: source, actualCost: costs, pause } = options;
  return async (input, occasion) => {
    const { result } = input;
    // Without arguments the body does not start: it only says so, in the SDK's or the author's words.
    if (!result.success) return body.run(input, occasion);
    const { runContext, details } = occasion;
    const { signal, toolCall } = details;
    const denial = pause?.takeDenial(runContext, toolCall?.callId);
    if (denial !== undefined) return denied(denial);
    const context = await contextOf(source, { toolName: name, runContext, signal });
    const call = { tool: name, arguments: result.value, id: toolCall?.callId };
    const running = runOrDeny({ authorizer, call, context }, async (args, execution) => {
      const { content, failed } = await body.run({ ...input, result: { success: true, value: args } }, occasion);
      if (failed) throw new FailedAnswer(content);
      reportActualCost({ costs, tool: name, result: content }, execution);
      return content;
    });
    try {
      const outcome = await running;
      if (outcome.executed) return { content: outcome.result, failed: false };
      return denied(outcome.decision);
    } catch (error) {
      if (error instanceof FailedAnswer) return { content: error.content, failed: true };
      throw error;
    }
  };
}

function contextOf(source: AuthorizationOptions["context"], { toolName, runContext, signal }: RunningTool) {
  return resolveContext({ source, information: { toolName, context: runContext?.context, signal }, signal });
}

interface RunningTool {
  readonly toolName: string;
  readonly runContext: RunInformation | undefined;
  readonly signal: AbortSignal | undefined;
}

function denied(decision: Deny): Answer {
  return { content: renderDenial(decision), failed: true };
}

/** Ends a call as one that failed, though its answer goes to the model. Classifiers read in it what the model would. */
class FailedAnswer extends Error {
  readonly content: unknown;

  constructor(content: unknown) {
    super(typeof content === "string" ? content : "the tool failed");
    this.content = content;
  }
}

/** A copy that keeps prototype, accessors and hidden members, and has the given members in place of its own. */
function copyWith<Original extends object>(original: Original, members: Readonly<Record<string, unknown>>): Original {
  const descriptors: PropertyDescriptorMap = { ...Object.getOwnPropertyDescriptors(original) };
  for (const [name, value] of Object.entries(members)) {
    descriptors[name] = { value, enumerable: true, writable: true, configurable: true };
  }
  return Object.create(Object.getPrototypeOf(original), descriptors) as Original; // Its members, of the same types.
}
