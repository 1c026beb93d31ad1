import { isRecord } from "../value-at.ts";

/** A text that two values of the file share where they say the same, in whichever order their keys stand. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    return isRecord(part) ? Object.fromEntries(Object.entries(part).sort(byKey)) : part;
  });
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
