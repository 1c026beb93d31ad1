import { styleText } from "node:util";
import { escapeText } from "@ambit/core";
import { visibleJson } from "./visible-json.ts";

type Style = Parameters<typeof styleText>[0];

/** Prints one line on standard output. Text of files and arguments must have passed {@link safe}. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints one line on standard error. */
export function printError(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints a value as JSON: indented, and with nothing in it that a terminal would obey or not show. */
export function printJson(value: unknown): void {
  print(visibleJson(value, 2));
}

/** Text of a file or an argument, fit for a terminal. */
export function safe(text: string): string {
  return escapeText(text);
}

/** Styled where standard output is a terminal that has colours. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
