import type { RuleModel } from "../policy-model.ts";
import { sortedJson } from "./sorted-json.ts";

/**
 * What a rule brings about where it decides, besides its effect: the words of a deny, the demands of an allow. Empty where
 * there is nothing of the kind.
 */
export function bearingOf({ effect, terms }: RuleModel): string {
  if (terms === undefined) return "";
  const { message, hint, approval, obligations } = terms;
  const words = message === undefined && hint === undefined ? "" : JSON.stringify([message ?? null, hint ?? null]);
  if (effect === "deny") return words;
  if (!approval && obligations.length === 0) return "";
  // The words of an allow are said where approval is asked for.
  return JSON.stringify([approval ? words : null, obligations.map(sortedJson).sort()]);
}
