import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./command.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What {@link readOptions} gives for a set of options. */
export type ReadOptions<Given extends Options> = ReturnType<
  typeof parseArgs<{ options: Given; allowPositionals: true; strict: true }>
>;

/** Reads a command's arguments. Throws a {@link UsageError} for what is unknown, doubled or without its value. */
export function readOptions<const Given extends Options>(args: readonly string[], options: Given): ReadOptions<Given> {
  try {
    refuseRepeated(args, options);
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : "the arguments cannot be read");
  }
}

/** {@link readOptions} of a command that takes nothing else: also throws for what belongs to no option. */
export function readOptionsOnly<const Given extends Options>(
  args: readonly string[],
  options: Given,
): ReadOptions<Given>["values"] {
  const { values, positionals } = readOptions(args, options);
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" belongs to no option`);
  return values;
}

/** The last of two `--policy` would win in silence; somebody may have meant the first. */
function refuseRepeated(args: readonly string[], options: Options): void {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option" || options[token.name]?.multiple) continue;
    if (seen.has(token.name)) throw new UsageError(`--${token.name} is given twice`);
    seen.add(token.name);
  }
}
