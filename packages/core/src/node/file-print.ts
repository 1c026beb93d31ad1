import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { errorCode } from "./error-code.ts";

/** What changes whenever a file does: its identity, size and times. */
export async function filePrint(path: string): Promise<string> {
  try {
    return printOf(await stat(path, { bigint: true }));
  } catch (error) {
    return `${unreadable}${errorCode(error)}`;
  }
}

/** Whether a print is that of a file whose status cannot be known. */
export function isUnreadable(print: string): boolean {
  return print.startsWith(unreadable);
}

const unreadable = "unreadable ";

/** The print of a file whose status is known. */
export function printOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
