import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { HistoryRule, Trigger } from "./history-rule.ts";
import { PatternIndex } from "./pattern-index.ts";

/** How a call takes part in a rule over history. */
export interface HistoryUse {
  readonly rule: HistoryRule<CompiledCondition>;
  readonly part:
    | { readonly kind: "step"; readonly index: number }
    | { readonly kind: "member"; readonly index: number }
    | { readonly kind: "required" }
    | { readonly kind: "target" };
}

/** The rules over history, arranged so that finding those that a call takes part in does not depend on how many there are. */
export class HistoryIndex {
  readonly #scopes = new PatternIndex<readonly HistoryUse[]>(append);
  readonly #labels = new Map<string, readonly HistoryUse[]>();
  readonly #rules: ReadonlyMap<string, HistoryRule<CompiledCondition>>;

  constructor(rules: readonly HistoryRule<CompiledCondition>[]) {
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]));
    for (const rule of rules) {
      switch (rule.kind) {
        case "after":
          for (const [index, trigger] of rule.after.entries())
            this.#add(trigger, { rule, part: { kind: "step", index } });
          for (const trigger of rule.targets) this.#add(trigger, { rule, part: { kind: "target" } });
          break;
        case "together":
          for (const [index, trigger] of rule.members.entries())
            this.#add(trigger, { rule, part: { kind: "member", index } });
          break;
        case "before":
          this.#add(rule.required, { rule, part: { kind: "required" } });
          this.#add(rule.target, { rule, part: { kind: "target" } });
      }
    }
  }

  /** How many rules there are. */
  get size(): number {
    return this.#rules.size;
  }

  /** The ids of all rules. */
  get ids(): Iterable<string> {
    return this.#rules.keys();
  }

  /** The rule of an id. */
  rule(id: string): HistoryRule<CompiledCondition> | undefined {
    return this.#rules.get(id);
  }

  /**
   * How a call that requires these scopes and attaches these labels takes part in rules; each way once, and the steps of a
   * list in their order.
   */
  uses(scopes: readonly string[], labels: readonly string[]): readonly HistoryUse[] {
    const found: HistoryUse[] = [];
    for (const scope of scopes) {
      addAll(found, this.#scopes.exact(scope) ?? none);
      this.#scopes.reduceWildcards(scope, found, addAll);
    }
    for (const label of labels) addAll(found, this.#labels.get(label) ?? none);
    // INVARIANT (S3): a call that is several steps at once is all of them, however the tool and the rule list what they name.
    return found.length < 2 ? found : [...new Set(found)].sort((left, right) => stepOf(left) - stepOf(right));
  }

  #add({ kind, text }: Trigger, use: HistoryUse): void {
    if (kind === "scope") this.#scopes.add(text, [use]);
    else this.#labels.set(text, append(this.#labels.get(text), [use]));
  }
}

function stepOf({ part }: HistoryUse): number {
  return part.kind === "step" ? part.index : 0;
}

const none: readonly HistoryUse[] = Object.freeze([]);

function append(before: readonly HistoryUse[] | undefined, added: readonly HistoryUse[]): readonly HistoryUse[] {
  return before === undefined ? added : [...before, ...added];
}

function addAll(found: HistoryUse[], uses: readonly HistoryUse[]): HistoryUse[] {
  found.push(...uses);
  return found;
}
