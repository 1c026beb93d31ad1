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
  if (text.length <= maximumScopeLength && literal.test(text)) return undefined;
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
 * Whether a pattern covers a literal scope. A malformed pattern covers nothing. Linear in the length of the scope: `*` and
 * `**` stand for whole segments and `**` only comes last, so there is nothing to backtrack over.
 */
export function scopeMatches(pattern: string, scope: string): boolean {
  if (pattern === scope) return true;
  let at = 0;
  for (let index = 0; index < pattern.length; index += 1) {
    const code = pattern.charCodeAt(index);
    if (code === star && isSegmentStart(pattern, index)) {
      // One segment more is there for certain: a scope never ends with a colon.
      if (pattern.charCodeAt(index + 1) === star && index + 2 === pattern.length) return at < scope.length;
      if (index + 1 === pattern.length || pattern.charCodeAt(index + 1) === colon) {
        if (at >= scope.length) return false;
        const end = scope.indexOf(":", at);
        at = end === -1 ? scope.length : end;
        continue;
      }
    }
    if (scope.charCodeAt(at) !== code) return false;
    at += 1;
  }
  return at === scope.length;
}

const star = 42;
const colon = 58;

function isSegmentStart(pattern: string, index: number): boolean {
  return index === 0 || pattern.charCodeAt(index - 1) === colon;
}

/**
 * Whether a pattern says more than another about the scopes that both cover: at the first segment where they differ, a
 * literal says more than `*`, and `*` more than `**`. Of two different patterns that cover one scope, one always does.
 */
export function isMoreSpecific(pattern: string, than: string): boolean {
  for (let from = 0; ; from += 1) {
    const left = pattern.indexOf("*", from);
    const right = than.indexOf("*", from);
    // Up to the first star both are the scope's own text, so that the later star is the more specific one.
    if (left !== right) return right !== -1 && (left === -1 || left > right);
    if (left === -1) return false;
    const leftOpen = pattern.charCodeAt(left + 1) === star;
    if (leftOpen !== (than.charCodeAt(right + 1) === star)) return !leftOpen;
    from = left;
  }
}
