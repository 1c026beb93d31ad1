import { isMapKey } from "./comparison.ts";
import { type Compilation, type CompiledNode, combine, requireKind } from "./compiled-node.ts";
import type { Evaluate } from "./frame.ts";
import { listOf, type StaticType, typeOf, unionOf } from "./static-type.ts";
import type { Expression, MapEntry } from "./syntax-tree.ts";
import type { MapKey, Value } from "./value.ts";

/** Compiles `[…]`; unknown where one of its elements is. */
export function compileList(compilation: Compilation, expressions: readonly Expression[]): CompiledNode {
  const elements = expressions.map((expression) => compilation.compile(expression));
  const types = elements.map((element) => element.type);
  const run: Evaluate = (frame) => {
    const list: Value[] = [];
    for (const element of elements) {
      const value = element.run(frame);
      if (value === undefined) return undefined;
      list.push(value);
    }
    return list;
  };
  return combine(elements, { type: types.length === 0 ? typeOf("list") : listOf(types.reduce(unionOf)), run });
}

/** Compiles `{…}`; unknown where a key or value is, where a key is no text, truth or integer, or comes twice. */
export function compileMap(compilation: Compilation, expressions: readonly MapEntry[]): CompiledNode {
  const entries = expressions.map((entry) => {
    const key = compilation.compile(entry.key);
    requireKind(key, entry.key, "string", "bool", "int");
    return { key, value: compilation.compile(entry.value) };
  });
  const run: Evaluate = (frame) => {
    const map = new Map<MapKey, Value>();
    for (const entry of entries) {
      const key = entry.key.run(frame);
      const value = entry.value.run(frame);
      if (value === undefined || !isMapKey(key) || isFraction(key) || map.has(key)) return undefined;
      map.set(key, value);
    }
    return map;
  };
  const parts = entries.flatMap(({ key, value }) => [key, value]);
  return combine(parts, { type: literalMapType(entries), run });
}

/** A JavaScript number that is no safe integer is a double. */
function isFraction(key: MapKey): boolean {
  return typeof key === "number" && !Number.isSafeInteger(key);
}

function literalMapType(entries: readonly { readonly key: CompiledNode; readonly value: CompiledNode }[]): StaticType {
  const map = typeOf("map");
  const properties = new Map<string, StaticType>();
  for (const { key, value } of entries) {
    const name = key.constant?.value;
    if (typeof name !== "string") return map;
    properties.set(name, value.type);
  }
  return { ...map, properties };
}
