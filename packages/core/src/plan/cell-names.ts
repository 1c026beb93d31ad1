import type { KnownContext } from "../call-context.ts";
import type { Owner } from "../policy/history-rule.ts";
import { type CellPattern, memberText, ownerKey } from "./owner-key.ts";

/** The names of the cells of calls that are alike but for their contexts. */
export class CellNames {
  /** Of each name, texts and owners as they follow one another. */
  readonly #names: readonly (readonly (string | { readonly owner: Owner })[])[];

  constructor(patterns: readonly CellPattern[]) {
    this.#names = patterns.map(piecesOf);
  }

  /** As {@link cellName} gives them. Frozen, so that whoever found what they name need not look again for a call that is alike. */
  of(context: KnownContext): readonly string[] {
    const owners = new OwnerTexts(context);
    const keys: string[] = [];
    for (const pieces of this.#names) {
      let name = "";
      for (const piece of pieces) name += typeof piece === "string" ? piece : owners.of(piece.owner);
      keys.push(name);
    }
    return Object.freeze(keys);
  }
}

/** The owners of one call, as they stand in names. */
class OwnerTexts {
  readonly #context: KnownContext;
  readonly #texts: Partial<Record<Owner, string>> = {};

  constructor(context: KnownContext) {
    this.#context = context;
  }

  of(owner: Owner): string {
    this.#texts[owner] ??= memberText(ownerKey(owner, this.#context));
    return this.#texts[owner];
  }
}

function piecesOf({ kind, members }: CellPattern): (string | { readonly owner: Owner })[] {
  const pieces: (string | { readonly owner: Owner })[] = [];
  let text = kind;
  for (const member of members) {
    if (typeof member === "string" || !("owner" in member)) text += memberText(member);
    else {
      pieces.push(text, member);
      text = "";
    }
  }
  return text === "" ? pieces : [...pieces, text];
}
