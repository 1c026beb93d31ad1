/** Whether a text is a scope that a call can require: segments of the allowed characters, within the limits. */
export function isScope(text: string): boolean {
  return text.length <= 256 && text.split(":").length <= 16 && /^[\w./-]+(:[\w./-]+)*$/.test(text);
}

function isPattern(text: string): boolean {
  const parts = text.split(":");
  const isStar = (part: string, place: number) => part === "*" || (part === "**" && place === parts.length - 1);
  return text.length <= 256 && isScope(parts.map((part, place) => (isStar(part, place) ? "x" : part)).join(":"));
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
  const rank = (part: string) => ["*", "**"].indexOf(part);
  const others = right.split(":").map(rank);
  const differences = left.split(":").map((part, place) => rank(part) - (others[place] ?? rank(part)));
  return differences.find((difference) => difference !== 0) ?? 0;
}
