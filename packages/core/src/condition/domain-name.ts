const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const domain = new RegExp(`^${label}(?:\\.${label})*$`);

/**
 * Reads a domain name in ASCII letters, digits and hyphens (RFC 1123), in lower case. `undefined` for anything else: a
 * trailing dot, an underscore, a name longer than 253 characters, letters beyond ASCII, which may only look alike, and
 * labels with `--` in the third place that are not punycode (`xn--`, RFC 5891), since those are reserved.
 */
export function readDomainName(text: string): string | undefined {
  if (text.length > 253 || !/^[A-Za-z0-9.-]+$/.test(text)) return undefined;
  const name = text.toLowerCase();
  if (!domain.test(name)) return undefined;
  return name.split(".").every((part) => !/^..--/.test(part) || part.startsWith("xn--")) ? name : undefined;
}

/** Whether a resolver would read the name as an IPv4 address, in whatever spelling: its last label is a number. */
export function endsInNumber(name: string): boolean {
  return /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(name);
}
