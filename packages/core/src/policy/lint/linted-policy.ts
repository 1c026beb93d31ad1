import type { CompiledCondition } from "../../condition/compile-condition.ts";
import type { LintCode } from "../diagnostic.ts";
import type { ClassifierRule } from "../policy.ts";
import type { ChoiceModel, HolderModel, PolicyModel, RuleModel, ToolModel } from "../policy-model.ts";
import type { PolicyReading } from "../policy-reading.ts";
import type { SparsePolicy } from "../policy-schema.ts";
import type { Path, Remark } from "../policy-source.ts";
import { bearingOf } from "./bearing-of.ts";

/** A rule that was read without a mistake. */
export interface LintedRule extends RuleModel {
  readonly path: Path;
  /** Whether its condition holds for every call, for some, or for none. */
  readonly applies: "always" | "sometimes" | "never";
  /** What it brings about where it decides. Of two rules of one effect and bearing either can stand for the other. */
  readonly bearing: string;
}

/** The rules of one holder that were read without a mistake. */
export interface LintedHolder {
  readonly kind: HolderModel["kind"];
  readonly name: string;
  readonly path: Path;
  readonly allows: readonly LintedRule[];
  readonly denies: readonly LintedRule[];
}

/** What counts where a condition holds, and where it stands. */
export interface LintedChoice extends ChoiceModel {
  readonly path: Path;
}

/** A tool that was read without a mistake. */
export interface LintedTool extends ToolModel {
  readonly choices: readonly LintedChoice[];
  readonly labels: readonly LintedChoice[];
  readonly classifiers: readonly ClassifierRule[];
}

/** What the bearing of an allow is that demands nothing. */
export const plain = "";

/** What a lint pass is about: the policy as far as it was read without a mistake, and a way to report. */
export class LintedPolicy {
  readonly document: SparsePolicy;
  readonly model: PolicyModel;
  readonly reading: PolicyReading;
  readonly holders: readonly LintedHolder[];
  readonly tools: readonly LintedTool[];
  /** The scopes that calls require. `undefined`: any, for the file has no `tools`. */
  readonly yielded: ReadonlySet<string> | undefined;
  readonly #faults: ReadonlySet<string>;

  constructor(reading: PolicyReading, document: SparsePolicy, model: PolicyModel) {
    this.document = document;
    this.model = model;
    this.reading = reading;
    this.#faults = new Set(reading.source.faults.map(entryOf));
    this.holders = model.holders.map((holder) => this.#holder(holder));
    const sound = (model.tools ?? []).filter(({ name }) => !this.#faults.has(entryOf(["tools", name])));
    this.tools = sound.map((tool) => this.#tool(tool));
    const scopes = this.tools.flatMap(({ choices }) => choices.flatMap(({ use }) => use));
    this.yielded = model.tools === undefined ? undefined : new Set(scopes);
  }

  /** The holders that are granted something: roles and users. */
  get grantors(): readonly LintedHolder[] {
    return this.holders.filter(({ kind }) => kind === "role" || kind === "user");
  }

  /** The holders that are bounded: agents and tiers. */
  get ceilings(): readonly LintedHolder[] {
    return this.holders.filter(({ kind }) => kind === "agent" || kind === "tier");
  }

  warn(path: Path, remark: LintRemark): void {
    this.reading.source.reportAt(path, { severity: "warning", ...remark });
  }

  /** Warns at a part of the text of a value. */
  warnWithin(path: Path, part: { readonly offset: number; readonly length: number }, remark: LintRemark): void {
    this.reading.source.reportWithin(path, part, { severity: "warning", ...remark });
  }

  /** Whether further remarks of a code would be dropped. */
  isFull(code: LintCode): boolean {
    return this.reading.source.isFull("warning", code);
  }

  condition(text: string): CompiledCondition {
    return this.reading.texts.condition(text);
  }

  /** Where one of the scopes of an entry stands. */
  useAt({ path }: LintedChoice, index: number): Path {
    const places = [
      [...path, "use", index],
      [...path, "use"],
      [...path, index],
    ];
    return places.find((place) => this.reading.source.has(place)) ?? path;
  }

  #tool(tool: ToolModel): LintedTool {
    const linted = (choice: ChoiceModel) => ({ ...choice, path: this.#placeOf(choice) });
    return { ...tool, choices: tool.choices.map(linted), labels: tool.labels.map(linted) };
  }

  #placeOf(part: HolderModel | RuleModel | ChoiceModel): Path {
    return this.reading.places?.get(part) ?? [];
  }

  #holder(holder: HolderModel): LintedHolder {
    const { kind, name, rules } = holder;
    const allows: LintedRule[] = [];
    const denies: LintedRule[] = [];
    for (const rule of rules) {
      const at = this.#placeOf(rule);
      if (this.#faults.size > 0 && this.#faults.has(entryOf(at))) continue;
      const linted = { ...rule, path: at, applies: this.#applies(rule), bearing: bearingOf(rule) };
      (rule.effect === "allow" ? allows : denies).push(linted);
    }
    return { kind, name, path: this.#placeOf(holder), allows, denies };
  }

  #applies({ terms }: RuleModel): LintedRule["applies"] {
    if (terms?.condition === undefined) return "always";
    const { constant } = this.condition(terms.condition);
    if (constant === undefined) return "sometimes";
    return constant ? "always" : "never";
  }
}

/** What is said of a policy that can be used. */
export interface LintRemark extends Remark {
  readonly code: LintCode;
}

/** Where the scope of a rule stands. */
export function scopeAt({ path, terms }: LintedRule): Path {
  return terms === undefined ? path : [...path, "scope"];
}

/** The tool or the rule in which a path lies: what has a fault anywhere is judged nowhere. */
function entryOf(path: Path): string {
  return JSON.stringify(path.slice(0, path[0] === "tools" ? 2 : 4));
}
