import { compileArguments } from "../arguments/compile-arguments.ts";
import { scopeMatches } from "../scope.ts";
import type { JsonObject } from "../tool-call.ts";
import type { ToolModel } from "./policy-model.ts";

/** What is known of the arguments of a tool's calls, as a JSON Schema: what the file says of them, or else the caller. */
export function argumentSchema(
  toolSchemas: ReadonlyMap<string, JsonObject>,
  { name, arguments: document }: Pick<ToolModel, "name" | "arguments">,
): JsonObject | undefined {
  if (document === undefined) return toolSchemas.get(name);
  const compiled = compileArguments(document);
  return "rule" in compiled ? compiled.rule.schema : undefined;
}

/** The schemas of a file's tools by the scopes that they require, each made once however many rules ask for it. */
export class ToolSchemas {
  readonly #schemas: ReadonlyMap<string, JsonObject | undefined>;
  /** The names of the tools that can require each scope. */
  readonly #tools = new Map<string, Set<string>>();
  readonly #byPattern = new Map<string, readonly JsonObject[]>();

  constructor(tools: readonly ToolModel[], toolSchemas: ReadonlyMap<string, JsonObject>) {
    this.#schemas = new Map(tools.map((tool) => [tool.name, argumentSchema(toolSchemas, tool)]));
    for (const { name, choices } of tools)
      for (const { use } of choices) for (const scope of use) this.#add(scope, name);
  }

  /** The schemas of the tools that can require a scope of a pattern; none where any of them is not known. */
  forPattern(pattern: string): readonly JsonObject[] {
    const known = this.#byPattern.get(pattern) ?? this.#find(pattern);
    this.#byPattern.set(pattern, known);
    return known;
  }

  #find(pattern: string): readonly JsonObject[] {
    const schemas: JsonObject[] = [];
    for (const name of this.#namesFor(pattern)) {
      const schema = this.#schemas.get(name);
      if (schema === undefined) return [];
      schemas.push(schema);
    }
    return schemas;
  }

  #namesFor(pattern: string): ReadonlySet<string> {
    const exact = this.#tools.get(pattern);
    if (exact !== undefined || !pattern.includes("*")) return exact ?? new Set();
    const names = new Set<string>();
    for (const [scope, tools] of this.#tools) {
      if (scopeMatches(pattern, scope)) for (const name of tools) names.add(name);
    }
    return names;
  }

  #add(scope: string, name: string): void {
    const known = this.#tools.get(scope);
    if (known === undefined) this.#tools.set(scope, new Set([name]));
    else known.add(name);
  }
}
