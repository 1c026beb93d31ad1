import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Options {
  /** The sections to run, by name. */
  readonly sections: readonly string[];
  /** Where to write the figures; `undefined`: nowhere. */
  readonly json: string | undefined;
  readonly effort: "full" | "quick";
}

/** Reads the command line. Throws for anything that is not understood. */
export function readOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  for (const name of positionals) {
    if (!known.includes(name)) throw new Error(`there is no section "${name}": there are ${known.join(", ")}`);
  }
  return {
    sections: positionals.length === 0 ? known : positionals,
    json: values.json,
    effort: values.quick ? "quick" : "full",
  };
}
