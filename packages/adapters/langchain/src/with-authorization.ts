import { type Authorizer, renderDenial, resolveContext, ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
import { ToolMessage } from "@langchain/core/messages";
import type { ClientTool, ServerTool } from "@langchain/core/tools";
import { type AuthorizationOptions, type RunInformation, toolExecution } from "./authorization-options.ts";

/** Anything that LangChain calls a tool. */
export type AnyTool = ClientTool | ServerTool;

/**
 * The same tools, each call of which is authorized before it runs and runs with the very arguments that were judged. A
 * denied call gives a `ToolMessage` with status `error`, which the model reads; where there is no tool call to answer,
 * because a program invoked the tool with bare arguments, it rejects with a `ToolCallDeniedError`.
 *
 * The given tools are not changed. Throws an `UngovernableToolError` for what cannot be intercepted: tools that a
 * provider runs, and runnables made into tools with `asTool`, which have ways to the body that do not pass `invoke`.
 */
export function withAuthorization<const Tools extends readonly AnyTool[]>(
  tools: Tools,
  options: AuthorizationOptions,
): { -readonly [Index in keyof Tools]: Tools[Index] } {
  const wrapped = tools.map((tool) => authorizeTool(tool, options));
  return wrapped as { -readonly [Index in keyof Tools]: Tools[Index] }; // One for one, each of its own type.
}

/** {@link withAuthorization} for one tool. */
export function authorizeTool<Tool extends AnyTool>(tool: Tool, options: AuthorizationOptions): Tool {
  const before = wrappings.get(tool);
  if (before?.authorizer === options.authorizer && before.context === options.context) return tool;
  if (!isInterceptable(tool)) throw new UngovernableToolError(nameOf(tool), whyOutOfReach(tool));
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

type Body = (input: unknown, ...rest: unknown[]) => unknown;

/** A structured tool, seen from here. `_call` is protected in LangChain's types, and where every way in ends. */
interface Interceptable {
  readonly name: string;
  readonly responseFormat?: string | undefined;
  readonly _call: Body;
  readonly func?: Body | undefined;
}

/** Whether a tool has the one body that all its entrances share. */
export function isInterceptable(tool: object): tool is Interceptable {
  return "_call" in tool && typeof tool._call === "function" && typeof nameOf(tool) === "string";
}

/** `_call` and `func` are two names of the body; everything else is the original's, and reaches the body by them. */
function interceptor(tool: Interceptable, options: AuthorizationOptions): NonNullable<ProxyHandler<object>["get"]> {
  const guarded = guard(tool, options);
  return (target, key, receiver) => {
    if (key === "_call") return guarded;
    if (key === "func" && typeof tool.func === "function") return guarded;
    return Reflect.get(target, key, receiver);
  };
}

/** What a tool is invoked with: an agent's node also passes the id beside the call. */
interface ToolConfiguration extends RunInformation {
  readonly toolCall?: { readonly id?: string | undefined } | undefined;
  readonly toolCallId?: string | undefined;
}

function guard(tool: Interceptable, options: AuthorizationOptions): Body {
  return async (input, ...rest) => {
    const configuration = rest[1] as ToolConfiguration | undefined; // LangChain calls _call(input, manager, config).
    const id = configuration?.toolCall?.id ?? configuration?.toolCallId;
    const information = toolExecution(tool.name, configuration);
    const context = await resolveContext({ source: options.context, information, signal: information.signal });
    // A tool made for one text is judged by it as its argument `input`.
    const text = typeof input === "string";
    const call = { tool: tool.name, arguments: text ? { input } : input, id };
    const outcome = await options.authorizer.run(call, context, (args) =>
      tool._call(text ? args["input"] : args, ...rest),
    );
    if (outcome.executed) return outcome.result;
    if (id === undefined) throw new ToolCallDeniedError(tool.name, outcome.decision);
    const message = denialMessage(renderDenial(outcome.decision), { id, name: tool.name });
    return tool.responseFormat === "content_and_artifact" ? [message, undefined] : message;
  };
}

/** The answer to a call that was not executed. */
export function denialMessage(content: string, call: { readonly id: string; readonly name: string }): ToolMessage {
  return new ToolMessage({ status: "error", content, tool_call_id: call.id, name: call.name });
}

function nameOf(tool: object): string {
  return "name" in tool && typeof tool.name === "string" ? tool.name : "";
}

function whyOutOfReach(tool: object): string {
  return "invoke" in tool ? "it is a runnable, not a tool; make it one with tool()" : "the provider runs it";
}
