const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a length of time such as `10m`: a whole number from 1 and a unit of `s`, `m`, `h` or `d`. Gives milliseconds. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
  const length = unit === undefined ? undefined : units[unit];
  return length === undefined ? undefined : Number(digits) * length;
}
