import { nearestName } from "../condition/nearest-name.ts";
import type { DeclassificationPath, HistoryRuleBase, Trigger } from "./history-rule.ts";
import { isLabel } from "./label.ts";
import type { HistoryRuleModel } from "./policy-model.ts";
import type { PolicyReading } from "./policy-reading.ts";
import type { SparsePolicy, SparseRule } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";
import { checkPattern, checkVisible, readCondition, readDuration } from "./read-text.ts";
import { rulePacks } from "./rule-packs.ts";

/** Reads the section `rules`: what may not follow what, and what must come before. */
export function readRules(reading: PolicyReading, rules: SparsePolicy["rules"]): HistoryRuleModel[] {
  const ids = new Set<string>();
  return (rules ?? []).flatMap((rule, index) =>
    rule === undefined ? [] : readRule(reading, ["rules", index], { rule, ids }),
  );
}

/** Reads the section `packs`: rules that stand ready. */
export function readPacks(source: PolicySource, packs: SparsePolicy["packs"]): HistoryRuleModel[] {
  return (packs ?? []).flatMap((name, index) => {
    const known = name === undefined ? [] : rulePacks.get(name);
    if (known !== undefined) return known;
    const nearest = nearestName(name ?? "", [...rulePacks.keys()]);
    const help =
      nearest === undefined ? `there are: ${[...rulePacks.keys()].join(", ")}` : `did you mean "${nearest}"?`;
    source.reportAt(["packs", index], { code: "unknown_pack", message: `there is no pack "${name}"`, help });
    return [];
  });
}

interface Entry {
  readonly rule: SparseRule;
  readonly ids: Set<string>;
}

function readRule(reading: PolicyReading, path: Path, { rule, ids }: Entry): HistoryRuleModel[] {
  const { source } = reading;
  const base = readBase(reading, path, rule);
  if (rule.id !== undefined) {
    checkVisible(source, [...path, "id"], rule.id);
    if (ids.has(rule.id)) {
      const message = `the rule "${rule.id}" stands twice`;
      source.reportAt([...path, "id"], { code: "duplicate_id", message, help: "give each an id of its own" });
    }
    ids.add(rule.id);
  }
  const kinds = (["after", "together", "before"] as const).filter((kind) => source.has([...path, kind]));
  if (kinds.length !== 1) {
    const message = "a rule says one of `after`, `together` and `before`";
    source.reportAt(path, { code: "invalid_value", message, help: "split it into several rules" });
    return [];
  }
  if (rule.after !== undefined) return readAfter(source, path, { rule, base, after: rule.after });
  if (rule.together !== undefined) return readTogether(source, path, { rule, base, together: rule.together });
  return rule.before === undefined ? [] : readBefore(source, path, { rule, base, before: rule.before });
}

type Base = HistoryRuleBase<string>;

function readAfter(
  source: PolicySource,
  path: Path,
  {
    rule,
    base,
    after,
  }: { readonly rule: SparseRule; readonly base: Base; readonly after: NonNullable<SparseRule["after"]> },
): HistoryRuleModel[] {
  const steps = readTriggers(source, [...path, "after"], after);
  const declassify = readDeclassify(source, path, rule);
  if (rule.deny !== undefined) {
    refuseKeys(source, path, { rule, keys: ["on", "require"] });
    const targets = readTriggers(source, [...path, "deny"], rule.deny);
    return [{ ...base, kind: "after", after: steps, targets, effect: "deny", declassify }];
  }
  if (rule.require !== "approval" || rule.on === undefined) {
    const message = "after what it names, a rule denies something, or requires approval for something";
    const help = "write `deny: tool:…`, or `on: tool:…` with `require: approval`";
    source.reportAt(path, { code: "missing_key", message, help });
    return [];
  }
  refuseKeys(source, path, { rule, keys: ["declassify"] });
  const targets = readTriggers(source, [...path, "on"], rule.on);
  return [{ ...base, kind: "after", after: steps, targets, effect: "approval", declassify: undefined }];
}

