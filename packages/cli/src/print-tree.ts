import { print } from "./print.ts";

/** A line and the lines below it. Texts of files and arguments must have passed `safe`. */
export interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[] | undefined;
}

/** Prints branches, one a line, with strokes that show what belongs below what. */
export function printTree(branches: readonly Branch[], indent = ""): void {
  for (const [index, { text, below = [] }] of branches.entries()) {
    const last = index === branches.length - 1;
    print(`${indent}${last ? "└─" : "├─"} ${text}`);
    printTree(below, `${indent}${last ? "   " : "│  "}`);
  }
}
