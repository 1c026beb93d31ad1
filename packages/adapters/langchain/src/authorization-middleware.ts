import { ToolMessage } from "@langchain/core/messages";
import { type Command, isGraphBubbleUp } from "@langchain/langgraph";
import { type AgentMiddleware, createMiddleware, type ToolCallRequest, ToolInvocationError } from "langchain";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { MiddlewareOrderError } from "./middleware-order-error.ts";
import { offerVisible } from "./offer-visible.ts";
import { refuseProviderTools } from "./provider-tools.ts";
import { runCall } from "./run-call.ts";
import { isInterceptable } from "./tool-entrances.ts";
import { type WatchedTool, watchBody, watchInvoke } from "./watched-tool.ts";
import { type AnyTool, authorizeTool, denialMessage, isAuthorizedBy } from "./with-authorization.ts";

/** Settings of {@link authorizationMiddleware}. */
export interface MiddlewareOptions extends AuthorizationOptions {
  /**
   * What becomes of an error that a tool throws. `message` (default): the model reads it, as in an agent without
   * middleware. `throw`: it goes on to outer middleware, such as one that retries.
   */
  readonly toolErrors?: "message" | "throw" | undefined;
  /**
   * Which tools the model is shown. `all` (default). `visible`: those only that the caller could ever be permitted; a
   * courtesy to the model and no control. The context function is then also asked before each step, for each tool.
   */
  readonly offer?: "all" | "visible" | undefined;
  /**
   * Tools that a provider may run without any check: their names, or types where they have none. Default: none; an agent
   * that offers one to its model rejects with an `UngovernableToolError`.
   */
  readonly ungoverned?: readonly string[] | undefined;
}

/**
 * The middleware that was made here, with its settings.
 *
 * INVARIANT (E4): it is known by itself; its name could be anyone's.
 */
export const governance = new WeakMap<object, MiddlewareOptions>();

type Request = ToolCallRequest<Record<string, unknown>>;
type Handler = (request: Request) => Promise<ToolMessage | Command> | ToolMessage | Command;

/**
 * Authorizes every tool call of a `createAgent` agent, also of tools that other middleware adds and of names that no
 * tool has. List it last: it is then innermost, sees arguments as they will run, and judges each retry. Where a middleware
 * behind it answers a call without the tool that was judged, the run rejects with a `MiddlewareOrderError`; `assertGoverned`
 * finds that out before anything runs.
 *
 * Tools that were wrapped by `withAuthorization` with the same authorizer are judged once.
 */
export function authorizationMiddleware(options: MiddlewareOptions): AgentMiddleware {
  const wrapped = new WeakMap<object, AnyTool>();
  const handle = async (request: Request, handler: Handler) => {
    const { tool } = request;
    if (tool === undefined || !isInterceptable(tool)) return judgeRequest(request, handler, options);
    // The body itself is guarded, so that what is judged is what the tool gets after its schema was applied.
    let authorized = isAuthorizedBy(tool, options.authorizer) ? tool : wrapped.get(tool);
    if (authorized === undefined) {
      authorized = authorizeTool(tool, options);
      wrapped.set(tool, authorized);
    }
    return answerOf(request, handler, watchBody(authorized));
  };
  const middleware = createMiddleware({
    name: "Authorization",
    wrapModelCall: async (request, handler) => {
      const { tools, modelSettings } = request;
      const bound: unknown = modelSettings?.["tools"]; // They would be sent in place of the agent's.
      refuseProviderTools([...tools, ...(Array.isArray(bound) ? bound : [])], options.ungoverned);
      return handler(options.offer === "visible" ? await offerVisible(request, options) : request);
    },
    wrapToolCall: async (request, handler) => {
      try {
        return await handle(request as Request, handler as Handler); // The state's shape is not used.
      } catch (error) {
        if (options.toolErrors === "throw" || isControlFlow(error) || request.runtime.signal?.aborted) throw error;
        return errorMessage(error, request as Request);
      }
    },
  });
  governance.set(middleware, options);
  return middleware;
}

/**
 * What the handler gives, if it came from the tool.
 *
 * INVARIANT (E4): an answer of which nothing that was judged knows is released to nobody.
 */
async function answerOf(request: Request, handler: Handler, { tool, entered }: WatchedTool<AnyTool>) {
  const answer = await handler({ ...request, tool });
  if (entered()) return answer;
  throw new MiddlewareOrderError("a middleware behind the authorization answered a call in place of its tool");
}

/** Judges a call whose tool cannot be wrapped, or that no tool answers to, by its raw arguments. */
async function judgeRequest(request: Request, handler: Handler, options: AuthorizationOptions) {
  const { tool, toolCall, runtime } = request;
  const { name, id, args } = toolCall;
  const outcome = await runCall({ name, id, arguments: args, run: runtime, outOfReach: true }, options, (judged) => {
    const known = { ...request, toolCall: { ...toolCall, args: judged } };
    return tool === undefined ? handler(known) : answerOf(known, handler, watchInvoke(tool, judged));
  });
  if (outcome.executed) return outcome.result as ToolMessage | Command; // What the handler gave.
  return denialMessage(outcome.decision, { id, name });
}

/** Interrupts pause the graph, input errors are turned into messages by the agent itself, and a wrong order ends the run. */
function isControlFlow(error: unknown): boolean {
  if (error instanceof MiddlewareOrderError || ToolInvocationError.isInstance(error)) return true;
  return error !== null && isGraphBubbleUp(error);
}

/** An agent with any middleware around its tools stops at their errors; this is what it says without one. */
function errorMessage(error: unknown, { toolCall }: Request): ToolMessage {
  const content = `${String(error)}\n Please fix your mistakes.`;
  return new ToolMessage({ status: "error", content, tool_call_id: toolCall.id ?? "", name: toolCall.name });
}
