/** The candidate that a misspelt name most likely meant, or `undefined` where none is close. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const tolerated = Math.max(1, Math.floor(name.length / 3));
  let nearest: string | undefined;
  let shortest = tolerated + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < shortest) [nearest, shortest] = [candidate, distance];
  }
  return nearest;
}

/** The number of insertions, deletions and replacements between two names (Levenshtein). */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = at(previous, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1));
    }
    previous = current;
  }
  return at(previous, right.length);
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Number.POSITIVE_INFINITY;
}
