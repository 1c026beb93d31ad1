import type { Obligation } from "./obligation.ts";
import type { HolderModel, RuleModel, RuleTermsModel, ToolModel } from "./policy-model.ts";
import type { PolicyReading } from "./policy-reading.ts";
import type { SparseGrant, SparsePolicy } from "./policy-schema.ts";
import type { Path } from "./policy-source.ts";
import { checkPattern, checkVisible, readCondition } from "./read-text.ts";
import { ToolSchemas } from "./tool-schemas.ts";

/** Reads the sections `policies`, `users` and `agents`: what roles and users are granted, and what agents may hold. */
export function readHolders(
  reading: PolicyReading,
  { policies, users, agents }: SparsePolicy,
  tools: readonly ToolModel[] | undefined,
): HolderModel[] {
  const entries: Entry[] = [];
  for (const [index, entry] of (policies ?? []).entries()) {
    if (entry !== undefined) entries.push({ path: ["policies", index], kind: "role", name: entry.role, grants: entry });
  }
  for (const [index, entry] of (users ?? []).entries()) {
    if (entry === undefined) continue;
    entries.push({ path: ["users", index], kind: "user", name: entry.user, issuer: entry.issuer, grants: entry });
  }
  for (const [index, entry] of (agents ?? []).entries()) {
    if (entry !== undefined) entries.push(agentEntry(reading, ["agents", index], entry));
  }
  const names = new Set<string>();
  const schemas = new ToolSchemas(tools ?? [], reading.toolSchemas);
  return entries.flatMap((entry) => readHolder({ ...reading, schemas }, entry, names));
}

interface Entry {
  readonly path: Path;
  readonly kind: HolderModel["kind"];
  readonly name: string | undefined;
  readonly issuer?: string | undefined;
  readonly grants: {
    readonly allow?: readonly (SparseGrant | undefined)[] | undefined;
    readonly deny?: readonly (SparseGrant | undefined)[] | undefined;
  };
}

interface HolderReading extends PolicyReading {
  readonly schemas: ToolSchemas;
}

type AgentDocument = NonNullable<NonNullable<SparsePolicy["agents"]>[number]>;

function agentEntry({ source }: PolicyReading, path: Path, grants: AgentDocument): Entry {
  const { agent, tier } = grants;
  // A key of the wrong type was reported, and stands in the file all the same.
  if (source.has([...path, "agent"]) === source.has([...path, "tier"])) {
    const message = "an entry is for one agent or for one tier";
    source.reportAt(path, { code: "invalid_value", message, help: 'write either "agent" or "tier"' });
  }
  return agent === undefined
    ? { path, kind: "tier", name: tier, grants }
    : { path, kind: "agent", name: agent, grants };
}

function readHolder(reading: HolderReading, entry: Entry, names: Set<string>): HolderModel[] {
  const { path, kind, name, issuer, grants } = entry;
  const { allow = [], deny = [] } = grants;
  const rules: RuleModel[] = [];
  readRules(reading, { path: [...path, "deny"], entries: deny, effect: "deny" }, rules);
  readRules(reading, { path: [...path, "allow"], entries: allow, effect: "allow" }, rules);
  if (name === undefined) return [];
  const { source } = reading;
  const known = JSON.stringify([kind, name, issuer ?? null]);
  if (names.has(known)) {
    const message = `the ${kind} "${name}" stands twice`;
    const help = `put all rules of a ${kind} in one place`;
    source.reportAt([...path, kind], { code: "duplicate_name", message, help });
  }
  names.add(known);
  checkVisible(source, [...path, kind], name);
  checkVisible(source, [...path, "issuer"], issuer);
  const holder = { kind, name, issuer, rules };
  reading.places?.set(holder, path);
  return [holder];
}

interface RuleList {
  readonly path: Path;
  readonly entries: readonly (SparseGrant | undefined)[];
  readonly effect: RuleModel["effect"];
}

function readRules(reading: HolderReading, { path, entries, effect }: RuleList, rules: RuleModel[]): void {
  for (let index = 0; index < entries.length; index += 1) {
    const entry = entries[index];
    const at = [...path, index];
    if (typeof entry === "string") {
      checkPattern(reading.source, at, entry);
      const rule = { effect, pattern: entry, line: reading.source.lineOf(at), terms: undefined };
      reading.places?.set(rule, at);
      rules.push(rule);
    } else if (entry !== undefined) rules.push(...readRule(reading, at, { entry, effect }));
  }
}

function readRule(
  reading: HolderReading,
  path: Path,
  { entry, effect }: { readonly entry: Exclude<SparseGrant, string>; readonly effect: RuleModel["effect"] },
): RuleModel[] {
  const { source } = reading;
  const { scope, when, message, hint } = entry;
  if (scope !== undefined) checkPattern(source, [...path, "scope"], scope);
  const schemas = when === undefined || scope === undefined ? [] : reading.schemas.forPattern(scope);
  const condition = readCondition(reading, [...path, "when"], { text: when, schemas });
  if (effect === "deny" && condition?.constant === false) {
    const text = "this deny can never apply: its condition is always false";
    source.reportAt([...path, "when"], { code: "never_applies", message: text, help: "correct the condition" });
  }
  checkVisible(source, [...path, "message"], message);
  checkVisible(source, [...path, "hint"], hint);
  const failsOpen = "fail" in entry && entry.fail === "open";
  if (failsOpen && when === undefined) {
    const text = "only a deny with a condition can fail open";
    source.reportAt([...path, "fail"], { code: "invalid_value", message: text, help: 'remove "fail"' });
  }
  if (scope === undefined) return [];
  const demands = { approval: "approval" in entry && entry.approval === true, obligations: obligationsOf(entry) };
  const terms: RuleTermsModel = { condition: when, message, hint, failsOpen, ...demands };
  const rule = { effect, pattern: scope, line: source.lineOf(path), terms };
  reading.places?.set(rule, path);
  return [rule];
}

function obligationsOf(entry: Exclude<SparseGrant, string>): readonly Obligation[] {
  const listed = "obligations" in entry ? (entry.obligations ?? []) : [];
  // Whatever has a fault is missing here, and was reported: the policy is never built.
  return listed.filter(
    (obligation): obligation is Obligation => obligation?.id !== undefined && obligation.type !== undefined,
  );
}
