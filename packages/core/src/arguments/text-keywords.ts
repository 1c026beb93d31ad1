import { codePointLength } from "./code-point-length.ts";
import { countOf } from "./count-of.ts";
import type { SchemaNode } from "./schema-node.ts";
import { faultOf, type ValueCheck } from "./value-fault.ts";

/** Compiles what may be demanded of texts. A length is a number of Unicode code points. */
export function compileTexts(node: SchemaNode): readonly ValueCheck[] {
  const { least = 0, most = Number.POSITIVE_INFINITY } = node.counts("minLength", "maxLength");
  const tooShort = `${node.subject} must have at least ${countOf(least, "character")}`;
  const tooLong = `${node.subject} must have at most ${countOf(most, "character")}`;
  return [
    (value) => {
      if (typeof value !== "string") return undefined;
      const length = codePointLength(value);
      if (length < least) return faultOf(tooShort, value);
      return length > most ? faultOf(tooLong, value) : undefined;
    },
  ];
}
