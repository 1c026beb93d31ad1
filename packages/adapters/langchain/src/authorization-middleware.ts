import { ToolMessage } from "@langchain/core/messages";
import { type Command, isGraphBubbleUp } from "@langchain/langgraph";
import { type AgentMiddleware, createMiddleware, type ToolCallRequest, ToolInvocationError } from "langchain";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { offerVisible } from "./offer-visible.ts";
import { runCall } from "./run-call.ts";
import { isInterceptable } from "./tool-entrances.ts";
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
}

type Request = ToolCallRequest<Record<string, unknown>>;
type Handler = (request: Request) => Promise<ToolMessage | Command> | ToolMessage | Command;

/**
 * Authorizes every tool call of a `createAgent` agent, also of tools that other middleware adds and of names that no
 * tool has. List it last: it is then innermost, sees arguments as they will run, and judges each retry.
 *
 * Tools that were wrapped by `withAuthorization` with the same authorizer are judged once.
 */
export function authorizationMiddleware(options: MiddlewareOptions): AgentMiddleware {
  const wrapped = new WeakMap<object, AnyTool>();
  const handle = async (request: Request, handler: Handler) => {
    const { tool } = request;
    if (tool === undefined || !isInterceptable(tool)) return judgeRequest(request, handler, options);
    if (isAuthorizedBy(tool, options.authorizer)) return handler(request);
    // The body itself is guarded, so that what is judged is what the tool gets after its schema was applied.
    let authorized = wrapped.get(tool);
    if (authorized === undefined) {
      authorized = authorizeTool(tool, options);
      wrapped.set(tool, authorized);
    }
    return handler({ ...request, tool: authorized });
  };
  const hiding: Pick<AgentMiddleware, "wrapModelCall"> = {
    wrapModelCall: async (request, handler) => handler(await offerVisible(request, options)),
  };
  return createMiddleware({
    name: "Authorization",
    ...(options.offer === "visible" ? hiding : {}),
    wrapToolCall: async (request, handler) => {
      try {
        return await handle(request as Request, handler as Handler); // The state's shape is not used.
      } catch (error) {
        if (options.toolErrors === "throw" || isControlFlow(error) || request.runtime.signal?.aborted) throw error;
        return errorMessage(error, request as Request);
      }
    },
  });
}

/** Judges a call whose tool cannot be wrapped, or that no tool answers to, by its raw arguments. */
async function judgeRequest(request: Request, handler: Handler, options: AuthorizationOptions) {
  const { toolCall, runtime } = request;
  const { name, id, args } = toolCall;
  const outcome = await runCall({ name, id, arguments: args, run: runtime, outOfReach: true }, options, (judged) =>
    handler({ ...request, toolCall: { ...toolCall, args: judged } }),
  );
  if (outcome.executed) return outcome.result as ToolMessage | Command; // What the handler gave.
  return denialMessage(outcome.decision, { id, name });
}

/** Interrupts pause the graph, and input errors are turned into messages by the agent itself. */
function isControlFlow(error: unknown): boolean {
  return (error !== null && isGraphBubbleUp(error)) || ToolInvocationError.isInstance(error);
}

/** An agent with any middleware around its tools stops at their errors; this is what it says without one. */
function errorMessage(error: unknown, { toolCall }: Request): ToolMessage {
  const content = `${String(error)}\n Please fix your mistakes.`;
  return new ToolMessage({ status: "error", content, tool_call_id: toolCall.id ?? "", name: toolCall.name });
}
