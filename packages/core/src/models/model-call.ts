import type { CostFunction } from "../cost-function.ts";
import type { JsonObject, ToolCall } from "../tool-call.ts";

/** A language model, by the names that a framework has for it. */
export interface ModelIdentity {
  /** Such as `openai`. */
  readonly provider: string;
  /** As the provider calls it. */
  readonly model: string;
}

/** One call of a language model, before it is made. */
export interface ModelCall extends ModelIdentity {
  /** An estimate, not a low one. `undefined` where there is none: what computes costs by it then denies the call. */
  readonly inputTokens: number | undefined;
  /** `undefined` where nothing bounds the output: what computes costs by it then denies the call. */
  readonly maximumOutputTokens: number | undefined;
}

/** The tokens that a call of a language model took, as its provider counted them. */
export interface ModelUsage {
  /** All of them, those that a cache took part in included. */
  readonly inputTokens: number | undefined;
  /** Read from a cache. Default: none. */
  readonly cachedInputTokens?: number | undefined;
  /** Written to a cache. Default: none. */
  readonly cacheWriteTokens?: number | undefined;
  /** All of them, those of reasoning included. */
  readonly outputTokens: number | undefined;
  /** Default: none. */
  readonly reasoningTokens?: number | undefined;
}

/** What calls of language models cost. `@ambit/prices` makes one. */
export interface ModelPrices {
  /** Prices a call by its estimate: one of the `costs` of `createAuthorizer`. Throws where it cannot, which denies the call. */
  readonly estimate: CostFunction;
  /** What a call cost by its usage, as decimal text. Throws where that cannot be said. */
  readonly costOf: (model: ModelIdentity, usage: ModelUsage) => string;
  /** The most that one call of the model can put out, in tokens; `undefined` where that is not known. */
  readonly maximumOutputTokens: (model: ModelIdentity) => number | undefined;
}

/** What the names of all language models begin with, as tools of a policy. */
const modelPrefix = "model:";

/** The name of a language model as a tool of a policy: `model:openai/gpt-5`. */
export function modelToolName({ provider, model }: ModelIdentity): string {
  return `${modelPrefix}${provider}/${model}`;
}

/** Whether a tool of this name is a language model. */
export function isModelTool(name: string): boolean {
  return name.startsWith(modelPrefix);
}

/**
 * A call of a language model as a tool call, whose arguments are `provider`, `model` and, as far as they are known,
 * `inputTokens` and `maximumOutputTokens`. Nothing of the prompt is in it.
 */
export function modelToolCall(call: ModelCall): ToolCall {
  const { provider, model, inputTokens, maximumOutputTokens } = call;
  const args: JsonObject = {
    provider,
    model,
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(maximumOutputTokens === undefined ? {} : { maximumOutputTokens }),
  };
  return { tool: modelToolName(call), arguments: args };
}
