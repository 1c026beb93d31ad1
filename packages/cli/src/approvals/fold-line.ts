/** A line in parts that each take at most so many columns of a terminal; nothing is left out. */
export function foldLine(line: string, columns: number): readonly string[] {
  const parts: string[] = [];
  let part = "";
  let taken = 0;
  for (const character of line) {
    // How wide others are shown is for the terminal to say: two columns at most.
    const width = /^[ -~]$/.test(character) ? 1 : 2;
    if (taken + width > columns && part !== "") {
      parts.push(part);
      part = "";
      taken = 0;
    }
    part += character;
    taken += width;
  }
  return [...parts, part];
}
