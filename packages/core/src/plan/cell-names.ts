import type { KnownContext } from "../call-context.ts";
import type { Owner } from "../policy/history-rule.ts";
import type { ArgumentTexts } from "./argument-text.ts";
import {
  type ArgumentMember,
  argumentKey,
  type CellPattern,
  isList,
  isOwned,
  memberText,
  type OwnedMember,
  ownerKey,
} from "./owner-key.ts";

/** What a name is put together of. */
type Piece = string | OwnedMember | Pick<ArgumentMember, "argument">;

/** The names of the cells of calls that are alike but for their contexts and some of their arguments. */
export class CellNames {
  readonly #names: readonly (readonly Piece[])[];

  constructor(patterns: readonly CellPattern[]) {
    this.#names = patterns.map(piecesOf);
  }

  /** The names of a context's cells. */
  of(context: KnownContext): ContextNames {
    const owners = new OwnerTexts(context);
    const keys: string[] = [];
    const open: OpenName[] = [];
    for (const pieces of this.#names) {
      let name = "";
      let later: OpenName | undefined;
      for (const piece of pieces) {
        if (typeof piece === "string") name += piece;
        else if (isOwned(piece)) name += owners.of(piece.owner);
        else {
          later = { index: keys.length, before: name, argument: piece.argument };
          name = "";
        }
      }
      keys.push(name);
      if (later !== undefined) open.push(later);
    }
    return new ContextNames(keys, open);
  }
}

/** A name that arguments are a part of: what stands before them, and where its end is found. */
interface OpenName extends Pick<ArgumentMember, "argument"> {
  readonly index: number;
  readonly before: string;
}

/** The names of one context's cells, as {@link cellName} gives them. */
export class ContextNames {
  /** Of a name that arguments are a part of, what stands behind them. */
  readonly #keys: readonly string[];
  readonly #open: readonly OpenName[];

  constructor(keys: readonly string[], open: readonly OpenName[]) {
    // What is copied for each call stays as it is: an engine takes ten times as long to copy a frozen list.
    this.#keys = open.length === 0 ? Object.freeze(keys) : keys;
    this.#open = open;
  }

  /** Frozen, so that whoever found what they name need not look again for a call that is alike. */
  of(texts: ArgumentTexts): readonly string[] {
    if (this.#open.length === 0) return this.#keys;
    const keys = this.#keys.slice();
    for (const { index, before, argument } of this.#open) {
      keys[index] = before + memberText(argumentKey(argument, texts.of(argument))) + (keys[index] ?? "");
    }
    return Object.freeze(keys);
  }

  /** How many characters it keeps. */
  get weight(): number {
    let weight = 0;
    for (const key of this.#keys) weight += key.length;
    for (const { before } of this.#open) weight += before.length;
    return weight;
  }
}

/** The owners of one call, as they stand in names. */
class OwnerTexts {
  readonly #context: KnownContext;
  /** INVARIANT (D9): nothing that all objects inherit is an owner's. */
  readonly #texts: Partial<Record<Owner, string>> = Object.create(null);

  constructor(context: KnownContext) {
    this.#context = context;
  }

  of(owner: Owner): string {
    this.#texts[owner] ??= memberText(ownerKey(owner, this.#context));
    return this.#texts[owner];
  }
}

function piecesOf({ kind, members }: CellPattern): Piece[] {
  const pieces: Piece[] = [];
  let text = kind;
  for (const member of members) {
    if (typeof member === "string" || isList(member)) text += memberText(member);
    else {
      pieces.push(text, member);
      text = "";
    }
  }
  return text === "" ? pieces : [...pieces, text];
}
