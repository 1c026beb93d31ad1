import { parseSync } from "vite";

/** Every module that a source file names: imports and re-exports, of types too, and `import()` in code and in types. */
export function readImports(file: string, text: string): string[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0]?.message}`);
  const found: string[] = [];
  visit(program, found);
  return found;
}

const naming: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
  "TSExternalModuleReference",
]);

function visit(node: unknown, found: string[]): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const entry of node) visit(entry, found);
    return;
  }
  const { type, source, expression, callee } = node as Record<string, unknown>; // A node of the syntax tree.
  if (typeof type === "string" && naming.has(type)) note(source ?? expression, found);
  if (type === "CallExpression" && isRequire(callee)) note((node as { arguments?: unknown[] }).arguments?.[0], found);
  for (const value of Object.values(node)) visit(value, found);
}

function note(source: unknown, found: string[]): void {
  if (typeof source !== "object" || source === null) return;
  const { value, literal } = source as { value?: unknown; literal?: unknown };
  if (typeof value === "string") found.push(value);
  else if (literal !== undefined) note(literal, found);
  else found.push("(computed)");
}

function isRequire(callee: unknown): boolean {
  return typeof callee === "object" && callee !== null && "name" in callee && callee.name === "require";
}
