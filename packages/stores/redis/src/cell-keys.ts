import { createHash } from "node:crypto";

/** Which cells share a name: as in the memory store, a name of one kind never means a cell of another. */
export type CellKind = (typeof cellKinds)[number];

/** All kinds; a script asks for the first ones most often. */
export const cellKinds = ["switch", "mark", "account", "streak", "counter", "trail"] as const;

/** Where each kind is among {@link cellKinds}. */
export const kindNumbers: Readonly<Record<CellKind, number>> = {
  switch: 0,
  mark: 1,
  account: 2,
  streak: 3,
  counter: 4,
  trail: 5,
};

const letters: Readonly<Record<CellKind, string>> = {
  account: "a",
  counter: "c",
  mark: "m",
  streak: "k",
  trail: "t",
  switch: "s",
};

/**
 * The hash tag of a partition: all its keys are in one slot of a cluster.
 *
 * INVARIANT (B9): it is a digest of the UTF-16 code units, so that no text of a tenant can end the tag or meet another's.
 */
export function partitionTag(partition: string): string {
  return createHash("sha256").update(Buffer.from(partition, "utf16le")).digest("hex");
}

/** The key of what is known of the deployment as a whole. */
export function deploymentKey(prefix: string): string {
  return `${prefix}deployment`;
}

/** The key of a partition's record. */
export function recordKey(prefix: string, tag: string): string {
  return `${prefix}{${tag}}`;
}

/** The key of the list of a partition's cells. */
export function listKey(record: string): string {
  return `${record}#`;
}

/** The keys of a cell: one, or three for an account. */
export function cellKeys(record: string, kind: CellKind, name: string): readonly string[] {
  const text = exactText(name);
  const key = `${record}${letters[kind]}${text}`;
  return kind === "account" ? [key, `${record}l${text}`, `${record}w${text}`] : [key];
}

/**
 * Text that is distinct for distinct texts also once it is UTF-8.
 *
 * INVARIANT (B9): halves of surrogate pairs, which UTF-8 cannot tell apart, are written in hexadecimal.
 */
export function exactText(text: string): string {
  return text.isWellFormed() ? `:${text}` : `!${codeUnits(text)}`;
}

/** The UTF-16 code units of a text in hexadecimal: its bytes compare as the text does in JavaScript. */
export function codeUnits(text: string): string {
  return Buffer.from(text, "utf16le").swap16().toString("hex");
}
