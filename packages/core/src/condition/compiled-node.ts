import { ConditionError, type Span } from "./condition-error.ts";
import { type Evaluate, noEnvironment } from "./frame.ts";
import { runSafely } from "./run-safely.ts";
import { couldBe, describeType, type Kind, type StaticType } from "./static-type.ts";
import type { Expression } from "./syntax-tree.ts";
import type { Value } from "./value.ts";

/** A node of an expression, compiled. */
export interface CompiledNode {
  readonly run: Evaluate;
  readonly type: StaticType;
  /** What the node always yields, where that is known. */
  readonly constant: Constant | undefined;
  /**
   * What the node depends on: 0 where it reads a call, otherwise the depth of the outermost macro variable that it
   * reads, counted from 1; infinity where it reads neither.
   */
  readonly outermost: number;
}

export interface Constant {
  readonly value: Value;
}

/** The compilation of one expression. */
export interface Compilation {
  /** The names that the expression may begin with. */
  readonly roots: ReadonlyMap<string, StaticType>;
  /** The macro variables in force, the outermost first. */
  readonly variables: ScopeVariable[];
  compile(expression: Expression): CompiledNode;
}

export interface ScopeVariable {
  readonly name: string;
  readonly type: StaticType;
}

/** A node that always yields one value. */
export function constantNode(value: Value, type: StaticType): CompiledNode {
  return { run: () => value, type, constant: { value }, outermost: Number.POSITIVE_INFINITY };
}

/** A node made of others; evaluated at once where none of them depends on a call. */
export function combine(parts: readonly CompiledNode[], form: { run: Evaluate; type: StaticType }): CompiledNode {
  return fold({ ...form, constant: undefined, outermost: Math.min(...parts.map((part) => part.outermost)) });
}

/** Replaces a node that depends on nothing by its value, if it has one. */
export function fold(node: CompiledNode): CompiledNode {
  if (Number.isFinite(node.outermost)) return node;
  const value = runSafely(node.run, noEnvironment);
  return value === undefined ? node : constantNode(value, node.type);
}

/** Refuses an operand that can have none of the types wanted. */
export function requireKind(node: CompiledNode, span: Span, ...kinds: readonly Kind[]): void {
  if (couldBe(node.type, ...kinds)) return;
  throw new ConditionError("type_mismatch", span, {
    message: `This is ${describeType(node.type)}; ${describeType({ kinds: new Set(kinds) })} is wanted here.`,
  });
}
