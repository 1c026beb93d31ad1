import type { ModelIdentity, ModelPrices, ModelUsage, PricedCall } from "@ambit/core";
import type { ModelPriceOption } from "./model-price-option.ts";
import { parseRate, type Rate } from "./rate.ts";
import { tablePrice } from "./table-price.ts";
import { countOf, priceEstimate, priceUsage, type TieredRate, type TokenPrice } from "./token-price.ts";

/** Settings of {@link createModelPrices}. */
export interface ModelPricesOptions {
  /** Prices of your own, by `provider/model`; they count before those of the table. Default: none. */
  readonly models?: Readonly<Record<string, ModelPriceOption>> | undefined;
  /** Epoch milliseconds, for prices that change. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/**
 * Prices of language models in US dollars, from the table of `@pydantic/genai-prices` and the options: `estimate` for the
 * `costs` of `createAuthorizer`, the whole for the adapters, which settle by it. Exact: what a call costs is summed up and
 * then rounded up to a millionth.
 *
 * Throws a `RangeError` for an option that is no price.
 */
export function createModelPrices(options: ModelPricesOptions = {}): ModelPrices {
  const { models = {}, clock = Date.now } = options;
  const own = new Map(Object.entries(models).map(([name, option]) => [name, readOption(name, option)]));
  const priceOf = (model: ModelIdentity): TokenPrice => {
    const price = own.get(nameOf(model))?.price ?? tablePrice(model, new Date(clock()))?.price;
    // INVARIANT (B4): a model without a price is never one that costs nothing.
    if (price === undefined) throw new RangeError(`no price is known for ${JSON.stringify(nameOf(model))}`);
    return price;
  };
  return Object.freeze({
    estimate: ({ arguments: args }: PricedCall) => {
      const { provider, model, inputTokens, maximumOutputTokens } = args;
      if (typeof provider !== "string" || typeof model !== "string") throw new TypeError("this is no call of a model");
      const output = countOf(maximumOutputTokens, "maximum output");
      return priceEstimate(priceOf({ provider, model }), countOf(inputTokens, "input"), output);
    },
    costOf: (model: ModelIdentity, usage: ModelUsage) => priceUsage(priceOf(model), usage),
    maximumOutputTokens: (model: ModelIdentity) =>
      own.get(nameOf(model))?.maximumOutputTokens ?? tablePrice(model, new Date(clock()))?.contextTokens,
  });
}

function nameOf({ provider, model }: ModelIdentity): string {
  return `${provider}/${model}`;
}

interface OwnPrice {
  readonly price: TokenPrice;
  readonly maximumOutputTokens: number | undefined;
}

function readOption(name: string, option: ModelPriceOption): OwnPrice {
  const { maximumOutputTokens } = option;
  if (maximumOutputTokens !== undefined && !(Number.isSafeInteger(maximumOutputTokens) && maximumOutputTokens > 0)) {
    throw new RangeError(`maximumOutputTokens of ${name} must be a positive integer`);
  }
  const read = (key: Exclude<keyof ModelPriceOption, "maximumOutputTokens">, usual: TieredRate): TieredRate => {
    const text = option[key];
    return text === undefined ? usual : { base: required(name, key, text), tiers: [] };
  };
  const input = { base: required(name, "input", option.input), tiers: [] };
  const output = { base: required(name, "output", option.output), tiers: [] };
  const price = {
    input,
    output,
    cachedInput: read("cachedInput", input),
    cacheWrite: read("cacheWrite", input),
    reasoning: read("reasoning", output),
    call: required(name, "call", option.call ?? "0"),
  };
  return { price, maximumOutputTokens };
}

function required(name: string, key: string, text: unknown): Rate {
  const rate = typeof text === "string" ? parseRate(text) : undefined;
  if (rate !== undefined) return rate;
  throw new RangeError(`${key} of ${name} must be decimal text, such as "1.25"`);
}
