import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../digest.ts";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import type { ArgumentMember } from "./owner-key.ts";

/** The argument at the end of a path of names; `undefined` where there is none. */
export function argumentAt(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = args;
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as JsonObject)[name]; // Neither a list nor null.
  }
  return value;
}

/** What a call's arguments put into the names of cells, and into trails. Each text is computed once, if at all. */
export class ArgumentTexts {
  readonly #tool: string;
  readonly #arguments: JsonObject;
  #digest: string | undefined;

  constructor(tool: string, args: JsonObject) {
    this.#tool = tool;
    this.#arguments = args;
  }

  /** Names the tool and the arguments. */
  get digest(): string {
    this.#digest ??= sha256(canonicalJson([this.#tool, this.#arguments]));
    return this.#digest;
  }

  /** The text of an argument at the end of a path; `undefined` where there is none. */
  at(path: readonly string[]): string | undefined {
    const value = argumentAt(this.#arguments, path);
    return value === undefined ? undefined : valueText(value);
  }

  /** Throws where there is no such argument. */
  of(argument: ArgumentMember["argument"]): string {
    const text = argument === "digest" ? this.digest : this.at(argument);
    if (text === undefined) throw new TypeError("a plan is used again without an argument that it names");
    return text;
  }
}

/** The canonical text of a value, or its digest where that is shorter. */
export function valueText(value: JsonValue): string {
  const text = canonicalJson(value);
  return text.length <= 64 ? text : `sha256:${sha256(text)}`;
}
