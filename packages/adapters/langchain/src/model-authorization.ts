import {
  type Authorizer,
  type ContextSource,
  estimateInputTokens,
  ModelCallDeniedError,
  type ModelIdentity,
  type ModelPrices,
  type ModelUsage,
  modelToolCall,
  modelToolName,
  resolveContext,
  runOrDeny,
  undecided,
} from "@ambit/core";
import { convertToOpenAITool, isLangChainTool } from "@langchain/core/utils/function_calling";
import { type AgentMiddleware, createMiddleware } from "langchain";
import { type ToolExecution, toolExecution } from "./authorization-options.ts";
import { boundOf, modelFacts, resolveModel } from "./model-facts.ts";

/** What a context function is told of a call of a model. What fits tools fits here. */
export interface ModelExecution extends ToolExecution, ModelIdentity {
  /** The model, as a tool of the policy: `model:openai/gpt-5`. */
  readonly toolName: string;
}

/** Settings of {@link modelAuthorization}. */
export interface ModelAuthorizationOptions {
  readonly authorizer: Authorizer;
  /**
   * Who asks, for whom, in which session: known beforehand, or resolved for each call. Where it is `undefined`, or
   * resolving it fails, the call is denied.
   */
  readonly context: ContextSource<ModelExecution>;
  /** What a call really cost, by its usage. Its `estimate` belongs in the `costs` of the authorizer. */
  readonly prices: ModelPrices;
  /**
   * The most that a call puts out, where neither its settings nor the model say so. It is believed, not sent. Default: the
   * most that the model can put out.
   */
  readonly maximumOutputTokens?: number | undefined;
  /** How many tokens a call takes before it is made. Default: `estimateInputTokens` of `@ambit/core`. */
  readonly inputTokens?: ((request: ModelRequest) => number | undefined) | undefined;
}

type WrapModelCall = NonNullable<AgentMiddleware["wrapModelCall"]>;

/** A call of a model, as an agent makes it. */
export type ModelRequest = Parameters<WrapModelCall>[0];

/**
 * Authorizes every call that a `createAgent` agent makes of its model: its estimated cost is reserved before it is made, and
 * replaced by what its usage cost when it has ended. Each retry of a middleware is a call. List it last.
 *
 * A denied call rejects with a `ModelCallDeniedError`, which an agent wraps in a `MiddlewareError` of the same name and
 * message. A call that fails or is aborted is charged what was reserved.
 */
export function modelAuthorization(options: ModelAuthorizationOptions): AgentMiddleware {
  const { authorizer, prices } = options;
  return createMiddleware({
    name: "ModelAuthorization",
    wrapModelCall: async (request, handler) => {
      const { call, identity, resolved } = await prepare(options, request);
      const { runtime } = request;
      const information = { ...toolExecution(call.tool, runtime), ...identity };
      const context = await resolveContext({ source: options.context, information, signal: runtime.signal });
      const outcome = await runOrDeny({ authorizer, call, context }, async (_args, execution) => {
        const response = await handler(resolved);
        execution.reportCostOf(() => prices.costOf(identity, usageOf(response)));
        return response;
      });
      if (outcome.executed) return outcome.result;
      runtime.signal?.throwIfAborted();
      throw new ModelCallDeniedError(call.tool, outcome.decision);
    },
  });
}

/** INVARIANT (B4, E2): a call of which nobody can say what it may take is not made, nor one of a model that was not judged. */
async function prepare(options: ModelAuthorizationOptions, request: ModelRequest) {
  let toolName = "model:unknown/unknown";
  try {
    const model = await resolveModel(request.model, request.runtime.configurable);
    const { provider, model: id, maximumOutputTokens } = modelFacts(model);
    const identity = { provider, model: id };
    toolName = modelToolName(identity);
    const bound = boundOf(request.modelSettings) ?? maximumOutputTokens ?? options.maximumOutputTokens;
    const { inputTokens: count = estimate, prices } = options;
    const call = modelToolCall({
      ...identity,
      inputTokens: count(request),
      maximumOutputTokens: bound ?? prices.maximumOutputTokens(identity),
    });
    return { call, identity, resolved: { ...request, model } };
  } catch {
    throw new ModelCallDeniedError(toolName, undecided);
  }
}

function estimate({ messages, systemMessage, tools, modelSettings }: ModelRequest): number | undefined {
  const sent = messages.map((message) => {
    const { type, name, content } = message;
    const calls = "tool_calls" in message ? message.tool_calls : undefined;
    return { role: type, name: name ?? "", content, input: calls ?? [] };
  });
  const offered = tools.map((tool) => (isLangChainTool(tool) ? convertToOpenAITool(tool) : tool));
  return estimateInputTokens(sent, systemMessage.content, { input: offered }, { input: modelSettings ?? {} });
}

/** What the provider counted: an agent gives a message, or one within what it made of it. */
function usageOf(response: unknown): ModelUsage {
  const usage = usages(response)[0];
  if (usage === undefined) return { inputTokens: undefined, outputTokens: undefined };
  const { input_tokens, output_tokens, input_token_details: input, output_token_details: output } = usage;
  return {
    inputTokens: input_tokens,
    cachedInputTokens: input?.cache_read,
    cacheWriteTokens: input?.cache_creation,
    outputTokens: output_tokens,
    reasoningTokens: output?.reasoning,
  };
}

/** As LangChain has it; a provider may leave out any of it. */
interface LooseUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly input_token_details?: { readonly cache_read?: number; readonly cache_creation?: number };
  readonly output_token_details?: { readonly reasoning?: number };
}

function usages(response: unknown): readonly LooseUsage[] {
  if (typeof response !== "object" || response === null) return [];
  if ("messages" in response && Array.isArray(response.messages)) return response.messages.flatMap(usages);
  if (!("usage_metadata" in response)) return [];
  const usage = response.usage_metadata;
  return typeof usage === "object" && usage !== null ? [usage] : [];
}
