import { nearestName } from "../../condition/nearest-name.ts";
import type { Trigger } from "../history-rule.ts";
import type { HistoryRuleModel } from "../policy-model.ts";
import type { Path } from "../policy-source.ts";
import { rulePacks } from "../rule-packs.ts";
import { reportConstant } from "./constant-conditions.ts";
import type { LintPass } from "./lint-pass.ts";
import type { LintedPolicy } from "./linted-policy.ts";
import { PatternCover } from "./pattern-cover.ts";

/** Finds what rules over history, limits and budgets name although no call has it, so that they never count. */
export const idleTriggers: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const named = [...namedByRules(policy), ...namedByFilters(policy)];
    const packs = (policy.document.packs ?? []).map((name) => rulePacks.get(name ?? "") ?? []);
    const occurs = occurrence(policy, [...named.map(({ trigger }) => trigger), ...packs.flat().flatMap(triggersOf)]);
    for (const { trigger, path } of named) if (!occurs(trigger)) reportIdle(policy, path, trigger);
    for (const [index, rules] of packs.entries()) {
      for (const rule of rules) if (neverBinds(rule, occurs)) reportIdlePack(policy, index, rule);
    }
    for (const [index, rule] of (policy.document.rules ?? []).entries()) {
      if (rule?.when !== undefined) reportConstant(policy, ["rules", index], rule.when);
    }
    reportUnknownTools(policy);
  },
};

interface Named {
  readonly trigger: Trigger;
  readonly path: Path;
}

function namedByRules({ document }: LintedPolicy): Named[] {
  return (document.rules ?? []).flatMap((rule, index): Named[] =>
    (["after", "together", "before", "deny", "on", "require"] as const).flatMap((key): Named[] => {
      const listed = rule?.[key];
      const path = ["rules", index, key];
      if (typeof listed === "string") {
        return key === "require" && rule?.before === undefined ? [] : [{ trigger: triggerOf(listed), path }];
      }
      return (listed ?? []).flatMap((text, place) =>
        text === undefined ? [] : [{ trigger: triggerOf(text), path: [...path, place] }],
      );
    }),
  );
}

function namedByFilters({ document }: LintedPolicy): Named[] {
  return (["limits", "budgets"] as const).flatMap((section) =>
    (document[section] ?? []).flatMap((entry, index): Named[] =>
      entry?.scope === undefined
        ? []
        : [{ trigger: { kind: "scope", text: entry.scope }, path: [section, index, "scope"] }],
    ),
  );
}

function triggerOf(text: string): Trigger {
  const labelled = "label:";
  return text.startsWith(labelled) ? { kind: "label", text: text.slice(labelled.length) } : { kind: "scope", text };
}

function triggersOf(rule: HistoryRuleModel): readonly Trigger[] {
  switch (rule.kind) {
    case "after":
      return [...rule.after, ...rule.targets];
    case "together":
      return rule.members;
    case "before":
      return [rule.target, rule.required];
  }
}

/** Whether a rule needs something to count that no call has. */
function neverBinds(rule: HistoryRuleModel, occurs: (trigger: Trigger) => boolean): boolean {
  switch (rule.kind) {
    case "after":
      return !rule.after.every(occurs) || !rule.targets.some(occurs);
    case "together":
      return !rule.members.every(occurs);
    case "before":
      return !occurs(rule.target);
  }
}

/** Tells of each of some triggers whether a call can have it. Without `tools` it can have any scope, and no label. */
function occurrence({ yielded, tools }: LintedPolicy, triggers: readonly Trigger[]): (trigger: Trigger) => boolean {
  const labels = labelsOf(tools);
  const scopes = triggers.filter(({ kind }) => kind === "scope");
  const cover = new PatternCover(scopes.map(({ text }) => ({ pattern: text })));
  const covering = new Set<string>();
  for (const scope of yielded ?? []) for (const { pattern } of cover.matching(scope)) covering.add(pattern);
  return ({ kind, text }) => (kind === "label" ? labels.has(text) : yielded === undefined || covering.has(text));
}

function labelsOf(tools: LintedPolicy["tools"]): ReadonlySet<string> {
  return new Set(
    tools.flatMap(({ labels, classifiers }) => [
      ...labels.flatMap(({ use }) => use),
      ...classifiers.flatMap((classifier) => classifier.labels),
    ]),
  );
}

function reportIdle(policy: LintedPolicy, path: Path, { kind, text }: Trigger): void {
  const label = kind === "label";
  const nearest = nearestName(text, label ? labelsOf(policy.tools) : (policy.yielded ?? []));
  const what = label
    ? "attaches this label"
    : `requires ${text.includes("*") ? "a scope that this covers" : "this scope"}`;
  const message = `no tool ${what}, so it never counts here`;
  const remedy = `remove it, or give it to a tool in \`tools\``;
  const help = nearest === undefined ? remedy : `did you mean "${label ? "label:" : ""}${nearest}"?`;
  policy.warn(path, { code: "no_tool_yields", message, help });
}

function reportIdlePack(policy: LintedPolicy, index: number, rule: HistoryRuleModel): void {
  const words = triggersOf(rule).map(({ kind, text }) => (kind === "label" ? `label:${text}` : text));
  const message = `its rule "${rule.id}" never counts: it needs ${words.join(", ")}, and not all of them are in \`tools\``;
  const help = "give the labels and scopes that it names to tools, or remove it";
  policy.warn(["packs", index], { code: "no_tool_yields", message, help });
}

function reportUnknownTools(policy: LintedPolicy): void {
  const { tools } = policy.model;
  if (tools === undefined) return;
  const names = new Set(tools.map(({ name }) => name));
  for (const [index, limit] of (policy.document.limits ?? []).entries()) {
    if (limit?.tool === undefined || names.has(limit.tool)) continue;
    const nearest = nearestName(limit.tool, names);
    const help = nearest === undefined ? "remove the limit, or list the tool in `tools`" : `did you mean "${nearest}"?`;
    const message = "this is no tool of `tools`, so no call counts";
    policy.warn(["limits", index, "tool"], { code: "no_tool_yields", message, help });
  }
}
