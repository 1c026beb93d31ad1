import { canonicalJson } from "../canonical-json.ts";
import { haveSameItems } from "../same-items.ts";
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
 * Writes records in canonical JSON (RFC 8785), leaving out {@link chainMembers}.
 *
 * Records of one type have the same names in the same order, so that the writer sorts them once a type and not once a
 * record. What is written for a record does not depend on the records before it.
 */
export class RecordWriter {
  readonly #layouts = new Map<unknown, Layout>();

  /**
   * Lone surrogates in texts, and in lists of texts, become U+FFFD: an id that somebody chose must not keep a call from
   * being recorded. Throws a `TypeError` for what is not JSON.
   */
  write(record: object): RecordText {
    // Any object can be read by the names that Object.keys gave for it.
    const values = record as Values;
    const layout = this.#layoutOf(values);
    const found = { hidden: layout.hidden };
    return {
      beforeHash: sectionText(layout.beforeHash, values, found),
      beforePrevious: sectionText(layout.beforePrevious, values, found),
      beforeSequence: sectionText(layout.beforeSequence, values, found),
      beforeVersion: sectionText(layout.beforeVersion, values, found),
      afterVersion: sectionText(layout.afterVersion, values, found),
      hidden: found.hidden,
    };
  }

  #layoutOf(values: Values): Layout {
    const names = Object.keys(values);
    const type = names.includes("type") ? values["type"] : undefined;
    const known = this.#layouts.get(type);
    if (known !== undefined && haveSameItems(known.names, names)) return known;
    const layout = layoutOf(names);
    // A log that someone made up may hold any number of types.
    if (this.#layouts.size >= 32) this.#layouts.clear();
    this.#layouts.set(type, layout);
    return layout;
  }
}

type Values = Readonly<Record<string, unknown>>;

interface Member {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

interface Layout {
  readonly names: readonly string[];
  readonly beforeHash: readonly Member[];
  readonly beforePrevious: readonly Member[];
  readonly beforeSequence: readonly Member[];
  readonly beforeVersion: readonly Member[];
  readonly afterVersion: readonly Member[];
  readonly hidden: boolean;
}

function layoutOf(names: readonly string[]): Layout {
  // The default order of `sort` is that of UTF-16 code units, which is canonical JSON's.
  const sorted = names.filter((name) => !chainMembers.includes(name)).sort();
  const leading = sorted.map((name) => ({ name, before: `${canonicalJson(name)}:`, after: "," }));
  const trailing = sorted.map((name) => ({ name, before: `,${canonicalJson(name)}:`, after: "" }));
  return {
    names,
    beforeHash: leading.filter(({ name }) => name < "hash"),
    beforePrevious: leading.filter(({ name }) => name > "hash" && name < "previous"),
    beforeSequence: leading.filter(({ name }) => name > "previous" && name < "sequence"),
    beforeVersion: leading.filter(({ name }) => name > "sequence" && name < "version"),
    afterVersion: trailing.filter(({ name }) => name > "version"),
    hidden: sorted.some(hasHidden),
  };
}

function sectionText(members: readonly Member[], values: Values, found: { hidden: boolean }): string {
  let text = "";
  for (const { name, before, after } of members) {
    const value = values[name];
    if (typeof value === "string" && plainText.test(value)) text += `${before}"${value}"${after}`;
    else if (value === null) text += `${before}null${after}`;
    else {
      const written = valueText(value);
      found.hidden ||= hasHidden(written);
      text += `${before}${written}${after}`;
    }
  }
  return text;
}

// JSON writes these characters as they are. Most values hold no others, and this test is quicker than JSON.stringify.
const plainText = /^[ !#-[\]-~]*$/;

function valueText(value: unknown): string {
  if (typeof value === "string") return plainText.test(value) ? `"${value}"` : JSON.stringify(value.toWellFormed());
  // canonicalJson throws for everything that is not a JSON value.
  if (!Array.isArray(value)) return canonicalJson(value as JsonValue);
  let items = "";
  for (let index = 0; index < value.length; index += 1) {
    items += index === 0 ? valueText(value[index]) : `,${valueText(value[index])}`;
  }
  return `[${items}]`;
}
