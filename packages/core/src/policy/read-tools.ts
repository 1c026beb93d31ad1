import { compileArguments } from "../arguments/compile-arguments.ts";
import { noMoney } from "../money.ts";
import { isToolName } from "../resolve-call.ts";
import type { JsonObject } from "../tool-call.ts";
import { isLabel } from "./label.ts";
import type { ClassifierRule } from "./policy.ts";
import type { ChoiceModel, ToolModel } from "./policy-model.ts";
import type { PolicyReading } from "./policy-reading.ts";
import type { SparseChoice, SparsePolicy, SparseTool } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";
import { checkScope, checkVisible, readCondition, readCost } from "./read-text.ts";
import { argumentSchema } from "./tool-schemas.ts";

/** Reads the section `tools`. */
export function readTools(reading: PolicyReading, tools: SparsePolicy["tools"]): ToolModel[] | undefined {
  if (tools === undefined) return undefined;
  const models: ToolModel[] = [];
  for (const [name, tool] of Object.entries(tools)) {
    if (!isToolName(name)) {
      const help = "a tool's name has 1 to 128 characters of A-Z a-z 0-9 _ . : / -";
      const message = "this cannot be the name of a tool";
      reading.source.reportKey(["tools"], name, { code: "invalid_value", message, help });
    }
    if (tool !== undefined) models.push(readTool(reading, name, tool));
  }
  return models;
}

function readTool(reading: PolicyReading, name: string, tool: SparseTool): ToolModel {
  const path = ["tools", name];
  const document = readArguments(reading.source, [...path, "arguments"], tool.arguments);
  const blank = { name, choices: [], labels: [], classifiers: [], cost: noMoney, arguments: document };
  const section: Section = { reading, schema: argumentSchema(reading.toolSchemas, blank) };
  return {
    ...blank,
    choices: readScopes(section, [...path, "scope"], tool.scope),
    labels: readLabels(section, [...path, "labels"], tool.labels),
    cost: readToolCost(section, [...path, "cost"], tool.cost),
    classifiers: readClassifiers(reading.source, [...path, "classify"], tool.classify),
  };
}

function readToolCost({ reading, schema }: Section, path: Path, cost: SparseTool["cost"]): ToolModel["cost"] {
  if (cost === undefined) return noMoney;
  if (typeof cost !== "object") return readCost(reading, path, schema);
  checkVisible(reading.source, [...path, "by"], cost.by);
  return { by: cost.by ?? "" };
}

interface Section {
  readonly reading: PolicyReading;
  readonly schema: JsonObject | undefined;
}

function readArguments(source: PolicySource, path: Path, document: SparseTool["arguments"]): ToolModel["arguments"] {
  if (document === undefined) return undefined;
  // What was no text in the list is missing here, and was reported.
  if (Array.isArray(document) && document.includes(undefined)) return undefined;
  // The schema refused every list with anything but texts in it, and every map with anything but JSON.
  const complete = document as readonly string[] | JsonObject;
  const compiled = compileArguments(complete);
  if ("rule" in compiled) return complete;
  for (const { path: at, message, help } of compiled.problems) {
    source.reportAt([...path, ...at], { code: "invalid_schema", message, help });
  }
  return undefined;
}

function readScopes(section: Section, path: Path, scope: SparseTool["scope"]): ChoiceModel[] {
  if (scope === undefined) return [];
  const { reading } = section;
  const { source } = reading;
  if (typeof scope === "string") {
    const use = readUse(source, path, { use: scope, check: checkScope });
    return [choiceAt(reading, path, { condition: undefined, use })];
  }
  reportEmpty(source, path, scope);
  if (scope.some((entry) => typeof entry === "string")) return [readPlainScopes(reading, path, scope)];
  let ended = false;
  return scope.flatMap((entry, index): ChoiceModel[] => {
    if (entry === undefined || typeof entry === "string") return [];
    if (ended) {
      const help = "move the entry that always holds to the end";
      source.reportAt([...path, index], {
        code: "unreachable",
        message: "an entry before this one always holds",
        help,
      });
    }
    const { choice, constant } = readChoice(section, [...path, index], { entry, check: checkScope });
    ended ||= constant === true;
    return [choice];
  });
}

