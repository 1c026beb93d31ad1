import {
  type Authorizer,
  type CallContext,
  type ContextSource,
  estimateInputTokens,
  ModelCallDeniedError,
  type ModelIdentity,
  type ModelPrices,
  modelToolCall,
  modelToolName,
  resolveContext,
  runOrDeny,
  type ToolCall,
  undecided,
} from "@ambit/core";
import type { LanguageModelMiddleware } from "ai";
import type { ToolExecution } from "./authorization-options.ts";
import { modelUsage } from "./model-usage.ts";
import { StreamRelay } from "./stream-relay.ts";

/** What a context function is told of a call of a model. What fits `withAuthorization` fits here. */
export interface ModelExecution extends ToolExecution, ModelIdentity {
  /** The model, as a tool of the policy: `model:openai/gpt-5`. */
  readonly toolName: string;
  /** A model is given no context of the application's. */
  readonly context: undefined;
}

/** Settings of {@link modelAuthorization}. */
export interface ModelAuthorizationOptions {
  readonly authorizer: Authorizer;
  /**
   * Who asks, for whom, in which session: known when the model is wrapped, or resolved for each call. Where it is
   * `undefined`, or resolving it fails, the call is denied.
   */
  readonly context: ContextSource<ModelExecution>;
  /** What a call really cost, by its usage. Its `estimate` belongs in the `costs` of the authorizer. */
  readonly prices: ModelPrices;
  /** Given to the model where a call does not bound its output itself. Default: the most that the model can put out. */
  readonly maximumOutputTokens?: number | undefined;
  /** How many tokens a prompt takes, with its tools, before it is sent. Default: `estimateInputTokens` of `@ambit/core`. */
  readonly inputTokens?: ((parameters: ModelParameters) => number | undefined) | undefined;
}

type Generation = Parameters<NonNullable<LanguageModelMiddleware["wrapGenerate"]>>[0];

/** What a model is called with. */
export type ModelParameters = Generation["params"];

/**
 * Authorizes every call of a language model, for `wrapLanguageModel`: its estimated cost is reserved before it is made, and
 * replaced by what its usage cost when it has ended. Each retry is a call. In a list of middleware it comes last.
 *
 * A denied call rejects with a {@link ModelCallDeniedError}. A call that fails, or whose stream is given up, before its
 * usage is known is charged what was reserved.
 */
export function modelAuthorization(options: ModelAuthorizationOptions): LanguageModelMiddleware {
  const { authorizer, maximumOutputTokens, prices } = options;
  return {
    // Versions 6 and 7 both take it, and 5 asks for none. What differs between their models is their usage only.
    specificationVersion: "v3",
    transformParams: async ({ params }) =>
      maximumOutputTokens === undefined ? params : { maxOutputTokens: maximumOutputTokens, ...dropUndefined(params) },
    wrapGenerate: async ({ doGenerate, params, model }) => {
      const { call, identity, context } = await prepare(options, params, model);
      const outcome = await runOrDeny({ authorizer, call, context }, async (_args, execution) => {
        const result = await doGenerate();
        execution.reportCostOf(() => prices.costOf(identity, modelUsage(result)));
        return result;
      });
      if (outcome.executed) return outcome.result;
      params.abortSignal?.throwIfAborted();
      throw new ModelCallDeniedError(call.tool, outcome.decision);
    },
    wrapStream: async ({ doStream, params, model }) => {
      const { call, identity, context } = await prepare(options, params, model);
      const relay = new StreamRelay(call.tool, doStream);
      const deciding = authorizer.stream(call, context, (_args, execution) =>
        relay.items((finish) => execution.reportCostOf(() => prices.costOf(identity, modelUsage(finish)))),
      );
      const outcome = await deciding.catch(() => {
        throw new ModelCallDeniedError(call.tool, undecided);
      });
      if (outcome.executed) return relay.begin(outcome.stream);
      params.abortSignal?.throwIfAborted();
      throw new ModelCallDeniedError(call.tool, outcome.decision);
    },
  };
}

/** A bound that is there but undefined is none. */
function dropUndefined(params: ModelParameters): ModelParameters {
  const { maxOutputTokens, ...others } = params;
  return maxOutputTokens === undefined ? others : params;
}

interface Prepared {
  readonly call: ToolCall;
  readonly identity: ModelIdentity;
  readonly context: CallContext | undefined;
}

type Model = Pick<Generation["model"], "provider" | "modelId">;

async function prepare(
  options: ModelAuthorizationOptions,
  params: ModelParameters,
  { provider, modelId }: Model,
): Promise<Prepared> {
  // What follows the dot says which of a provider's interfaces is used: it is priced alike.
  const identity = { provider: provider.split(".")[0] ?? provider, model: modelId };
  const toolName = modelToolName(identity);
  const { abortSignal } = params;
  const information = { toolName, ...identity, context: undefined, abortSignal };
  const context = await resolveContext({ source: options.context, information, signal: abortSignal });
  try {
    const { inputTokens: count = estimate, prices } = options;
    const maximumOutputTokens = params.maxOutputTokens ?? prices.maximumOutputTokens(identity);
    const call = modelToolCall({ ...identity, inputTokens: count(params), maximumOutputTokens });
    return { call, identity, context };
  } catch {
    // INVARIANT (B4): a call of which nobody can say what it may take is not made.
    throw new ModelCallDeniedError(toolName, undecided);
  }
}

function estimate({ prompt, tools, responseFormat }: ModelParameters): number | undefined {
  return estimateInputTokens(prompt, { input: tools ?? [] }, { input: responseFormat ?? {} });
}
