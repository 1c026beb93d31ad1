import { noMoney } from "../money.ts";
import { isToolName } from "../resolve-call.ts";
import { checkScope, compileCost, compileWhen } from "./compile-text.ts";
import type { Policy, ScopeChoice, ToolRule } from "./policy.ts";
import type { PolicyDocument, ToolDocument } from "./policy-schema.ts";
import type { Path, PolicySource } from "./policy-source.ts";

/** Compiles the section `tools`. */
export function compileTools(source: PolicySource, tools: PolicyDocument["tools"]): Policy["tools"] {
  if (tools === undefined) return undefined;
  const rules = new Map<string, ToolRule>();
  for (const [name, { scope, cost }] of Object.entries(tools)) {
    if (!isToolName(name)) {
      const help = "a tool's name has 1 to 128 characters of A-Z a-z 0-9 _ . : / -";
      const message = "this cannot be the name of a tool";
      source.reportKey(["tools"], name, { code: "invalid_value", message, help });
    }
    const path = ["tools", name];
    rules.set(name, {
      choices: compileChoices(source, [...path, "scope"], scope),
      cost: cost === undefined ? noMoney : compileCost(source, [...path, "cost"]),
    });
  }
  return rules;
}

function compileChoices(source: PolicySource, path: Path, scope: ToolDocument["scope"]): ScopeChoice[] {
  if (typeof scope === "string") return [{ when: undefined, scopes: compileScopes(source, path, scope) }];
  reportEmpty(source, path, scope);
  const choices: ScopeChoice[] = [];
  const plain: string[] = [];
  for (const [index, entry] of scope.entries()) {
    const at = [...path, index];
    if (typeof entry === "string") plain.push(...compileScopes(source, at, entry));
    else {
      const last = choices.at(-1);
      if (last !== undefined && last.when === undefined) {
        const help = "move the entry without a condition to the end";
        source.reportAt(at, { code: "unreachable", message: "the entry before this one always holds", help });
      }
      const when = compileWhen(source, [...at, "when"], entry.when);
      choices.push({ when, scopes: compileScopes(source, [...at, "use"], entry.use) });
    }
  }
  return plain.length > 0 ? [{ when: undefined, scopes: plain }] : choices;
}

function compileScopes(source: PolicySource, path: Path, scope: string | readonly string[]): readonly string[] {
  if (typeof scope === "string") {
    checkScope(source, path, scope);
    return [scope];
  }
  reportEmpty(source, path, scope);
  for (const [index, text] of scope.entries()) checkScope(source, [...path, index], text);
  return scope;
}

function reportEmpty(source: PolicySource, path: Path, scopes: readonly unknown[]): void {
  if (scopes.length > 0) return;
  const help = "write a value: a tool that requires nothing could be granted to nobody";
  source.reportAt(path, { code: "invalid_value", message: "this is empty", help });
}
