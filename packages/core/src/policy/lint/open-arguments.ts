import type { LintPass } from "./lint-pass.ts";

/** Finds tools whose scope depends on arguments while they take any others besides. */
export const openArguments: LintPass = {
  concludesFrom: "entries",
  run(policy) {
    for (const tool of policy.tools) {
      if (tool.arguments !== undefined) continue;
      const judged = tool.choices.find(
        ({ condition }) => condition !== undefined && readsArguments(policy.condition(condition)),
      );
      if (judged === undefined) continue;
      const message = "the scope depends on arguments, and any other argument passes unjudged";
      const help = `list what the tool takes: \`arguments: [${names(policy.condition(judged.condition ?? "true")).join(", ")}]\``;
      policy.warn([...judged.path, "when"], { code: "open_arguments", message, help });
    }
  },
};

interface Reading {
  readonly attributes: readonly string[];
}

function readsArguments({ attributes }: Reading): boolean {
  return attributes.some((attribute) => /^args(?![A-Za-z0-9_])/.test(attribute));
}

function names({ attributes }: Reading): string[] {
  const read = attributes.map((attribute) => /^args\.([A-Za-z0-9_]+)/.exec(attribute)?.[1]);
  return [...new Set([...read.filter((name) => name !== undefined), "…"])];
}
