const segment = /^[A-Za-z0-9_./-]+$/;

/** Whether a text is a scope that a call can require: segments of the allowed characters, within the limits. */
export function isScope(text: string): boolean {
  const segments = text.split(":");
  return text.length <= 256 && segments.length <= 16 && segments.every((part) => segment.test(part));
}

/** Whether a text is a scope or pattern: a segment may be `*`, the last may be `**`. */
export function isPattern(text: string): boolean {
  const plain = text.split(":").map((part, place, all) => (isStar(part, place === all.length - 1) ? "x" : part));
  return text.length <= 256 && isScope(plain.join(":"));
}

/** Whether a pattern covers a scope. Texts that are neither cover nothing and are not covered. */
export function covers(pattern: string, scope: string): boolean {
  return isPattern(pattern) && isScope(scope) && coversFrom(pattern.split(":"), scope.split(":"));
}

function coversFrom([first, ...pattern]: readonly string[], [next, ...scope]: readonly string[]): boolean {
  if (first === undefined || next === undefined) return first === next;
  if (first === "**") return true;
  return (first === "*" || first === next) && coversFrom(pattern, scope);
}

/** Below zero where the left of two patterns of one scope is the more specific, zero where they are equally specific. */
export function compareSpecificity(left: string, right: string): number {
  const others = right.split(":").map(rank);
  for (const [place, own] of left.split(":").map(rank).entries()) {
    const other = others[place] ?? own;
    if (own !== other) return own - other;
  }
  return 0;
}

function rank(part: string): number {
  return ["*", "**"].indexOf(part);
}

function isStar(part: string, last: boolean): boolean {
  return part === "*" || (last && part === "**");
}
