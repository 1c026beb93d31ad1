import type { Value } from "./condition.ts";

/** The JSON Schemas that the reference knows. An object holds what its schema names, and nothing else. */
export interface ArgumentSchema {
  readonly type: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly properties?: { readonly [name: string]: ArgumentSchema };
  readonly required?: readonly string[];
  readonly items?: ArgumentSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly enum?: readonly (string | number)[];
}

/** Whether a tool's `arguments` admit a call's. */
export function admits(rule: readonly string[] | ArgumentSchema, args: { readonly [name: string]: Value }): boolean {
  if (isNames(rule)) return Object.keys(args).every((name) => rule.includes(name));
  return fits(rule, args);
}

function isNames(rule: readonly string[] | ArgumentSchema): rule is readonly string[] {
  return Array.isArray(rule);
}

function fits(schema: ArgumentSchema, value: Value): boolean {
  const one: readonly Value[] | undefined = schema.enum;
  if (one !== undefined && !one.includes(value)) return false;
  switch (schema.type) {
    case "boolean":
      return typeof value === "boolean";
    case "number":
    case "integer":
      if (typeof value !== "number" || (schema.type === "integer" && !Number.isInteger(value))) return false;
      return value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
    case "string": {
      if (typeof value !== "string") return false;
      const size = [...value].length;
      return size >= (schema.minLength ?? 0) && size <= (schema.maxLength ?? Infinity);
    }
    case "array": {
      if (!Array.isArray(value) || value.length > (schema.maxItems ?? Infinity)) return false;
      const { items } = schema;
      return items === undefined || value.every((item) => fits(items, item));
    }
    case "object":
      return fitsObject(schema, value);
  }
}

function fitsObject({ properties = {}, required = [] }: ArgumentSchema, value: Value): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(([name, member]) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return schema !== undefined && fits(schema, member);
  });
}
