/** The longest scope or pattern that is read, in characters. */
export const maximumScopeLength = 256;
/** The most segments that a scope or pattern may have. */
export const maximumScopeSegments = 16;

/** What is wrong with the text of a scope; `undefined` for nothing. */
export type ScopeFault = "empty" | "too_long" | "too_many_segments" | "empty_segment" | "character" | "wildcard";

const segmentCharacters = /^[A-Za-z0-9_.\-/]+$/;
// At most 16 segments. Segments cannot hold the colon that splits them, so there is one way to match: linear.
const literal = /^[A-Za-z0-9_.\-/]+(?::[A-Za-z0-9_.\-/]+){0,15}$/;

/**
 * Checks a literal scope, such as `tool:crm:read`: segments of `[A-Za-z0-9_./-]` split by `:`, no wildcard.
 */
export function scopeFault(text: string): ScopeFault | undefined {
  if (text.length <= maximumScopeLength && literal.test(text)) return undefined;
  return fault(text, () => "wildcard");
}

/**
 * Checks a scope pattern: a scope in which a segment may be `*` (exactly one segment) and the last may be `**` (one
 * or more). A star beside other characters is an error, never a literal.
 */
export function scopePatternFault(text: string): ScopeFault | undefined {
  return fault(text, (segment, last) => (segment === "*" || (segment === "**" && last) ? undefined : "wildcard"));
}

function fault(text: string, star: (segment: string, last: boolean) => ScopeFault | undefined): ScopeFault | undefined {
  if (text === "") return "empty";
  if (text.length > maximumScopeLength) return "too_long";
  const segments = text.split(":");
  if (segments.length > maximumScopeSegments) return "too_many_segments";
  for (const [index, segment] of segments.entries()) {
    if (segment === "") return "empty_segment";
    if (segment.includes("*")) {
      const found = star(segment, index === segments.length - 1);
      if (found !== undefined) return found;
    } else if (!segmentCharacters.test(segment)) return "character";
  }
  return undefined;
}

/**
 * Whether a pattern covers a literal scope. Both must have been checked. Linear in the length of the scope: `*` and
 * `**` stand for whole segments and `**` only comes last, so there is nothing to backtrack over.
 */
export function scopeMatches(pattern: string, scope: string): boolean {
  if (pattern === scope) return true;
  if (!pattern.includes("*")) return false;
  const wanted = pattern.split(":");
  const given = scope.split(":");
  const open = wanted.at(-1) === "**";
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
  const fixed = open ? wanted.length - 1 : wanted.length;
  for (let index = 0; index < fixed; index += 1) {
    if (wanted[index] !== "*" && wanted[index] !== given[index]) return false;
  }
  return true;
}

/**
 * Whether a pattern says more than another about the scopes that both cover: at the first segment where they differ, a
 * literal says more than `*`, and `*` more than `**`. Of two different patterns that cover one scope, one always does.
 */
export function isMoreSpecific(pattern: string, than: string): boolean {
  const left = pattern.split(":");
  const right = than.split(":");
  for (let index = 0; index < left.length; index += 1) {
    const difference = weight(left[index]) - weight(right[index]);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function weight(segment: string | undefined): number {
  if (segment === undefined) return 0;
  return segment === "**" ? 1 : segment === "*" ? 2 : 3;
}
