/** An exact decimal number: `units` divided by 10 to the power of `scale`. */
export interface Decimal {
  readonly units: bigint;
  /** 0 or more. */
  readonly scale: number;
}

/** Amounts need 16 digits and 6 decimals; what grows far beyond that on the way there is a mistake. */
const longestUnits = 10n ** 60n;

/** Reads digits with or without a fraction and a sign; no exponent. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^(-?[0-9]{1,40})(?:\.([0-9]{1,40}))?$/.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? "";
  return bounded({ units: BigInt(`${match[1]}${fraction}`), scale: fraction.length });
}

/** A decimal as text, without needless zeros at its end. */
export function formatDecimal({ units, scale }: Decimal): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Adds; `undefined` where the result has become too long. */
export function addDecimals(left: Decimal, right: Decimal): Decimal | undefined {
  const scale = Math.max(left.scale, right.scale);
  return bounded({ units: unitsAt(left, scale) + unitsAt(right, scale), scale });
}

/** Multiplies; `undefined` where the result has become too long. */
export function multiplyDecimals(left: Decimal, right: Decimal): Decimal | undefined {
  return bounded({ units: left.units * right.units, scale: left.scale + right.scale });
}

/** Changes the sign. */
export function negateDecimal({ units, scale }: Decimal): Decimal {
  return { units: -units, scale };
}

function unitsAt(decimal: Decimal, scale: number): bigint {
  return decimal.units * 10n ** BigInt(scale - decimal.scale);
}

function bounded(decimal: Decimal): Decimal | undefined {
  const { units } = decimal;
  return units < longestUnits && units > -longestUnits && decimal.scale <= 60 ? decimal : undefined;
}
