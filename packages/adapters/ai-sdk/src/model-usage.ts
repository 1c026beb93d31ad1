import type { ModelUsage } from "@ambit/core";

/** What a call of a model ended with, in any version of the SDK. */
export interface ModelEnding {
  readonly usage: SplitUsage | FlatUsage;
  readonly providerMetadata?: unknown;
}

/** In versions 6 and 7, which say of each number what it holds. */
interface SplitUsage {
  readonly inputTokens: {
    readonly total: number | undefined;
    readonly cacheRead: number | undefined;
    readonly cacheWrite: number | undefined;
  };
  readonly outputTokens: { readonly total: number | undefined; readonly reasoning: number | undefined };
}

/** In version 5, where providers differ in what a number holds. */
interface FlatUsage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly totalTokens: number | undefined;
  readonly cachedInputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/** What the provider counted: whatever it gives, in spite of the types. What cannot be a count is left as it is. */
export function modelUsage({ usage, providerMetadata }: ModelEnding): ModelUsage {
  if (!isSplit(usage)) return flatUsage(usage, cacheWrites(providerMetadata));
  const { inputTokens, outputTokens } = usage;
  return {
    inputTokens: inputTokens.total,
    cachedInputTokens: inputTokens.cacheRead,
    cacheWriteTokens: inputTokens.cacheWrite,
    outputTokens: outputTokens.total,
    reasoningTokens: outputTokens.reasoning,
  };
}

function isSplit(usage: SplitUsage | FlatUsage): usage is SplitUsage {
  return typeof usage.inputTokens === "object";
}

/**
 * INVARIANT (B4): where a number may be meant in two ways, the dearer one counts. Input that a cache took part in is
 * included in `inputTokens` by some providers (OpenAI, Google), and not by others (Anthropic, Bedrock).
 */
function flatUsage(usage: FlatUsage, cacheWriteTokens: number): ModelUsage {
  const cachedInputTokens = usage.cachedInputTokens ?? 0;
  const reasoningTokens = usage.reasoningTokens ?? 0;
  const inputTokens = known(usage.inputTokens) + cachedInputTokens + cacheWriteTokens;
  return { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens: outputOf(usage), reasoningTokens };
}

/** Reasoning is included in `outputTokens` by some providers (OpenAI), and by others (Google) in the total only. */
function outputOf({ inputTokens, outputTokens, totalTokens, reasoningTokens }: FlatUsage): number {
  const least = known(outputTokens);
  const most = least + (reasoningTokens ?? 0);
  const rest = typeof totalTokens === "number" ? totalTokens - known(inputTokens) : most;
  return Math.min(most, Math.max(least, rest));
}

/** INVARIANT (B4): what is missing is not zero; it makes the cost one that nobody can say. */
function known(count: unknown): number {
  return typeof count === "number" ? count : Number.NaN;
}

/** Where providers of version 5 tell what they wrote to a cache, which their usage has no place for. */
const cacheWritePaths = [
  ["anthropic", "cacheCreationInputTokens"],
  ["bedrock", "usage", "cacheWriteInputTokens"],
] as const;

function cacheWrites(providerMetadata: unknown): number {
  return Math.max(...cacheWritePaths.map((path) => known(path.reduce(memberOf, providerMetadata) ?? 0)));
}

function memberOf(holder: unknown, name: string): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return (holder as Readonly<Record<string, unknown>>)[name]; // It has it.
}
