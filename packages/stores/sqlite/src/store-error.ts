import { StateStoreError } from "@ambit/core";

/** Whether another connection is writing at this moment. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === 5;
}

/** What went wrong, in the words of the port. */
export function storeError(error: unknown): StateStoreError {
  if (error instanceof StateStoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new StateStoreError("state_unavailable", `SQLite could not answer: ${text}`, { cause: error });
}

/** The low byte of SQLite's extended result code. */
function primaryCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
