import type { LintPass } from "./lint-pass.ts";
import { sortedJson } from "./sorted-json.ts";

/** Finds obligations of one id that say different things. */
export const obligationConflicts: LintPass = {
  concludesFrom: "entries",
  run(policy) {
    const known = new Map<string, { readonly content: string; readonly line: number }>();
    for (const rule of policy.holders.flatMap(({ allows }) => allows)) {
      for (const [index, obligation] of (rule.terms?.obligations ?? []).entries()) {
        const content = sortedJson(obligation);
        const first = known.get(obligation.id);
        if (first === undefined) known.set(obligation.id, { content, line: rule.line });
        else if (first.content !== content) {
          const message = `the obligation "${obligation.id}" is another one in line ${first.line}`;
          const help = "give it another id: records name obligations by their ids";
          policy.warn([...rule.path, "obligations", index, "id"], { code: "conflicting_obligation", message, help });
        }
      }
    }
  },
};
