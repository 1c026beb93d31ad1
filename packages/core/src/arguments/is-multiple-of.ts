/**
 * Whether a number is a whole multiple of another one. Exact on the decimal digits that JSON writes for them: 0.3 is a
 * multiple of 0.1, as it is not in binary fractions.
 */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
  const [dividend, by] = [readDecimal(value), readDecimal(divisor)];
  const scale = Math.max(dividend.scale, by.scale);
  return (dividend.units * power(scale - dividend.scale)) % (by.units * power(scale - by.scale)) === 0n;
}

/** A number without its sign, as `units` divided by 10 to the power of `scale`. */
function readDecimal(number: number): { readonly units: bigint; readonly scale: number } {
  const [digits = "", exponent = "0"] = String(Math.abs(number)).split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  const scale = fraction.length - Number(exponent);
  const units = BigInt(`${whole}${fraction}`);
  return scale < 0 ? { units: units * power(-scale), scale: 0 } : { units, scale };
}

function power(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}
