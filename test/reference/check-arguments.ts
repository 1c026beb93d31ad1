import type { ArgumentSchema, Value } from "../generators/policy-document.ts";

/** Whether a tool's `arguments` admit a call's. An object holds what its schema names, and nothing else. */
export function admits(rule: readonly string[] | ArgumentSchema, args: Value): boolean {
  return "type" in rule ? fits(rule, args) : Object.keys(args ?? {}).every((name) => rule.includes(name));
}

function fits(schema: ArgumentSchema, value: Value): boolean {
  switch (schema.type) {
    case "boolean":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number" && value >= schema.minimum && value <= schema.maximum;
    case "string":
      return typeof value === "string" && [...value].length <= schema.maxLength;
    case "array":
      return Array.isArray(value) && value.every((item) => fits(schema.items, item));
    case "object":
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      if (!schema.required.every((name) => Object.hasOwn(value, name))) return false;
      return Object.entries(value).every(([name, member]) => {
        const wanted = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
        return wanted !== undefined && fits(wanted, member);
      });
  }
}
