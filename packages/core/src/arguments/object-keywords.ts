import { nearestName } from "../condition/nearest-name.ts";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import { argumentNameFault } from "./argument-name.ts";
import { countOf } from "./count-of.ts";
import { isJsonList, isJsonObject } from "./json-kind.ts";
import type { SchemaNode } from "./schema-node.ts";
import { faultOf, type ValueCheck, type ValueFault, within } from "./value-fault.ts";

/**
 * Compiles what may be demanded of objects. Faults are found in this order: a missing name, a name that is not taken,
 * the number of names, the values in the order of `properties`, and then other values in the order of the call.
 */
export function compileObjects(node: SchemaNode): readonly ValueCheck[] {
  refuseClosing(node);
  const properties = readProperties(node);
  const others = readOthers(node);
  const required = readRequired(node);
  const shape: ObjectShape = { required, properties, others };
  const checks = [checkRequired(node, required)];
  if (others === "refused") {
    refuseUnreachable(node, shape);
    checks.push(checkClosed(node, properties));
  }
  checks.push(checkSize(node, shape), checkProperties(properties));
  if (typeof others === "function") checks.push(checkOthers(properties, others));
  return checks.map((check) => (value) => (isJsonObject(value) ? check(value) : undefined));
}

type ObjectCheck = (object: JsonObject) => ValueFault | undefined;

type Properties = ReadonlyMap<string, ValueCheck>;

interface ObjectShape {
  readonly required: readonly string[];
  readonly properties: Properties;
  /** What is done with a value that `properties` does not name. */
  readonly others: "refused" | "accepted" | ValueCheck;
}

function refuseClosing(node: SchemaNode): void {
  const { closing } = node.place;
  if (closing === "free") return;
  for (const keyword of ["properties", "additionalProperties"]) {
    if (!node.has(keyword)) continue;
    const message = `\`${keyword}\` cannot stand ${closing === "within allOf" ? "within `allOf`" : "beside `properties` around it"}`;
    const help = "state all properties in one place: each of the two would refuse the names that the other states";
    node.report([keyword], message, help);
  }
}

function readProperties(node: SchemaNode): Properties {
  const checks = new Map<string, ValueCheck>();
  if (!node.has("properties")) return checks;
  const listed = node.member("properties");
  const schemas: Record<string, JsonValue> = Object.create(null);
  if (!isJsonObject(listed)) {
    node.report(["properties"], "`properties` must be a map of names to schemas");
    return checks;
  }
  for (const name of Object.keys(listed)) {
    const fault = argumentNameFault(name);
    if (fault !== undefined) node.report(["properties", name], fault);
    const { check, schema } = node.inner(["properties", name], listed[name], labelOf(node, name));
    checks.set(name, check);
    schemas[name] = schema;
  }
  node.keep("properties", Object.freeze(schemas));
  return checks;
}

/** INVARIANT: an object that states its properties takes no others, unless it says that it does. */
function readOthers(node: SchemaNode): ObjectShape["others"] {
  const others = node.has("additionalProperties") ? node.member("additionalProperties") : !node.has("properties");
  if (typeof others === "boolean") {
    if (node.has("additionalProperties") || !others) node.keep("additionalProperties", others);
    return others ? "accepted" : "refused";
  }
  const { check, schema } = node.inner(["additionalProperties"], others, labelOf(node, "*"));
  node.keep("additionalProperties", schema);
  return check;
}

function readRequired(node: SchemaNode): readonly string[] {
  if (!node.has("required")) return [];
  const listed = node.member("required");
  if (!isJsonList(listed)) {
    node.report(["required"], "`required` must be a list of names");
    return [];
  }
  const names = new Set<string>();
  for (const [index, name] of listed.entries()) {
    const fault = typeof name === "string" ? argumentNameFault(name) : "this is not the name of an argument";
    if (fault !== undefined) node.report(["required", index], fault);
    if (fault !== undefined || typeof name !== "string") continue;
    if (names.has(name)) node.report(["required", index], "this name stands twice");
    names.add(name);
  }
  node.keep("required", Object.freeze([...names]));
  return [...names];
}

function refuseUnreachable(node: SchemaNode, { required, properties }: ObjectShape): void {
  for (const name of required) {
    if (properties.has(name)) continue;
    const nearest = nearestName(name, properties.keys());
    const help = nearest === undefined ? "name it under `properties`" : `did you mean "${nearest}"?`;
    const listed = node.member("required");
    const index = isJsonList(listed) ? listed.indexOf(name) : 0;
    node.report(["required", index], "nothing passes: this name is required, but `properties` does not take it", help);
  }
}

function checkRequired(node: SchemaNode, required: readonly string[]): ObjectCheck {
  const reasons = new Map(
    required.map((name) => [name, `the argument ${JSON.stringify(labelOf(node, name))} is missing`]),
  );
  return (object) => {
    for (const [name, reason] of reasons) {
      if (!Object.hasOwn(object, name)) return { reason, found: { note: "is missing" }, steps: [name] };
    }
    return undefined;
  };
}

function checkClosed(node: SchemaNode, properties: Properties): ObjectCheck {
  const whole = node.place.label === "";
  const reason = whole
    ? "an argument is not one that this tool takes"
    : `${node.subject} holds a field that it does not take`;
  return (object) => {
    for (const name of Object.keys(object)) {
      if (!properties.has(name)) return { reason, found: { note: "is not taken" }, steps: [name] };
    }
    return undefined;
  };
}

function checkSize(node: SchemaNode, { required, properties, others }: ObjectShape): ObjectCheck {
  const { least = 0, most = Number.POSITIVE_INFINITY } = node.counts("minProperties", "maxProperties");
  if (others === "refused" && least > properties.size) {
    node.report(["minProperties"], `nothing passes: only ${countOf(properties.size, "name")} can be there`);
  }
  if (most < required.length) {
    node.report(["maxProperties"], `nothing passes: ${countOf(required.length, "name")} must be there`);
  }
  const tooFew = `${node.subject} must hold at least ${countOf(least, "field")}`;
  const tooMany = `${node.subject} must hold at most ${countOf(most, "field")}`;
  return (object) => {
    const size = Object.keys(object).length;
    if (size < least) return faultOf(tooFew, object);
    return size > most ? faultOf(tooMany, object) : undefined;
  };
}

function checkProperties(properties: Properties): ObjectCheck {
  return (object) => {
    for (const [name, check] of properties) {
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      const fault = value === undefined ? undefined : check(value);
      if (fault !== undefined) return within(name, fault);
    }
    return undefined;
  };
}

function checkOthers(properties: Properties, check: ValueCheck): ObjectCheck {
  return (object) => {
    for (const name of Object.keys(object)) {
      const value = object[name];
      const fault = properties.has(name) || value === undefined ? undefined : check(value);
      if (fault !== undefined) return within(name, fault);
    }
    return undefined;
  };
}

function labelOf({ place }: SchemaNode, name: string): string {
  return place.label === "" ? name : `${place.label}.${name}`;
}
