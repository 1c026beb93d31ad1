/** A pattern that is ready to be matched. */
export interface Glob {
  /** The code points to be found, and negative numbers for wildcards. */
  readonly codes: Int32Array;
  /** Whether there is a slash in it, so that what it is asked about are paths. */
  readonly segmented: boolean;
}

const oneCharacter = -1;
const inSegment = -2;
const anywhere = -3;
/** Takes no character: from here `**` and the slash behind it may be passed over, but not from within them. */
const optional = -4;
const slash = 47;

/** A segment that names this directory or the one above, however a program may come to read it. */
const dotSegment = /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|%2f|%5c|$)/i;

const longestPattern = 128;
const longestText = 4096;

/**
 * Whether a text, as a whole, fits a pattern: `*` is any characters of one segment (not `/`), `**` any characters,
 * `?` one character that is not `/`, and `**` with a slash behind it, where a segment begins, any number of whole
 * segments or none. All else stands for itself; case matters; a dot is nothing special.
 * `undefined` for patterns over 128 characters, texts over 4,096, patterns with `[ ] { } \`, which mean more elsewhere,
 * and, where the pattern has a slash, texts with a segment `.` or `..`, which leads elsewhere than it looks. Takes time in proportion to pattern × text, at worst.
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
  const codes = words.flatMap((word, index) => readPart(word, { before: words[index - 1], after: words[index + 1] }));
  return { codes: Int32Array.from(codes), segmented: pattern.includes("/") };
}

interface Neighbours {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function readPart(word: string, { before, after }: Neighbours): readonly number[] {
  if (word === "*") return [inSegment];
  if (word === "?") return [oneCharacter];
  if (word !== "**") return [word.codePointAt(0) ?? 0];
  const wholeSegments = (before === undefined || before === "/") && after === "/";
  return wholeSegments ? [optional, anywhere] : [anywhere];
}

/**
 * Matches by keeping the set of places in the pattern where the text read so far may have led. A single pointer that
 * returns to the last wildcard does not do: with two kinds of them it would take quadratic time, or miss matches.
 */
export function matchGlob({ codes, segmented }: Glob, text: string): boolean | undefined {
  if (text.length > longestText || (segmented && dotSegment.test(text))) return undefined;
  let places = new Uint8Array(codes.length + 1);
  let following = new Uint8Array(codes.length + 1);
  places[0] = 1;
  skipWildcards(codes, places);
  for (const character of text) {
    following.fill(0);
    if (!advance(codes, character.codePointAt(0) ?? 0, { places, following })) return false;
    skipWildcards(codes, following);
    [places, following] = [following, places];
  }
  return places[codes.length] === 1;
}

interface Places {
  readonly places: Uint8Array;
  readonly following: Uint8Array;
}

/** Moves every place over a character; false where none has anywhere to go. */
function advance(codes: Int32Array, character: number, { places, following }: Places): boolean {
  let alive = false;
  for (let index = 0; index < codes.length; index += 1) {
    if (places[index] === 0) continue;
    const code = codes[index] ?? optional;
    if (code === anywhere || (code === inSegment && character !== slash)) following[index] = 1;
    else if (code === character || (code === oneCharacter && character !== slash)) following[index + 1] = 1;
    else continue;
    alive = true;
  }
  return alive;
}

/** Adds the places behind wildcards that match nothing. */
function skipWildcards(codes: Int32Array, places: Uint8Array): void {
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? oneCharacter;
    if (code >= oneCharacter || places[index] === 0) continue;
    places[index + 1] = 1;
    if (code === optional) places[index + 3] = 1;
  }
}
