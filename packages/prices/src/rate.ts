/** An amount for a token in millionths of the currency, as a whole number of 10^-18 of them; equal to that for a million tokens. */
export type Rate = bigint & { readonly __unit: "rate" };

const scale = 18;
const decimal = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,18}))?$/;

/** Reads a price for a million tokens, exactly: decimal text, or a number by its shortest text. `undefined` for anything else. */
export function parseRate(price: unknown): Rate | undefined {
  if (typeof price !== "string" && typeof price !== "number") return undefined;
  const match = decimal.exec(String(price));
  if (match === null) return undefined;
  return BigInt(`${match[1]}${(match[2] ?? "").padEnd(scale, "0")}`) as Rate; // In that unit by the line's padding.
}

/** What so many tokens cost. */
export function priceTokens(rate: Rate, tokens: number): bigint {
  return rate * BigInt(tokens);
}

/**
 * A sum of prices as decimal text, in the currency.
 *
 * INVARIANT (B4): rounded up to a whole millionth, once, so that what costs less than one does not vanish.
 */
export function amountOf(sum: bigint): string {
  const unit = 10n ** BigInt(scale);
  const micro = (sum + unit - 1n) / unit;
  const digits = String(micro).padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
