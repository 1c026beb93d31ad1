/** The schema that is used where none is named. */
export const defaultSchema = "ambit";

/**
 * The name of a schema as SQL has it. Throws a `TypeError` for a name that needs more than quotes.
 *
 * INVARIANT: this name, from the application's own configuration, is the only text that SQL is made of.
 */
export function quotedSchema(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name) || name.startsWith("pg_")) {
    throw new TypeError(
      `"${name}" cannot name a schema: use up to 63 of a-z, 0-9 and _, beginning with a letter, and not with pg_`,
    );
  }
  return `"${name}"`;
}
