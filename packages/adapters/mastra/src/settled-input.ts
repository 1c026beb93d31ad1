import { type Tool, type ValidationError, validateToolInput } from "@mastra/core/tools";

/** Input as a tool would be given it, or what Mastra tells the model of input that the tool's schema refuses. */
export type SettledInput =
  | { readonly value: unknown; readonly refused?: undefined }
  | { readonly value?: undefined; readonly refused: ValidationError };

/**
 * What a tool's schema makes of input, where the schema then leaves that as it is: Mastra applies it before each tool,
 * sometimes twice and sometimes, as when a call resumes, not at all. Where it would go on changing it, `value` is undefined.
 */
export function settledInput({ id, inputSchema }: Pick<Tool, "id" | "inputSchema">, input: unknown): SettledInput {
  const first = validateToolInput(inputSchema, input, id);
  if (first.error !== undefined) return { refused: first.error };
  const value: unknown = first.data;
  if (isSame(input, value)) return { value };
  // INVARIANT (E2): the tool applies its schema to what was judged once more, and must find that it is what was judged.
  const second = validateToolInput(inputSchema, value, id);
  return second.error === undefined && isSame(value, second.data) ? { value } : { value: undefined };
}

/** Whether two values are the same JSON data. Nothing else is the same as anything but itself. */
function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (!isData(left) || !isData(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isSame(left[name], right[name]))
  );
}

function isData(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
