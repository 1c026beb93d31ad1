/** A tool as a server or a file offers it. All of it may have been chosen by somebody hostile. */
export interface OfferedTool {
  /** As it came: not yet known to be a name that a policy can hold. */
  readonly name: string;
  readonly description: string | undefined;
  /** The names of its arguments; `undefined` where its schema names none and leaves open which there are. */
  readonly properties: readonly string[] | undefined;
  /** Whether its annotations say that it only reads: a claim, not a grant. */
  readonly saysReadOnly: boolean;
}

/**
 * Reads a list of tools: the result of MCP's `tools/list`, a bare list, `{ tools: […] }`, or function definitions as
 * OpenAI has them. Throws an `Error` that names the first entry that is no tool.
 */
export function readToolList(data: unknown): readonly OfferedTool[] {
  const list = Array.isArray(data) ? data : (member(member(data, "result"), "tools") ?? member(data, "tools"));
  if (!Array.isArray(list)) throw new Error('this is no list of tools: expected a list, or a map with the key "tools"');
  return list.map((entry: unknown, index) => readTool(entry, index + 1));
}

function readTool(entry: unknown, place: number): OfferedTool {
  const wrapped = member(entry, "function");
  const tool = typeof wrapped === "object" && wrapped !== null ? wrapped : entry;
  const name = member(tool, "name");
  if (typeof name !== "string") throw new Error(`entry ${place} of the list is no tool: it has no name`);
  const description = member(tool, "description");
  return {
    name,
    description: typeof description === "string" ? description : undefined,
    properties: readProperties(member(tool, "inputSchema") ?? member(tool, "parameters")),
    saysReadOnly: member(member(tool, "annotations"), "readOnlyHint") === true,
  };
}

function readProperties(schema: unknown): readonly string[] | undefined {
  const properties = member(schema, "properties");
  if (typeof properties === "object" && properties !== null && !Array.isArray(properties)) {
    const names = Object.keys(properties);
    if (names.length > 0 || !isOpen(schema)) return names;
  }
  return member(schema, "additionalProperties") === false ? [] : undefined;
}

/** An empty map of properties closes nothing where the schema itself asks for further ones. */
function isOpen(schema: unknown): boolean {
  const additional = member(schema, "additionalProperties");
  return additional === true || (typeof additional === "object" && additional !== null);
}

/** An own member only: a file may be silent about what every object inherits. */
function member(source: unknown, name: string): unknown {
  if (typeof source !== "object" || source === null || !Object.hasOwn(source, name)) return undefined;
  return Object.getOwnPropertyDescriptor(source, name)?.value;
}
