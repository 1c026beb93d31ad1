import type { ApprovalRequest } from "@ambit/core";
import { print, styled } from "../print.ts";
import { describeRequest } from "./describe-request.ts";
import { foldLine } from "./fold-line.ts";

const labelWidth = 11;
/** Before a line, and before what of a line had no room in it. */
const marks = { begins: "│ ", goesOn: "┊ " } as const;

/** Prints everything that a request says. `now`: epoch milliseconds. */
export function printRequest(request: ApprovalRequest, now: number): void {
  const width = textWidth();
  for (const { label, lines } of describeRequest(request, now)) {
    let before = styled("bold", label.padEnd(labelWidth));
    for (const line of lines) {
      for (const [index, part] of foldLine(line, width).entries()) {
        print(`${before}${index === 0 ? marks.begins : marks.goesOn}${part}`);
        before = " ".repeat(labelWidth);
      }
    }
  }
}

/**
 * INVARIANT (A7): on a terminal no text reaches the beginning of a line, where it could look like one of ours; what is
 * broken says so, so that no part of it looks like a line of its own.
 */
function textWidth(): number {
  const { isTTY, columns } = process.stdout;
  return isTTY ? Math.max(20, columns - labelWidth - marks.begins.length) : Number.POSITIVE_INFINITY;
}
