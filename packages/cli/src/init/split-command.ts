import { UsageError } from "../command.ts";

/**
 * Splits a command line at blanks, save within quotes, as a shell would. Nothing else of a shell's language is
 * understood, so nothing of it takes effect.
 */
export function splitCommand(line: string): { readonly command: string; readonly args: readonly string[] } {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const character of line) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) throw new UsageError(`--mcp has a ${quote} that nothing closes`);
  if (word !== undefined) words.push(word);
  const [command, ...args] = words;
  if (command === undefined || command === "") throw new UsageError("--mcp names no program");
  return { command, args };
}
