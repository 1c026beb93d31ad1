/** An IP address. */
export interface IpAddress {
  /** 4 also for an IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`, RFC 4291 §2.5.5.2). */
  readonly version: 4 | 6;
  /** 16 bits each: two of them, or eight. */
  readonly groups: readonly number[];
}

/** A range of IP addresses: those whose first `prefix` bits are those of `first`. */
export interface IpRange {
  readonly first: IpAddress;
  readonly prefix: number;
}

/**
 * Reads an address: four decimal numbers without leading zeros, or IPv6 text (RFC 4291 §2.2) without a zone.
 * `undefined` for shorthand, octal and hexadecimal IPv4, and for anything else.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined;
  const groups = text.includes(":") ? parseGroups(text) : parseQuad(text);
  if (groups === undefined) return undefined;
  if (groups.length === 2) return { version: 4, groups };
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return mapped ? { version: 4, groups: groups.slice(6) } : { version: 6, groups };
}

/** Reads a range such as `10.0.0.0/8`; the bits behind the prefix must be zero, since a mistake shows there. */
export function parseIpRange(text: string): IpRange | undefined {
  const match = text.length > 49 ? null : /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const first = match === null ? undefined : parseIpAddress(match[1] ?? "");
  if (match === null || first === undefined) return undefined;
  const mapped = first.version === 4 && text.includes(":");
  const prefix = Number(match[2]) - (mapped ? 96 : 0);
  if (prefix < 0 || prefix > first.groups.length * 16) return undefined;
  const clear = first.groups.every((group, index) => (group & ~mask(prefix, index)) === 0);
  return clear ? { first, prefix } : undefined;
}

/** Whether an address lies in a range. */
export function isInRange(address: IpAddress, range: IpRange): boolean {
  if (address.version !== range.first.version) return false;
  return range.first.groups.every(
    (group, index) => ((address.groups[index] ?? 0) & mask(range.prefix, index)) === group,
  );
}

/** The one way to write an address: dotted decimal, or RFC 5952. */
export function formatIpAddress(address: IpAddress): string {
  if (address.version === 4) return address.groups.flatMap((group) => [group >> 8, group & 255]).join(".");
  const text = address.groups.map((group) => group.toString(16)).join(":");
  // The longest run of two zeros or more, the first of several, is left out.
  const runs = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const [longest] = runs.toSorted((left, right) => right[0].length - left[0].length);
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, "");
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}

/** The bits of a group that belong to the prefix. */
function mask(prefix: number, index: number): number {
  const bits = Math.min(16, Math.max(0, prefix - index * 16));
  return (0xffff << (16 - bits)) & 0xffff;
}

function parseQuad(text: string): readonly number[] | undefined {
  const bytes = text.split(".");
  if (bytes.length !== 4 || !bytes.every((byte) => /^(?:0|[1-9][0-9]{0,2})$/.test(byte) && Number(byte) < 256)) {
    return undefined;
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.map(Number);
  return [first * 256 + second, third * 256 + fourth];
}

function parseGroups(text: string): readonly number[] | undefined {
  const [before = "", after, ...excess] = text.split("::");
  if (excess.length > 0) return undefined;
  const head = parseHalf(before, after === undefined ? "last" : "first");
  const tail = after === undefined ? [] : parseHalf(after, "last");
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Reads groups between colons; only the last half may end in dotted decimal. */
function parseHalf(text: string, half: "first" | "last"): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const quad = half === "last" && index === parts.length - 1 ? parseQuad(part) : undefined;
    if (quad === undefined) return undefined;
    groups.push(...quad);
  }
  return groups;
}
