import type { ASTNode } from "@marcbachmann/cel-js";
import type { Span } from "./condition-error.ts";

/** A node of the parser's tree. */
export type ParsedExpression = ASTNode;

/** A node of the parser's tree with one of these operators. */
export type ParsedNode<Operator extends ASTNode["op"]> = Extract<ASTNode, { readonly op: Operator }>;

/** What a node covers, without the parentheses around its ends, of which the tree knows nothing. */
export function spanOf(node: ParsedExpression): Span {
  return { offset: node.start, length: node.end - node.start };
}
