import type { JsonObject, JsonValue } from "../tool-call.ts";
import type { JsonKinds } from "./json-kind.ts";
import { isJsonList, isJsonObject } from "./json-kind.ts";
import type { SchemaPath, SchemaProblem } from "./schema-problem.ts";
import type { ValueCheck } from "./value-fault.ts";

/** How large a schema may be: levels of schemas and of values within it, and schemas in all. */
export const schemaLimits = { depth: 16, schemas: 1_000 } as const;

/** Where a schema stands and what is known there of its values. */
export interface SchemaPlace {
  readonly path: SchemaPath;
  /** The way to its values in the policy's words: `to[]`, `order.id`. Empty for all arguments together. */
  readonly label: string;
  /** 1 for the root. */
  readonly depth: number;
  /** The kinds to which a schema around this one restricts the same value. Default: not restricted. */
  readonly kinds: JsonKinds | undefined;
  /** Whether it may state `properties`, and if not, beside what they would contradict others. */
  readonly closing: "free" | "within allOf" | "beside properties";
}

/** A schema that is ready for use. */
export interface CompiledSchema {
  readonly check: ValueCheck;
  /** The same schema, in which every object that is closed says so. */
  readonly schema: JsonObject;
}

/** What all schemas of one document share while they are compiled. */
export interface SchemaReading {
  readonly problems: SchemaProblem[];
  readonly compile: (document: JsonValue | undefined, place: SchemaPlace) => CompiledSchema;
}

/** One schema while it is compiled. What is read from it is kept for the schema that comes out. */
export class SchemaNode {
  /** The kinds that its values may have, once `type` is read. `undefined` where nothing restricts them. */
  kinds: JsonKinds | undefined;
  readonly document: JsonObject;
  readonly place: SchemaPlace;
  readonly #reading: SchemaReading;
  readonly #kept: Record<string, JsonValue> = Object.create(null);

  constructor(document: JsonObject, place: SchemaPlace, reading: SchemaReading) {
    this.document = document;
    this.place = place;
    this.kinds = place.kinds;
    this.#reading = reading;
  }

  /** The subject of a sentence about its values. */
  get subject(): string {
    return this.place.label === "" ? "the arguments" : `the argument ${JSON.stringify(this.place.label)}`;
  }

  has(keyword: string): boolean {
    return Object.hasOwn(this.document, keyword);
  }

  member(keyword: string): JsonValue | undefined {
    return this.has(keyword) ? this.document[keyword] : undefined;
  }

  keep(keyword: string, value: JsonValue): void {
    this.#kept[keyword] = value;
  }

  kept(): JsonObject {
    return Object.freeze(this.#kept);
  }

  report(steps: SchemaPath, message: string, help?: string): void {
    this.#reading.problems.push({ path: [...this.place.path, ...steps], message, ...(help !== undefined && { help }) });
  }

  /** A schema for a value within its values; `label` is the way to that value from the root. */
  inner(steps: SchemaPath, document: JsonValue | undefined, label: string): CompiledSchema {
    return this.#compile(steps, document, { label, kinds: undefined, closing: "free" });
  }

  /** A further schema for its very values. */
  further(steps: SchemaPath, document: JsonValue, closing: SchemaPlace["closing"]): CompiledSchema {
    return this.#compile(steps, document, { label: this.place.label, kinds: this.kinds, closing });
  }

  /** A number, if the keyword stands here. */
  number(keyword: string): number | undefined {
    const value = this.has(keyword) ? this.copy([keyword], this.member(keyword)) : undefined;
    if (value === undefined) return undefined;
    if (typeof value === "number") {
      this.keep(keyword, value);
      return value;
    }
    this.report([keyword], `\`${keyword}\` must be a number`);
    return undefined;
  }

  /** A number of things, if the keyword stands here. */
  count(keyword: string): number | undefined {
    const value = this.number(keyword);
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
    this.report([keyword], `\`${keyword}\` must be a whole number, 0 or more`);
    return undefined;
  }

  /** Both bounds of a number of things, if they stand here. */
  counts(least: string, most: string): { readonly least: number | undefined; readonly most: number | undefined } {
    const bounds = { least: this.count(least), most: this.count(most) };
    if (bounds.least !== undefined && bounds.most !== undefined && bounds.least > bounds.most) {
      this.report([most], `nothing passes: \`${most}\` is less than \`${least}\``);
    }
    return bounds;
  }

  /** A frozen copy of a value that a call's values will be compared with; `undefined` where it is refused. */
  copy(steps: SchemaPath, value: JsonValue | undefined, depth = 1): JsonValue | undefined {
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string")
      return value.isWellFormed() ? value : this.#refuse(steps, "is not well-formed Unicode");
    if (typeof value === "number") {
      if (!Number.isFinite(value)) return this.#refuse(steps, "is not a finite number");
      if (Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
      return this.#refuse(steps, "is an integer beyond 2^53 - 1, which no argument can be");
    }
    if (depth > schemaLimits.depth) return this.#refuse(steps, `is nested deeper than ${schemaLimits.depth}`);
    if (isJsonList(value)) return this.#copyList(steps, value, depth);
    if (isJsonObject(value)) return this.#copyObject(steps, value, depth);
    return this.#refuse(steps, "is not JSON");
  }

  #copyList(steps: SchemaPath, list: readonly JsonValue[], depth: number): JsonValue | undefined {
    const copies = list.map((item, index) => this.copy([...steps, index], item, depth + 1));
    const whole = copies.filter((item) => item !== undefined);
    return whole.length === copies.length ? Object.freeze(whole) : undefined;
  }

  #copyObject(steps: SchemaPath, object: JsonObject, depth: number): JsonValue | undefined {
    const copy: Record<string, JsonValue> = Object.create(null);
    let whole = true;
    for (const name of Object.keys(object)) {
      const member = this.copy([...steps, name], object[name], depth + 1);
      if (member === undefined) whole = false;
      else copy[name] = member;
    }
    return whole ? Object.freeze(copy) : undefined;
  }

  #refuse(steps: SchemaPath, fault: string): undefined {
    this.report(steps, `this value ${fault}`);
    return undefined;
  }

  #compile(
    steps: SchemaPath,
    document: JsonValue | undefined,
    known: Pick<SchemaPlace, "label" | "kinds" | "closing">,
  ): CompiledSchema {
    const path = [...this.place.path, ...steps];
    return this.#reading.compile(document, { ...known, path, depth: this.place.depth + 1 });
  }
}
