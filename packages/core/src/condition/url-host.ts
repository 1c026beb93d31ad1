import { endsInNumber, readDomainName } from "./domain-name.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";

const authority = /^(?:https?|wss?):\/\/([^/?#]*)(?:[/?#]|$)/i;
const hostAndPort = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?$/;

/**
 * The host of an absolute http, https, ws or wss URL: a domain name in lower case, or an IP address in its one proper
 * spelling, IPv6 without brackets. `undefined` wherever clients could read another host from the same text: user
 * names, backslashes, blanks and control characters, percent signs, letters beyond ASCII in the host, a trailing dot,
 * an empty port, IPv4 in short, octal or hexadecimal form, zones, a missing slash or one too many.
 */
export function urlHost(url: string): string | undefined {
  if (url.length > 8192 || hasOddCharacter(url)) return undefined;
  const match = hostAndPort.exec(authority.exec(url)?.[1] ?? "");
  if (match === null || Number(match[2] ?? 0) > 65_535) return undefined;
  const host = match[1] ?? "";
  return host.startsWith("[") ? readIpv6(host.slice(1, -1)) : readHostName(host);
}

/** Whether there is a character that some clients drop (blanks, control characters) or read as a slash. */
function hasOddCharacter(url: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Z}\\]/u.test(url);
}

function readIpv6(text: string): string | undefined {
  const address = text.includes(":") ? parseIpAddress(text) : undefined;
  return address === undefined ? undefined : formatIpAddress(address);
}

function readHostName(text: string): string | undefined {
  const name = readDomainName(text);
  if (name === undefined || !endsInNumber(name)) return name;
  return parseIpAddress(name) === undefined ? undefined : name;
}
