import type { Expression } from "./syntax-tree.ts";

/**
 * The attributes of a call that an expression reads, such as `args.to` or `subject.roles`, sorted, each once and as far
 * as its path is written out. Where a whole object is read, or a name computed, the path ends there: `args`.
 */
export function readAttributes(expression: Expression, roots: ReadonlySet<string>): readonly string[] {
  const paths = new Set<string>();
  visit(expression, (part) => {
    const path = readPath(part);
    if (path === undefined || !roots.has(path.root)) return false;
    paths.add(path.text);
    return true;
  });
  return [...paths].sort();
}

/** Visits an expression from outside inwards, as far as it is not taken as a whole. */
function visit(expression: Expression, take: (part: Expression) => boolean): void {
  if (take(expression)) return;
  for (const part of children(expression)) visit(part, take);
}

interface Path {
  readonly root: string;
  readonly text: string;
}

function readPath(expression: Expression): Path | undefined {
  switch (expression.kind) {
    case "variable":
      return { root: expression.name, text: expression.name };
    case "select":
    case "has":
      return extend(readPath(expression.operand), expression.name.text);
    case "index":
      return expression.index.kind === "string"
        ? extend(readPath(expression.operand), expression.index.value)
        : undefined;
    default:
      return undefined;
  }
}

function extend(path: Path | undefined, name: string): Path | undefined {
  if (path === undefined) return undefined;
  const step = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  return { root: path.root, text: path.text + step };
}

/** The expressions of which an expression is made. */
export function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "null":
    case "bool":
    case "string":
    case "int":
    case "double":
    case "variable":
      return [];
    case "select":
    case "has":
    case "not":
    case "negate":
      return [expression.operand];
    case "index":
      return [expression.operand, expression.index];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case "call":
      return expression.target === undefined ? expression.arguments : [expression.target, ...expression.arguments];
    case "macro":
      return [expression.range, ...(expression.filter === undefined ? [] : [expression.filter]), expression.body];
    case "list":
      return expression.elements;
    case "map":
      return expression.entries.flatMap((entry) => [entry.key, entry.value]);
  }
}
