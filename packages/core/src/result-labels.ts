import { withDeadline } from "./platform.ts";
import type { ClassifierRule } from "./policy/policy.ts";
import type { ResultClassifier, ToolResult } from "./result-classifier.ts";

/** What {@link ResultLabels} works with. */
export interface ResultLabelsOptions {
  readonly classifiers: Readonly<Record<string, ResultClassifier>> | undefined;
  /** How long one of them may take, in milliseconds. */
  readonly deadline: number;
  readonly onFault: (fault: unknown) => void;
}

/** Asks the application's classifiers for the labels of results. */
export class ResultLabels {
  readonly #classifiers: ReadonlyMap<string, ResultClassifier>;
  readonly #options: ResultLabelsOptions;

  constructor(options: ResultLabelsOptions) {
    // Own entries only: what all objects inherit classifies nothing.
    this.#classifiers = new Map(Object.entries(options.classifiers ?? {}));
    this.#options = options;
  }

  /** Whether there is a classifier of a name. */
  has(name: string): boolean {
    return this.#classifiers.has(name);
  }

  /** The labels that a result deserves, each once. Never rejects. */
  async of(result: ToolResult, rules: readonly ClassifierRule[]): Promise<readonly string[]> {
    const found = await Promise.all(rules.map((rule) => this.#ask(rule, result)));
    return [...new Set(found.flat())];
  }

  /** INVARIANT (D3, E7): what cannot be told of a result is taken for the worst. */
  async #ask({ by, labels }: ClassifierRule, result: ToolResult): Promise<readonly string[]> {
    try {
      const asked = Promise.resolve(this.#classifiers.get(by)?.(result));
      const answer = await withDeadline(asked, this.#options.deadline, "a classifier");
      if (!Array.isArray(answer)) throw new TypeError(`the classifier ${by} gave no list of labels`);
      // Read once: what is checked is what is attached.
      const given: readonly unknown[] = [...answer];
      const known = labels.filter((label) => given.includes(label));
      if (given.every((label) => typeof label === "string" && labels.includes(label))) return known;
      throw new TypeError(`the classifier ${by} gave a label that the policy does not list for it`);
    } catch (fault) {
      this.#options.onFault(fault);
      return labels;
    }
  }
}

/** All labels that a result may deserve: for results of which nobody can tell, or not yet. */
export function possibleLabels(rules: readonly ClassifierRule[]): readonly string[] {
  return rules.length === 0 ? none : [...new Set(rules.flatMap(({ labels }) => labels))];
}

const none: readonly string[] = Object.freeze([]);
