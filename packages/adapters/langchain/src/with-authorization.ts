import { type Authorizer, type Deny, renderDenial, ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
import { ToolMessage } from "@langchain/core/messages";
import type { ClientTool, ServerTool } from "@langchain/core/tools";
import type { AuthorizationOptions, RunInformation } from "./authorization-options.ts";
import { runCall } from "./run-call.ts";
import { type Interceptable, isInterceptable, whyOutOfReach } from "./tool-entrances.ts";

/** Anything that LangChain calls a tool. */
export type AnyTool = ClientTool | ServerTool;

/** Settings of {@link withAuthorization}. */
export interface WrappingOptions extends AuthorizationOptions {
  /**
   * Tools that may run without any check because no check can reach them: their names, or for tools of a provider
   * that have none, their types. Default: none; such tools are refused.
   */
  readonly ungoverned?: readonly string[] | undefined;
}

/**
 * The same tools, each call of which is authorized before it runs and runs with the very arguments that were judged. A
 * denied call gives a `ToolMessage` with status `error`, which the model reads; where there is no tool call to answer,
 * because a program invoked the tool with bare arguments, it rejects with a `ToolCallDeniedError`.
 *
 * The given tools are not changed. Throws an `UngovernableToolError` for what cannot be intercepted: tools that a
 * provider runs, runnables made into tools with `asTool`, and classes with an `invoke` or another entrance of their
 * own, all of which have ways to the body that do not pass `_call`.
 */
export function withAuthorization<const Tools extends readonly AnyTool[]>(
  tools: Tools,
  options: WrappingOptions,
): { -readonly [Index in keyof Tools]: Tools[Index] } {
  const wrapped = tools.map((tool) => authorizeTool(tool, options));
  return wrapped as { -readonly [Index in keyof Tools]: Tools[Index] }; // One for one, each of its own type.
}

/** {@link withAuthorization} for one tool. */
export function authorizeTool<Tool extends AnyTool>(tool: Tool, options: WrappingOptions): Tool {
  const before = wrappings.get(tool);
  if (before?.authorizer === options.authorizer && before.context === options.context) return tool;
  if (!isInterceptable(tool)) {
    const name = nameOf(tool);
    if (options.ungoverned?.includes(name)) return tool;
    throw new UngovernableToolError(name, whyOutOfReach(tool) ?? "it is no tool");
  }
  const wrapped = new Proxy<Tool>(tool, { get: interceptor(tool, options) });
  wrappings.set(wrapped, options);
  return wrapped;
}

/** Whether an authorizer already judges each call of a tool. */
export function isAuthorizedBy(tool: object, authorizer: Authorizer): boolean {
  return wrappings.get(tool)?.authorizer === authorizer;
}

// INVARIANT (E4): what counts as wrapped is known here only; a mark on the tool could be set by anyone.
const wrappings = new WeakMap<object, AuthorizationOptions>();

/** `_call` and `func` are two names of the body; everything else is the original's, and reaches the body by them. */
function interceptor(tool: Interceptable, options: AuthorizationOptions): NonNullable<ProxyHandler<object>["get"]> {
  const guarded = guard(tool, options);
  return (target, key) => {
    if (key === "_call") return guarded;
    if (key === "func" && typeof tool.func === "function") return guarded;
    return Reflect.get(target, key); // Accessors run on the original: they may read private members.
  };
}

/** What a tool is invoked with: an agent's node also passes the id beside the call. */
interface ToolConfiguration extends RunInformation {
  readonly toolCall?: { readonly id?: string | undefined } | undefined;
  readonly toolCallId?: string | undefined;
}

function guard(tool: Interceptable, options: AuthorizationOptions): Interceptable["_call"] {
  return async (input, ...rest) => {
    const run = rest[1] as ToolConfiguration | undefined; // LangChain calls _call(input, manager, config).
    const id = run?.toolCall?.id ?? run?.toolCallId;
    const { name, responseFormat } = tool;
    // A tool made for one text is judged by it as its argument `input`; a model may also leave it out.
    const bare = typeof input === "string" || input === undefined;
    const args = input === undefined ? {} : typeof input === "string" ? { input } : input;
    const outcome = await runCall({ name, id, arguments: args, run }, options, (judged) =>
      tool._call(bare ? judged["input"] : judged, ...rest),
    );
    if (outcome.executed) return outcome.result;
    if (id === undefined && run?.toolCall === undefined) throw new ToolCallDeniedError(name, outcome.decision);
    // An agent of LangGraph's own ends its run at a message of a tool that returns directly, by that tool's name.
    const message = denialMessage(outcome.decision, { id, name: tool.returnDirect ? undefined : name });
    return responseFormat === "content_and_artifact" ? [message, undefined] : message;
  };
}

/** The answer to a call that was not executed. A model may leave out its id. */
export function denialMessage(decision: Deny, { id = "", name }: AnsweredCall): ToolMessage {
  const named = name === undefined ? {} : { name };
  return new ToolMessage({ status: "error", content: renderDenial(decision), tool_call_id: id, ...named });
}

interface AnsweredCall {
  readonly id?: string | undefined;
  readonly name: string | undefined;
}

/**
 * The name of a tool, or the type of a provider's tool that has none, or the one member of a tool that has neither, such
 * as `googleSearch`. Empty where none of them is there.
 */
export function nameOf(tool: object): string {
  if ("name" in tool && typeof tool.name === "string") return tool.name;
  if ("type" in tool && typeof tool.type === "string") return tool.type;
  const [member, ...others] = Object.keys(tool);
  return member !== undefined && others.length === 0 ? member : "";
}
