const mebibyte = 1024 * 1024;

/** How large and how deep a policy file may be. */
export const policyLimits = { depth: 32, bytes: 8 * mebibyte, highestBytes: 64 * mebibyte } as const;

/** The largest size that a caller wants, in bytes, or the default. Throws a `RangeError` for what is no such size. */
export function maximumPolicyBytes(wanted: number | undefined): number {
  if (wanted === undefined) return policyLimits.bytes;
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= policyLimits.highestBytes) return wanted;
  throw new RangeError(`maximumBytes must be a whole number from 1 to ${policyLimits.highestBytes}`);
}

/** What to say of a policy that is larger than it may be. */
export function tooLarge(maximumBytes: number): { readonly message: string; readonly help: string } {
  const size = maximumBytes % mebibyte === 0 ? `${maximumBytes / mebibyte} MiB` : `${maximumBytes} bytes`;
  return {
    message: `the policy is larger than ${size}`,
    help: 'split it into several policies, or set "maximumBytes"',
  };
}

/** Whether a text takes more than so many bytes in UTF-8. */
export function isLargerThan(text: string, maximumBytes: number): boolean {
  if (text.length > maximumBytes) return true;
  // A UTF-16 code unit takes at most three bytes: most texts need not be counted.
  if (text.length * 3 <= maximumBytes) return false;
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair counts for two of the pair's four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes > maximumBytes;
}