/** A list of scopes, all of them required. */
function readPlainScopes(
  reading: PolicyReading,
  path: Path,
  scopes: readonly (string | SparseChoice | undefined)[],
): ChoiceModel {
  for (const [index, entry] of scopes.entries()) {
    if (typeof entry === "string") checkScope(reading.source, [...path, index], entry);
    else if (entry !== undefined) {
      const message = "a list holds either scopes or entries with `use`, not both";
      const help = "write each scope as { use: scope }";
      reading.source.reportAt([...path, index], { code: "wrong_type", message, help });
    }
  }
  const use = scopes.filter((entry) => typeof entry === "string");
  return choiceAt(reading, path, { condition: undefined, use });
}

function choiceAt({ source, places }: PolicyReading, path: Path, said: Omit<ChoiceModel, "line">): ChoiceModel {
  const choice = { ...said, line: source.lineOf(path) };
  places?.set(choice, path);
  return choice;
}

function readLabels(section: Section, path: Path, labels: SparseTool["labels"]): ChoiceModel[] {
  const { source } = section.reading;
  const choices: ChoiceModel[] = [];
  for (const [index, entry] of (labels ?? []).entries()) {
    const at = [...path, index];
    if (typeof entry === "string") {
      checkLabel(source, at, entry);
      choices.push(choiceAt(section.reading, at, { condition: undefined, use: [entry] }));
    } else if (entry !== undefined) choices.push(readChoice(section, at, { entry, check: checkLabel }).choice);
  }
  return choices;
}

function readClassifiers(source: PolicySource, path: Path, entries: SparseTool["classify"]): ClassifierRule[] {
  return (entries ?? []).flatMap((entry, index): ClassifierRule[] => {
    if (entry?.by === undefined || entry.labels === undefined) return [];
    const at = [...path, index];
    checkVisible(source, [...at, "by"], entry.by);
    const labels = entry.labels.filter((label) => label !== undefined);
    for (const [place, label] of labels.entries()) checkLabel(source, [...at, "labels", place], label);
    if (entry.labels.length > 0) return [{ by: entry.by, labels }];
    const help = "name the labels that it may attach";
    source.reportAt([...at, "labels"], { code: "invalid_value", message: "this is empty", help });
    return [];
  });
}

type CheckText = (source: PolicySource, path: Path, text: string) => void;

function readChoice(
  { reading, schema }: Section,
  path: Path,
  { entry, check }: { readonly entry: SparseChoice; readonly check: CheckText },
): { readonly choice: ChoiceModel; readonly constant: boolean | undefined } {
  const { source } = reading;
  const schemas = schema === undefined ? [] : [schema];
  const condition = readCondition(reading, [...path, "when"], { text: entry.when, schemas });
  const use = readUse(source, [...path, "use"], { use: entry.use, check });
  return {
    choice: choiceAt(reading, path, { condition: entry.when, use }),
    constant: entry.when === undefined ? true : condition?.constant,
  };
}

function readUse(
  source: PolicySource,
  path: Path,
  { use, check }: { readonly use: SparseChoice["use"]; readonly check: CheckText },
): readonly string[] {
  if (use === undefined) return [];
  if (typeof use === "string") {
    check(source, path, use);
    return [use];
  }
  reportEmpty(source, path, use);
  for (const [index, text] of use.entries()) if (text !== undefined) check(source, [...path, index], text);
  return use.filter((text) => text !== undefined);
}

function checkLabel(source: PolicySource, path: Path, label: string): void {
  if (isLabel(label)) return;
  const message = "this cannot be a label";
  source.reportAt(path, {
    code: "invalid_value",
    message,
    help: "a label has 1 to 64 characters of A-Z a-z 0-9 _ . -",
  });
}

function reportEmpty(source: PolicySource, path: Path, list: readonly unknown[]): void {
  if (list.length > 0) return;
  const help = "write a value: a tool that requires nothing could be granted to nobody";
  source.reportAt(path, { code: "invalid_value", message: "this is empty", help });
}
