import { canonicalJson } from "../canonical-json.ts";
import type { JsonValue } from "../tool-call.ts";
import { hasHidden } from "./hidden-characters.ts";

/** The members that a chain adds to a record. */
export const chainMembers: readonly string[] = ["hash", "previous", "sequence", "version"];

/** A record's members as canonical JSON text, cut where the chain's own members go between them. */
export interface RecordText {
  readonly beforeHash: string;
  readonly beforePrevious: string;
  readonly beforeSequence: string;
  readonly beforeVersion: string;
  readonly afterVersion: string;
  /** Whether a character of it has to be written as an escape, by {@link escapeHidden}. */
  readonly hidden: boolean;
}

/**
 * Writes the members of a record in canonical JSON (RFC 8785), leaving out {@link chainMembers}. Lone surrogates in
 * texts, and in lists of texts, become U+FFFD: an id that somebody chose must not keep a call from being recorded.
 * Throws a `TypeError` for what is not JSON.
 */
export function recordText(record: object): RecordText {
  // Any object can be read by the names that Object.keys gave for it.
  const members = record as Readonly<Record<string, unknown>>;
  let [beforeHash, beforePrevious, beforeSequence, beforeVersion, afterVersion] = ["", "", "", "", ""];
  let hidden = false;
  // The default order of `sort` is that of UTF-16 code units, which is canonical JSON's.
  for (const name of Object.keys(members).sort()) {
    const text = memberText(name, members[name]);
    hidden ||= text.hidden;
    if (name < "hash") beforeHash += `${text.json},`;
    else if (name > "hash" && name < "previous") beforePrevious += `${text.json},`;
    else if (name > "previous" && name < "sequence") beforeSequence += `${text.json},`;
    else if (name > "sequence" && name < "version") beforeVersion += `${text.json},`;
    else if (name > "version") afterVersion += `,${text.json}`;
  }
  return { beforeHash, beforePrevious, beforeSequence, beforeVersion, afterVersion, hidden };
}

function memberText(name: string, value: unknown): { readonly json: string; readonly hidden: boolean } {
  if (plainText.test(name)) {
    if (typeof value === "string" && plainText.test(value)) return { json: `"${name}":"${value}"`, hidden: false };
    if (value === null) return { json: `"${name}":null`, hidden: false };
  }
  const json = `${canonicalJson(name)}:${wellFormedText(value)}`;
  return { json, hidden: hasHidden(json) };
}

// JSON writes these characters as they are. Most values hold no others, and this test is quicker than JSON.stringify.
const plainText = /^[ !#-[\]-~]*$/;

function wellFormedText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.toWellFormed());
  // canonicalJson throws for everything that is not a JSON value.
  if (!Array.isArray(value)) return canonicalJson(value as JsonValue);
  let items = "";
  for (let index = 0; index < value.length; index += 1)
    items += `${index === 0 ? "" : ","}${wellFormedText(value[index])}`;
  return `[${items}]`;
}
