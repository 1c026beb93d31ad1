import type { ModelIdentity } from "@ambit/core";
import { calcPrice, type ModelPrice } from "@pydantic/genai-prices";
import { parseRate, type Rate } from "./rate.ts";
import type { TieredRate, TokenPrice } from "./token-price.ts";

/** What the table knows of a model. */
export interface TablePrice {
  readonly price: TokenPrice;
  /** Input and output of one call together. */
  readonly contextTokens: number | undefined;
}

/** Looks a model up in the table, as of a moment. `undefined` where it has no price for its tokens. */
export function tablePrice({ provider, model }: ModelIdentity, at: Date): TablePrice | undefined {
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { providerId: provider, timestamp: at });
  const price = found === null ? undefined : readPrice(found.model_price);
  return price && { price, contextTokens: found?.model.context_window };
}

function readPrice(prices: ModelPrice): TokenPrice | undefined {
  const input = readRate(prices["input_mtok"]);
  const output = readRate(prices["output_mtok"]);
  const call = perCall(prices["requests_kcount"]);
  if (input === undefined || output === undefined || call === undefined) return undefined;
  return {
    input,
    output,
    cachedInput: readRate(prices["cache_read_mtok"]) ?? input,
    cacheWrite: readRate(prices["cache_write_mtok"]) ?? input,
    reasoning: readRate(prices["output_reasoning_mtok"]) ?? output,
    call,
  };
}

type Price = ModelPrice[string];

function readRate(price: Price): TieredRate | undefined {
  if (typeof price !== "object") {
    const base = parseRate(price);
    return base && { base, tiers: [] };
  }
  const base = parseRate(price.base);
  const tiers = price.tiers.flatMap(({ start, price: amount }) => {
    const rate = parseRate(amount);
    return rate === undefined ? [] : [{ above: start, rate }];
  });
  if (base === undefined || tiers.length < price.tiers.length) return undefined;
  return { base, tiers: tiers.sort((left, right) => left.above - right.above) };
}

/** The table has fees for a thousand calls. */
function perCall(price: Price): Rate | undefined {
  if (price === undefined) return parseRate(0);
  const fee = parseRate(price);
  // Rounded up: to 10^-18 of a millionth.
  return fee === undefined ? undefined : (((fee + 999n) / 1_000n) as Rate); // A thousandth of a rate is one.
}
