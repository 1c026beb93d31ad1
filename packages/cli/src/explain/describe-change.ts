import type { Change } from "@ambit/core";
import { safe } from "../print.ts";

/** A change as a sentence. `place` shows where a line of the policy is. */
export function describeChange(change: Change, place: (line: number) => string): string {
  switch (change.kind) {
    case "context":
      return `it must be known who asks, and this policy must be theirs: ${safe(change.reason)}`;
    case "tool":
      return `the policy does not know this tool: "tools" must list ${safe(change.tool)}`;
    case "argument":
      return `the arguments must be others: ${safe(change.reason)}`;
    case "grant":
      return describeGrant(change.scope, change.roles);
    case "ceiling":
      return `${safe(change.holder)} may not hold ${change.scope}, whoever it acts for: its ceiling must allow it`;
    case "hold":
      return `the user's own credential does not hold ${change.scope}`;
    case "give":
      return `this task was not given ${change.scope}`;
    case "approval":
      return `a person must approve: ${safe(change.holder)} allows it only with approval${place(change.line)}`;
    case "remove_deny": {
      const way = change.condition === undefined ? "" : `, or its condition must not hold: ${safe(change.condition)}`;
      return `${safe(change.rule)} must go${way}${place(change.line)}`;
    }
    case "condition":
      return `${describeCondition(change)}${place(change.line)}`;
  }
}

function describeGrant(scope: string, roles: readonly string[]): string {
  const others = roles.map((role) => `role:${safe(role)}`).join(", ");
  const who = others === "" ? "nor does any other role" : `${others} ${roles.length === 1 ? "does" : "do"}`;
  return `no role of this user allows ${scope}${others === "" ? "," : ":"} ${who}`;
}

function describeCondition({ rule, condition = "", answer, wanted }: Extract<Change, { kind: "condition" }>): string {
  if (wanted) {
    const now = answer === "unknown" ? "it cannot be evaluated here" : "it does not hold here";
    return `the condition of ${safe(rule)} must hold, and ${now}: ${safe(condition)}`;
  }
  return `the condition of ${safe(rule)} must be false, and it cannot be evaluated here: ${safe(condition)}`;
}
