import type { ModelUsage } from "@ambit/core";
import { amountOf, priceTokens, type Rate } from "./rate.ts";

/** A rate that is another one for a call with much input. */
export interface TieredRate {
  readonly base: Rate;
  /** Rising: of those whose `above` the input tokens exceed, the last counts, for all tokens of the call. */
  readonly tiers: readonly { readonly above: number; readonly rate: Rate }[];
}

/** What a model costs. */
export interface TokenPrice {
  readonly input: TieredRate;
  readonly output: TieredRate;
  readonly cachedInput: TieredRate;
  readonly cacheWrite: TieredRate;
  readonly reasoning: TieredRate;
  /** For each call, as of a million tokens. */
  readonly call: Rate;
}

/** What a call may cost at most by these numbers of tokens: as if all input and output were of the dearest kind. Decimal text. */
export function priceEstimate(price: TokenPrice, inputTokens: number, outputTokens: number): string {
  const at = (...rates: readonly TieredRate[]) => dearest(rates.map((rate) => rateAt(rate, inputTokens)));
  const input = priceTokens(at(price.input, price.cacheWrite, price.cachedInput), inputTokens);
  const output = priceTokens(at(price.output, price.reasoning), outputTokens);
  return amountOf(input + output + callFee(price));
}

/** What a call cost by its usage, as decimal text. Throws where the numbers cannot be those of one call. */
export function priceUsage(price: TokenPrice, usage: ModelUsage): string {
  const { inputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, outputTokens, reasoningTokens = 0 } = usage;
  const input = countOf(inputTokens, "input");
  const cached = countOf(cachedInputTokens, "cached input");
  const written = countOf(cacheWriteTokens, "cache write");
  const output = countOf(outputTokens, "output");
  const reasoning = countOf(reasoningTokens, "reasoning");
  // INVARIANT (B4): no prompt is empty. It is what is left where a provider, or whoever stands before it, counted nothing.
  if (input + output === 0) throw new RangeError("no token was counted");
  if (cached + written > input) throw new RangeError("more of the input was cached than there was");
  if (reasoning > output) throw new RangeError("more of the output was reasoning than there was");
  const at = (rate: TieredRate, tokens: number) => priceTokens(rateAt(rate, input), tokens);
  const sum =
    at(price.input, input - cached - written) +
    at(price.cachedInput, cached) +
    at(price.cacheWrite, written) +
    at(price.output, output - reasoning) +
    at(price.reasoning, reasoning);
  return amountOf(sum + callFee(price));
}

/** A number of tokens. Throws a `RangeError` for what is none. */
export function countOf(tokens: unknown, kind: string): number {
  if (typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0) return tokens;
  throw new RangeError(`the number of ${kind} tokens is not known`);
}

function dearest(rates: readonly Rate[]): Rate {
  let most = 0n as Rate; // No money.
  for (const rate of rates) if (rate > most) most = rate;
  return most;
}

function rateAt({ base, tiers }: TieredRate, inputTokens: number): Rate {
  return tiers.findLast(({ above }) => inputTokens > above)?.rate ?? base;
}

/** A fee of one call is what a million tokens of that rate cost. */
function callFee({ call }: TokenPrice): bigint {
  return priceTokens(call, 1_000_000);
}
