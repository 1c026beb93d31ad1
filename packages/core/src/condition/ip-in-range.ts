import { isInRange, parseIpAddress, parseIpRange } from "./ip-address.ts";

/**
 * Whether an IP address lies in a range such as `10.0.0.0/8` or `fd00::/8`. An IPv4 address written as IPv6
 * (`::ffff:10.0.0.1`) is the IPv4 address. `undefined` where either is not written in full: no octal, hexadecimal or
 * shortened IPv4, no zones, no range with bits set behind its prefix.
 */
export function ipInRange(address: string, range: string): boolean | undefined {
  const parsedAddress = parseIpAddress(address);
  const parsedRange = parseIpRange(range);
  return parsedAddress === undefined || parsedRange === undefined ? undefined : isInRange(parsedAddress, parsedRange);
}
