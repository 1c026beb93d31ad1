/** What is wrong with what a policy says of a tool's arguments. */
export interface SchemaProblem {
  /** Keys from the schema's root to what is wrong. */
  readonly path: SchemaPath;
  readonly message: string;
  /** What to do instead, where it is not plain from the message. */
  readonly help?: string | undefined;
}

/** Keys and indexes from the schema's root to a place in it. */
export type SchemaPath = readonly (string | number)[];