function readTogether(
  source: PolicySource,
  path: Path,
  {
    rule,
    base,
    together,
  }: { readonly rule: SparseRule; readonly base: Base; readonly together: NonNullable<SparseRule["together"]> },
): HistoryRuleModel[] {
  refuseKeys(source, path, { rule, keys: ["deny", "on"] });
  if (rule.require !== undefined && rule.require !== "approval") {
    const message = "what may not come together is denied, or requires approval";
    source.reportAt([...path, "require"], {
      code: "invalid_value",
      message,
      help: "write `require: approval`, or remove it",
    });
  }
  const members = readTriggers(source, [...path, "together"], together);
  if (together.length < 2) {
    source.reportAt([...path, "together"], { code: "invalid_value", message: "only two or more come together" });
  } else if (new Set(together).size < together.length) {
    const message = "the same stands twice: every call of it would complete the combination";
    source.reportAt([...path, "together"], { code: "invalid_value", message, help: "name each once" });
  }
  if (rule.require === undefined) {
    return [{ ...base, kind: "together", members, effect: "deny", declassify: readDeclassify(source, path, rule) }];
  }
  refuseKeys(source, path, { rule, keys: ["declassify"] });
  return [{ ...base, kind: "together", members, effect: "approval", declassify: undefined }];
}

function readBefore(
  source: PolicySource,
  path: Path,
  { rule, base, before }: { readonly rule: SparseRule; readonly base: Base; readonly before: string },
): HistoryRuleModel[] {
  refuseKeys(source, path, { rule, keys: ["deny", "on", "declassify"] });
  const [target] = readTriggers(source, [...path, "before"], before);
  if (rule.require === undefined) {
    const message = 'the key "require" is missing';
    source.reportAt(path, {
      code: "missing_key",
      message,
      help: "say what must have succeeded before: `require: tool:…`",
    });
    return [];
  }
  const [required] = readTriggers(source, [...path, "require"], rule.require);
  return target === undefined || required === undefined ? [] : [{ ...base, kind: "before", target, required }];
}

function readBase(reading: PolicyReading, path: Path, rule: SparseRule): Base {
  const { source } = reading;
  readCondition(reading, [...path, "when"], { text: rule.when, schemas: [] });
  checkVisible(source, [...path, "message"], rule.message);
  checkVisible(source, [...path, "hint"], rule.hint);
  const { id = "", per = "session", message, hint } = rule;
  const within = readDuration(source, [...path, "within"], rule.within);
  return {
    id,
    per,
    within,
    same: rule.same === undefined ? [] : readArgumentPath(source, [...path, "same"], rule.same),
    when: rule.when,
    condition: rule.when,
    message,
    hint,
    line: source.lineOf(path),
  };
}

function readDeclassify(
  source: PolicySource,
  path: Path,
  { declassify }: SparseRule,
): DeclassificationPath | undefined {
  if (typeof declassify !== "string") return declassify === true ? [] : undefined;
  const names = readArgumentPath(source, [...path, "declassify"], declassify);
  // What was reported lifts nothing.
  return names.length > 0 ? names : undefined;
}

function readArgumentPath(source: PolicySource, path: Path, text: string): readonly string[] {
  const [root, ...names] = text.split(".");
  if (root === "args" && names.length > 0 && names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) return names;
  const message = "this does not name an argument";
  source.reportAt(path, { code: "invalid_value", message, help: "write it as args.order_id" });
  return [];
}

function readTriggers(source: PolicySource, path: Path, listed: string | readonly (string | undefined)[]): Trigger[] {
  if (typeof listed === "string") return [readTrigger(source, path, listed)];
  if (listed.length === 0 || listed.length > 8) {
    source.reportAt(path, { code: "invalid_value", message: "a rule names 1 to 8 of these" });
  }
  return listed.flatMap((text, index) => (text === undefined ? [] : [readTrigger(source, [...path, index], text)]));
}

const labelled = "label:";

function readTrigger(source: PolicySource, path: Path, text: string): Trigger {
  if (!text.startsWith(labelled)) {
    checkPattern(source, path, text);
    return { kind: "scope", text };
  }
  const label = text.slice(labelled.length);
  if (!isLabel(label)) source.reportAt(path, { code: "invalid_value", message: "this cannot be a label" });
  return { kind: "label", text: label };
}

function refuseKeys(
  source: PolicySource,
  path: Path,
  { rule, keys }: { readonly rule: SparseRule; readonly keys: readonly ("deny" | "on" | "require" | "declassify")[] },
): void {
  for (const key of keys) {
    if (rule[key] === undefined) continue;
    source.reportKey(path, key, {
      code: "invalid_value",
      message: `"${key}" says nothing here`,
      help: `remove "${key}"`,
    });
  }
}
