/** An amount of the policy's one currency: an integer number of millionths, exact, 0 to 2^53 - 1. */
export type MicroUnits = number & { readonly __unit: "micro" };

const scale = 6;
const decimal = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,6}))?$/;

/**
 * Reads an amount, exactly: decimal text such as `50.00`, or a number, taken by its shortest decimal text. At most
 * six decimals, no sign, no exponent. Returns `undefined` for anything else: unknown is never read as zero.
 */
export function parseMoney(amount: unknown): MicroUnits | undefined {
  if (typeof amount !== "string" && typeof amount !== "number") return undefined;
  const match = decimal.exec(String(amount));
  if (match === null) return undefined;
  const micro = Number(`${match[1]}${(match[2] ?? "").padEnd(scale, "0")}`);
  return toMicroUnits(micro);
}

/** Adds two amounts, or returns `undefined` where the sum is too large to be exact. */
export function addMoney(left: MicroUnits, right: MicroUnits): MicroUnits | undefined {
  return toMicroUnits(left + right);
}

/** Takes an amount from another, or returns `undefined` where nothing that is an amount would be left. */
export function subtractMoney(from: MicroUnits, amount: MicroUnits): MicroUnits | undefined {
  return toMicroUnits(from - amount);
}

/** Decimal text with at least two decimals and no more than needed: `50.00`, `0.002`. */
export function formatMoney(amount: MicroUnits): string {
  const cents = amount / 10_000;
  if (Number.isInteger(cents)) return centsText(cents);
  const digits = String(amount).padStart(scale + 1, "0");
  const fraction = digits.slice(-scale).replace(/0{1,4}$/, "");
  return `${digits.slice(0, -scale)}.${fraction}`;
}

/** Of what most calls cost: whole hundredths. */
function centsText(cents: number): string {
  const rest = cents % 100;
  return `${(cents - rest) / 100}.${rest < 10 ? "0" : ""}${rest}`;
}

/** No money. */
export const noMoney: MicroUnits = toMicroUnits(0) as MicroUnits; // Zero is a safe integer.

function toMicroUnits(value: number): MicroUnits | undefined {
  // INVARIANT: a MicroUnits is a non-negative safe integer; beyond 2^53 - 1 sums would round in silence.
  if (!Number.isSafeInteger(value) || value < 0) return undefined;
  return value as MicroUnits; // The line above is the proof.
}
