import { type CompiledCondition, compileCondition } from "../condition/compile-condition.ts";
import { type CompiledExpression, compileExpression } from "../condition/compile-expression.ts";

/** The conditions and amounts of one policy, each compiled once however often it is written. */
export class CompiledTexts {
  readonly #conditions = new Map<string, CompiledCondition>();
  readonly #amounts = new Map<string, CompiledExpression>();

  /** Throws a `ConditionError` for a text that is no condition. */
  condition(text: string): CompiledCondition {
    const known = this.#conditions.get(text) ?? compileCondition(text, {});
    this.#conditions.set(text, known);
    return known;
  }

  /** Throws a `ConditionError` for a text that is no amount. */
  amount(text: string): CompiledExpression {
    const known = this.#amounts.get(text) ?? compileExpression(text, {});
    this.#amounts.set(text, known);
    return known;
  }
}
