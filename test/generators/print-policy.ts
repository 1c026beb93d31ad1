import type { Condition, Entry, PolicyDocument, Term } from "./policy-document.ts";

/** A policy as the text of a policy file: JSON, which is YAML, with conditions as CEL. */
export function printPolicy(policy: PolicyDocument): string {
  return JSON.stringify(policy, (key, value: unknown) => {
    if (key === "when" && value !== undefined) return printCondition(value as Condition); // Only conditions stand under this key.
    if (key === "cost" && typeof value === "object" && value !== null) {
      const { factor, of } = value as { factor: number; of: Term }; // The document type has no other object here.
      return `${factor} * size(${printTerm(of)})`;
    }
    return value;
  });
}

/** A condition in CEL. */
export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case "holds":
      return printTerm(condition.term);
    case "has":
      return `has(${printPath(condition.path)})`;
    case "!":
      return `!(${printCondition(condition.condition)})`;
    case "&&":
    case "||":
      return `(${printCondition(condition.left)}) ${condition.kind} (${printCondition(condition.right)})`;
    case "all":
    case "exists":
      return `${printTerm(condition.list)}.${condition.kind}(${condition.variable}, ${printCondition(condition.body)})`;
    case "startsWith":
    case "endsWith":
      return `${printTerm(condition.left)}.${condition.kind}(${printTerm(condition.right)})`;
    default:
      return `${printTerm(condition.left)} ${condition.kind} ${printTerm(condition.right)}`;
  }
}

function printTerm(term: Term): string {
  switch (term.kind) {
    case "literal":
      return JSON.stringify(term.value);
    case "moment":
      return `timestamp(${JSON.stringify(term.text)})`;
    case "attribute":
      return printPath(term.path);
    case "size":
      return `size(${printTerm(term.of)})`;
  }
}

function printPath([root = "", ...names]: readonly string[]): string {
  return names.reduce(
    (text, name) => text + (/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`),
    root,
  );
}

/** The operators that a policy's conditions hold, each once. */
export function operatorsOf(policy: PolicyDocument): ReadonlySet<string> {
  const found = new Set<string>();
  JSON.stringify(policy, (_key, value: Partial<Condition> & Partial<Entry>) => {
    if (typeof value === "object" && value !== null && typeof value.kind === "string") found.add(value.kind);
    return value;
  });
  return found;
}
