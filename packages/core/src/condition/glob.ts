/** A pattern that is ready to be matched. */
export interface Glob {
  readonly parts: readonly GlobPart[];
}

/**
 * One character to be found, or a wildcard. `optional` takes no character: from there the two parts that follow it,
 * `**` and a slash, may be passed over, but not from within them.
 */
type GlobPart = "one" | "segment" | "path" | "optional" | { readonly character: string };

const longestPattern = 128;
const longestText = 4096;

/**
 * Whether a text, as a whole, fits a pattern: `*` is any characters of one segment (not `/`), `**` any characters,
 * `?` one character that is not `/`, and `**` with a slash behind it, where a segment begins, any number of whole
 * segments or none. All else stands for itself; case matters; dots are nothing special, and `..` is not resolved.
 * `undefined` for patterns over 128 characters, texts over 4,096, and patterns with `[ ] { } \`, which mean more
 * elsewhere. Takes time in proportion to pattern × text, at worst.
 */
export function glob(pattern: string, text: string): boolean | undefined {
  const parsed = parseGlob(pattern);
  return parsed === undefined ? undefined : matchGlob(parsed, text);
}

/** Reads a pattern. */
export function parseGlob(pattern: string): Glob | undefined {
  if (pattern.length > longestPattern || /[[\]{}\\]/.test(pattern)) return undefined;
  const words = [...pattern.matchAll(/\*+|[^*]/gsu)].map(([word]) => word);
  if (words.some((word) => word.length > 2 && word.startsWith("*"))) return undefined;
  return { parts: words.flatMap((word, index) => readPart(word, { before: words[index - 1], after: words[index + 1] })) };
}

interface Neighbours {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function readPart(word: string, { before, after }: Neighbours): readonly GlobPart[] {
  if (word === "*") return ["segment"];
  if (word === "?") return ["one"];
  if (word !== "**") return [{ character: word }];
  const wholeSegments = (before === undefined || before === "/") && after === "/";
  return wholeSegments ? ["optional", "path"] : ["path"];
}

/**
 * Matches by keeping the set of places in the pattern where the text read so far may have led. A single pointer that
 * returns to the last wildcard does not do: with two kinds of them it would take quadratic time, or miss matches.
 */
export function matchGlob(pattern: Glob, text: string): boolean | undefined {
  if (text.length > longestText) return undefined;
  const { parts } = pattern;
  let places = new Uint8Array(parts.length + 1);
  let following = new Uint8Array(parts.length + 1);
  places[0] = 1;
  skipWildcards(parts, places);
  for (const character of text) {
    following.fill(0);
    let alive = false;
    for (let index = 0; index < parts.length; index += 1) {
      if (places[index] === 0) continue;
      const part = parts[index];
      const target = step(part, character) + index;
      if (target < index) continue;
      following[target] = 1;
      alive = true;
    }
    if (!alive) return false;
    skipWildcards(parts, following);
    [places, following] = [following, places];
  }
  return places[parts.length] === 1;
}

/** How far a character moves a place: 0 stays, 1 moves on, below 0 leads nowhere. */
function step(part: GlobPart | undefined, character: string): number {
  if (part === "path") return 0;
  if (part === "segment") return character === "/" ? -1 : 0;
  if (part === "one") return character === "/" ? -1 : 1;
  return typeof part === "object" && part.character === character ? 1 : -1;
}

/** Adds the places behind wildcards that match nothing. */
function skipWildcards(parts: readonly GlobPart[], places: Uint8Array): void {
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (places[index] === 0 || typeof part !== "string" || part === "one") continue;
    places[index + 1] = 1;
    if (part === "optional") places[index + 3] = 1;
  }
}
