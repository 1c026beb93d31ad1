import { isMultipleOf } from "./is-multiple-of.ts";
import type { SchemaNode } from "./schema-node.ts";
import { faultOf, type ValueCheck } from "./value-fault.ts";

/** Compiles what may be demanded of numbers. */
export function compileNumbers(node: SchemaNode): readonly ValueCheck[] {
  const bounds = comparisons.flatMap((comparison) => {
    const bound = node.number(comparison.keyword);
    return bound === undefined ? [] : [{ ...comparison, bound }];
  });
  refuseContradictions(node, bounds);
  const checks = bounds.map(({ words, holds, bound }) =>
    onNumbers((value) => holds(value, bound), `${node.subject} must be ${words} ${bound}`),
  );
  const divisor = readDivisor(node);
  if (divisor === undefined) return checks;
  const reason = `${node.subject} must be a multiple of ${divisor}`;
  return [...checks, onNumbers((value) => isMultipleOf(value, divisor), reason)];
}

interface Comparison {
  readonly keyword: string;
  readonly words: string;
  readonly side: "least" | "most";
  readonly holds: (value: number, bound: number) => boolean;
}

interface Bound extends Comparison {
  readonly bound: number;
}

const comparisons: readonly Comparison[] = [
  { keyword: "minimum", words: "at least", side: "least", holds: (value, bound) => value >= bound },
  { keyword: "exclusiveMinimum", words: "greater than", side: "least", holds: (value, bound) => value > bound },
  { keyword: "maximum", words: "at most", side: "most", holds: (value, bound) => value <= bound },
  { keyword: "exclusiveMaximum", words: "less than", side: "most", holds: (value, bound) => value < bound },
];

function refuseContradictions(node: SchemaNode, bounds: readonly Bound[]): void {
  for (const least of bounds.filter(({ side }) => side === "least")) {
    for (const most of bounds.filter(({ side }) => side === "most")) {
      // Where each bound holds of the other, a number lies between them or is both.
      if (least.holds(most.bound, least.bound) && most.holds(least.bound, most.bound)) continue;
      const message = `nothing passes: no number is ${least.words} ${least.bound} and ${most.words} ${most.bound}`;
      node.report([most.keyword], message);
    }
  }
}

function readDivisor(node: SchemaNode): number | undefined {
  const divisor = node.number("multipleOf");
  if (divisor === undefined || divisor > 0) return divisor;
  node.report(["multipleOf"], "`multipleOf` must be greater than 0");
  return undefined;
}

function onNumbers(holds: (value: number) => boolean, reason: string): ValueCheck {
  return (value) => (typeof value !== "number" || holds(value) ? undefined : faultOf(reason, value));
}
