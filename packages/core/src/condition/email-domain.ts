import { endsInNumber, readDomainName } from "./domain-name.ts";

// No quotes, comments or blanks; and none of the characters by which some servers forward mail elsewhere (`%`, `!`)
// or hand it to a program (`|`, `/`). One part never begins with a hyphen, which mail programs read as an option.
const localPart = /^(?!-)[A-Za-z0-9_+'&=~#-]+(?:\.[A-Za-z0-9_+'&=~#-]+)*$/;

/**
 * The domain of one plain e-mail address (`local@domain`, a strict part of RFC 5321's), in lower case: `acme.com` for
 * `Jo.Doe+x@ACME.com`. `undefined` for anything else: display names, angle brackets, several addresses, a second `@`,
 * quoted local parts, comments, domains beyond ASCII other than as punycode, domains of one label, IP addresses.
 */
export function emailDomain(address: string): string | undefined {
  if (address.length > 254) return undefined;
  const at = address.indexOf("@");
  if (at < 1 || at > 64 || !localPart.test(address.slice(0, at))) return undefined;
  const domain = readDomainName(address.slice(at + 1));
  return domain === undefined || !domain.includes(".") || endsInNumber(domain) ? undefined : domain;
}
